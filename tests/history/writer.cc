#include "tests/history/writer.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <memory>
#include <string_view>

#include "tests/history/words.h"

namespace parley::history {
namespace {

constexpr std::size_t kBlockBytes = 1UL << 20U;

/// One object of the file.
class Line {
public:
    Line(std::string& out, Duration time, std::string_view who, std::string_view op) : out_(out) {
        out_ += R"({"t":)";
        digits(static_cast<std::uint64_t>(time.count()));
        text("c", who);
        text("op", op);
    }

    void text(std::string_view name, std::string_view value) {
        key(name);
        out_ += '"';
        for (const char c : value) {
            if (static_cast<unsigned char>(c) < 0x20) {
                std::array<char, 8> escape{};
                std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
                out_ += escape.data();
                continue;
            }
            if (c == '"' || c == '\\') {
                out_ += '\\';
            }
            out_ += c;
        }
        out_ += '"';
    }
    void number(std::string_view name, std::uint64_t value) {
        key(name);
        digits(value);
    }
    /// Left out when it is 0.
    void some(std::string_view name, std::uint64_t value) {
        if (value != 0) {
            number(name, value);
        }
    }
    void hash(std::string_view name, std::uint64_t value) {
        std::array<char, 17> hex{};
        std::snprintf(hex.data(), hex.size(), "%016llx", static_cast<unsigned long long>(value));
        text(name, {hex.data(), 16});
    }
    void flag(std::string_view name, bool value) {
        key(name);
        out_ += value ? "true" : "false";
    }
    /// Left out when it is false.
    void mark(std::string_view name, bool value) {
        if (value) {
            flag(name, true);
        }
    }
    void end() { out_ += '}'; }

private:
    void key(std::string_view name) { out_.append(",\"").append(name).append("\":"); }
    void digits(std::uint64_t value) {
        std::array<char, 20> buffer{};
        const auto end = std::to_chars(buffer.begin(), buffer.end(), value).ptr;
        out_.append(buffer.begin(), end);
    }

    std::string& out_;
};

/// What a send and its answers have in common.
void put_send(Line& line, const History& history, const Event& event) {
    if (event.send != 0) {
        line.text("cmid", history.send_name(event.send));
    }
    line.some("a", event.attempt);
    line.mark("altered", event.altered);
}

/// Names behind each other, with spaces between.
std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        text.append(text.empty() ? "" : " ").append(name);
    }
    return text;
}

void put_detail(Line& line, const History& history, const Detail& detail) {
    if (detail.what != What::none) {
        line.text("what", word_of(kWhatWords, detail.what));
    }
    if (detail.target != 0) {
        line.text("target", history.messages.name(detail.target));
    }
    if (detail.user != 0) {
        line.text("who", history.user_name(detail.user));
    }
    if (detail.word != 0) {
        line.text("word", history.texts.name(detail.word));
    }
    std::vector<std::string> names;
    for (const std::uint32_t user : detail.users) {
        names.push_back(history.user_name(user));
    }
    if (!names.empty()) {
        line.text("users", joined(names));
    }
    std::vector<std::string> reactions;
    for (const auto& [emoji, user] : detail.reactions) {
        reactions.emplace_back(history.texts.name(emoji));
        reactions.push_back(history.user_name(user));
    }
    if (!reactions.empty()) {
        line.text("reactions", joined(reactions));
    }
    line.mark("off", detail.off);
    line.mark("edited", detail.edited);
    line.mark("gone", detail.gone);
    line.mark("fades", detail.fades);
}

void put_recv(Line& line, const History& history, const Event& event) {
    line.text("src", word_of(kSourceWords, event.source));
    line.number("seq", event.seq);
    if (event.kind == Kind::hidden) {
        line.text("kind", word_of(kKindWords, event.kind));
        return;
    }
    line.text("mid", history.messages.name(event.message));
    if (event.user != 0) {
        line.text("from", history.user_name(event.user));
    }
    const Detail& detail = history.detail_of(event);
    if (event.kind != Kind::message) {
        line.text("kind", word_of(kKindWords, event.kind));
    }
    if ((event.kind == Kind::message && !detail.gone) || detail.what == What::edited) {
        line.hash("h", event.hash);
    }
    put_detail(line, history, detail);
    put_send(line, history, event);
}

void put_interval(Line& line, const Event& event) {
    line.number("asked", event.cur);
    line.mark("off", event.off);
    line.mark("done", event.definite);
}

void put_page(Line& line, const Event& event) {
    line.text("src", word_of(kSourceWords, event.source));
    line.number("cur", event.cur);
    line.number("seq", event.seq);
    line.number("count", event.extra);
    line.mark("more", event.has_more);
    if (!event.dense) {
        line.flag("dense", false);
    }
}

void put_cursor(Line& line, const History& history, const Event& event) {
    if (event.user != 0) {
        line.text("user", history.user_name(event.user));
    }
    line.number("seq", event.seq);
    line.text("status", word_of(kStatusWords, event.read));
}

void put_view(Line& line, const View& view, Op op) {
    line.number("head", view.head);
    line.number("read", view.read);
    if (op == Op::hold) {
        line.number("unread", view.unread);
        line.hash("own", view.own);
        line.hash("h", view.contents);
        return;
    }
    line.mark("all", view.all);
    line.number("delivered", view.delivered);
    line.number("unread", view.unread);
    line.number("asked", static_cast<std::uint64_t>(view.asked.count()));
}

void put_read(Line& line, const Reading& reading, const Event& event) {
    line.number("asked", static_cast<std::uint64_t>(reading.asked.count()));
    line.number("cur", event.cur);
    line.number("seq", event.seq);
    line.number("count", reading.count);
    line.mark("final", event.final);
}

void put_refresh(Line& line, const History& history, const Refresh& refresh) {
    line.text("family", history.families.name(refresh.family));
    line.hash("h", refresh.token);
    if (refresh.successor != 0) {
        line.hash("new", refresh.successor);
    } else {
        line.text("code", history.texts.name(refresh.code));
        line.flag("definite", refresh.definite);
    }
    line.number("asked", static_cast<std::uint64_t>(refresh.asked.count()));
}

void put_err(Line& line, const History& history, const Event& event) {
    line.text("code", history.texts.name(event.extra));
    line.flag("definite", event.definite);
    put_send(line, history, event);
}

void put_operation(Line& line, const History& history, const Event& event) {
    switch (event.op) {
        case Op::member:
            line.text("user", history.user_name(event.user));
            line.some("seq", event.seq);
            line.some("until", event.cur);
            break;
        case Op::send:
            if (event.user != 0) {
                line.text("to", history.user_name(event.user));
            }
            line.hash("h", event.hash);
            line.some("cur", event.cur);
            put_send(line, history, event);
            break;
        case Op::ack:
            line.number("seq", event.seq);
            line.text("mid", history.messages.name(event.message));
            if (event.kind != Kind::message) {
                line.text("kind", word_of(kKindWords, event.kind));
            }
            put_send(line, history, event);
            break;
        case Op::err:
            put_err(line, history, event);
            break;
        case Op::timeout:
            put_send(line, history, event);
            break;
        case Op::recv:
            put_recv(line, history, event);
            break;
        case Op::show:
            line.number("seq", event.seq);
            line.text("mid", history.messages.name(event.message));
            break;
        case Op::page:
            put_page(line, event);
            break;
        case Op::gap:
            line.number("seq", event.seq);
            line.number("cur", event.cur);
            break;
        case Op::mark:
        case Op::receipt:
            put_cursor(line, history, event);
            break;
        case Op::view:
        case Op::hold:
            put_view(line, history.views.at(event.extra), event.op);
            break;
        case Op::hide:
            line.number("seq", event.seq);
            put_interval(line, event);
            break;
        case Op::block:
            line.text("user", history.user_name(event.user));
            put_interval(line, event);
            break;
        case Op::read:
            put_read(line, history.readings.at(event.extra), event);
            break;
        case Op::refresh:
            put_refresh(line, history, history.refreshes.at(event.extra));
            break;
        case Op::fault:
        case Op::down:
        case Op::up:
            if (event.extra != 0) {
                line.text("text", history.texts.name(event.extra));
            }
            break;
        case Op::open:
        case Op::close:
            break;
    }
}

void append_event(const History& history, const Event& event, std::string& out) {
    const std::string who =
        event.device == 0 ? std::string{"test"} : history.device_name(event.device);
    Line line{out, event.time, who, word_of(kOpWords, event.op)};
    line.some("n", event.connection);
    if (event.conversation != 0) {
        line.text("conv", history.conversations.name(event.conversation));
    }
    put_operation(line, history, event);
    line.end();
}

void append_device(const History& history, std::uint32_t device, std::string& out) {
    const Duration start = history.events.empty() ? Duration{} : history.events.front().time;
    Line line{out, start, history.device_name(device), kDeviceWord};
    line.text("user", history.user_name(history.devices[device].user));
    line.text("role", word_of(kRoleWords, history.devices[device].role));
    line.end();
}

struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

}  // namespace

std::string to_line(const History& history, const Event& event) {
    std::string line;
    append_event(history, event, line);
    return line;
}

std::string write_file(const History& history, const std::string& path) {
    std::unique_ptr<std::FILE, Close> file{std::fopen(path.c_str(), "we")};
    if (file == nullptr) {
        return path + ": cannot be written";
    }
    std::string block;
    bool written = true;
    const auto put = [&] {
        written = written && std::fwrite(block.data(), 1, block.size(), file.get()) == block.size();
        block.clear();
    };
    for (std::uint32_t device = 1; device < history.devices.size(); ++device) {
        append_device(history, device, block);
        block += '\n';
    }
    for (const Event& event : history.events) {
        append_event(history, event, block);
        block += '\n';
        if (block.size() >= kBlockBytes) {
            put();
        }
    }
    put();
    written = std::fclose(file.release()) == 0 && written;
    return written ? std::string{} : path + ": cannot be written to its end";
}

}  // namespace parley::history
