#include "tests/history/reader.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

#include <simdjson.h>

#include "tests/history/line_fields.h"
#include "tests/history/words.h"

namespace parley::history {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kBlockBytes = 4UL << 20U;
constexpr std::size_t kLineMax = 256UL * 1024;
constexpr std::size_t kHashDigits = 16;

/// Why a line is none; thrown nowhere, carried by value.
using Problem = std::string;

std::optional<std::uint64_t> parse_hash(std::string_view hex) {
    std::uint64_t hash = 0;
    const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), hash, 16);
    if (hex.size() != kHashDigits || error != std::errc{} || end != hex.data() + hex.size()) {
        return std::nullopt;
    }
    return hash;
}

/// The text of a key as it stands; no field's name has an escape.
std::string_view key_of(ondemand::field& field) {
    const char* const begin = field.key().raw();
    // Not strchr: under a sanitizer that looks at the whole text behind it, for each key anew.
    const auto* const end = static_cast<const char*>(std::memchr(begin, '"', kLineMax));
    return {begin, static_cast<std::size_t>(end - begin)};
}

Problem read_value(ondemand::field& from, Field field, LineFields& line) {
    const std::size_t at = static_cast<std::size_t>(field);
    const auto bad = [field](const char* kind) {
        return std::string{kFieldWords.at(static_cast<std::size_t>(field))} + " is not " + kind;
    };
    if (field < kFirstNumber) {
        return from.value().get_string().get(line.texts[at]) == simdjson::SUCCESS ? Problem{}
                                                                                  : bad("a string");
    }
    if (field < kFirstFlag) {
        const bool small = field == Field::n || field == Field::a || field == Field::count;
        const std::uint64_t most = small ? std::numeric_limits<std::uint32_t>::max()
                                         : std::numeric_limits<std::int64_t>::max();
        if (from.value().get_uint64().get(line.numbers[at]) != simdjson::SUCCESS) {
            return bad("a whole number from 0 on");
        }
        return line.numbers[at] <= most ? Problem{} : bad("so large in any history");
    }
    bool flag = false;
    if (from.value().get_bool().get(flag) != simdjson::SUCCESS) {
        return bad("true or false");
    }
    line.numbers[at] = flag ? 1 : 0;
    return {};
}

Problem read_fields(ondemand::document& document, LineFields& line) {
    ondemand::object object;
    if (document.get_object().get(object) != simdjson::SUCCESS) {
        return "not a JSON object";
    }
    for (auto next : object) {
        ondemand::field from;
        if (std::move(next).get(from) != simdjson::SUCCESS) {
            return "not JSON";
        }
        const std::string_view name = key_of(from);
        const auto field = parse_field(name);
        if (!field) {
            return "no field is called " + std::string{name};
        }
        if (line.has(*field)) {
            return std::string{name} + " stands there twice";
        }
        line.there |= fields(*field);
        if (Problem problem = read_value(from, *field, line); !problem.empty()) {
            return problem;
        }
    }
    const char* rest = nullptr;
    const bool at_end = document.current_location().get(rest) != simdjson::SUCCESS;
    return at_end ? Problem{} : "more than one JSON object";
}

/// Turns lines into events.
class Builder {
public:
    Problem add(const LineFields& line);
    /// Everything that only the whole can tell, and the order.
    Problem finish();
    [[nodiscard]] History& history() noexcept { return history_; }

private:
    Problem add_device(const LineFields& line);
    Problem fill(const LineFields& line, Op op, Event& event);
    Problem fill_send(const LineFields& line, Op op, Event& event);
    Problem fill_recv(const LineFields& line, Event& event);
    Problem fill_kind(const LineFields& line, Event& event);
    Problem fill_detail(const LineFields& line, Event& event);
    Problem fill_view(const LineFields& line, Op op, Event& event);
    Problem fill_refresh(const LineFields& line, Event& event);
    Problem fill_status(const LineFields& line, Event& event);
    Problem fill_source(const LineFields& line, Event& event);
    static Problem fill_hash(const LineFields& line, Event& event);
    std::uint64_t send_number(std::uint32_t device, std::string_view cmid);
    void sort_by_time();

    History history_;
    Names devices_;
    std::string key_;
};

Problem Builder::add_device(const LineFields& line) {
    const auto role = parse_word<Role>(kRoleWords, line.text(Field::role));
    if (!role) {
        return "role is none of client, receiver, sender, auditor, ended";
    }
    const std::uint32_t number = devices_.number(line.text(Field::c));
    const std::uint32_t user = history_.users.number(line.text(Field::user));
    if (number < history_.devices.size()) {
        return "the device is declared already, or after its first line";
    }
    if (number == 0 || user == 0) {
        return "a name is empty";
    }
    history_.devices.push_back(
        {.user = user, .role = *role, .name = std::string{line.text(Field::c)}}
    );
    return {};
}

std::uint64_t Builder::send_number(std::uint32_t device, std::string_view cmid) {
    key_.assign(history_.users.name(history_.devices[device].user)).append(" ").append(cmid);
    return history_.sends.number(key_);
}

Problem Builder::fill_hash(const LineFields& line, Event& event) {
    if (!line.has(Field::h)) {
        return {};
    }
    const auto hash = parse_hash(line.text(Field::h));
    if (!hash) {
        return "h is not 16 hexadecimal digits";
    }
    event.hash = *hash;
    return {};
}

Problem Builder::fill_send(const LineFields& line, Op op, Event& event) {
    event.attempt = static_cast<std::uint32_t>(line.number(Field::a));
    event.altered = line.flag(Field::altered);
    event.definite = line.flag(Field::definite);
    if (line.has(Field::cmid)) {
        if (line.text(Field::cmid).empty()) {
            return "cmid is empty";
        }
        event.send = send_number(event.device, line.text(Field::cmid));
    }
    if (op == Op::err) {
        event.extra = history_.texts.number(line.text(Field::code));
    }
    if (Problem problem = fill_kind(line, event); !problem.empty()) {
        return problem;
    }
    if (op == Op::send) {
        event.user = history_.users.number(line.text(Field::to));
        if (event.user == 0 && event.conversation == 0) {
            return "send needs: conv or to";
        }
    }
    return fill_hash(line, event);
}

Problem Builder::fill_source(const LineFields& line, Event& event) {
    const auto source = parse_word<Source>(kSourceWords, line.text(Field::src));
    if (!source) {
        return "src is none of live, sync, history, audit";
    }
    event.source = *source;
    return {};
}

Problem Builder::fill_kind(const LineFields& line, Event& event) {
    if (line.has(Field::kind)) {
        const auto kind = parse_word<Kind>(kKindWords, line.text(Field::kind));
        if (!kind) {
            return "kind is none of message, event, void";
        }
        event.kind = *kind;
    }
    return {};
}

/// The words of a text, between spaces.
std::vector<std::string_view> words_in(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        if (end > 0) {
            words.push_back(text.substr(0, end));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

Problem Builder::fill_detail(const LineFields& line, Event& event) {
    Detail detail;
    if (line.has(Field::what)) {
        const auto what = parse_word<What>(kWhatWords, line.text(Field::what));
        if (!what) {
            return "what is none of created, added, removed, role, updated, ended, edited, "
                   "deleted, "
                   "reaction, settings";
        }
        detail.what = *what;
    }
    detail.off = line.flag(Field::off);
    detail.edited = line.flag(Field::edited);
    detail.gone = line.flag(Field::gone);
    detail.fades = line.flag(Field::fades);
    detail.target = history_.messages.number(line.text(Field::target));
    detail.user = history_.users.number(line.text(Field::who));
    detail.word = history_.texts.number(line.text(Field::word));
    for (const std::string_view name : words_in(line.text(Field::users))) {
        detail.users.push_back(history_.users.number(name));
    }
    const auto pairs = words_in(line.text(Field::reactions));
    if (pairs.size() % 2 != 0) {
        return "reactions are pairs of an emoji and a user";
    }
    for (std::size_t i = 0; i < pairs.size(); i += 2) {
        detail.reactions.emplace_back(
            history_.texts.number(pairs[i]), history_.users.number(pairs[i + 1])
        );
    }
    event.extra = history_.add_detail(std::move(detail));
    return {};
}

Problem Builder::fill_recv(const LineFields& line, Event& event) {
    if (Problem problem = fill_kind(line, event); !problem.empty()) {
        return problem;
    }
    const bool says = event.kind == Kind::message || line.text(Field::what) == "edited";
    const FieldSet wanted = says                        ? fields(Field::mid, Field::h)
                            : event.kind == Kind::event ? fields(Field::mid)
                                                        : FieldSet{0};
    const FieldSet there = line.there & fields(Field::mid, Field::h);
    if (there != wanted && !(line.flag(Field::gone) && there == fields(Field::mid))) {
        return "recv of a message or an edit has mid and h, of another event mid, of a void "
               "neither";
    }
    if (Problem problem = fill_detail(line, event); !problem.empty()) {
        return problem;
    }
    event.user = history_.users.number(line.text(Field::from));
    if (line.has(Field::cmid)) {
        event.send = send_number(event.device, line.text(Field::cmid));
    }
    if (Problem problem = fill_hash(line, event); !problem.empty()) {
        return problem;
    }
    return fill_source(line, event);
}

Problem Builder::fill_refresh(const LineFields& line, Event& event) {
    Refresh refresh;
    refresh.family = history_.families.number(line.text(Field::family));
    refresh.definite = line.flag(Field::definite);
    refresh.asked = Duration{line.number(Field::asked)};
    refresh.code = history_.texts.number(line.text(Field::code));
    const auto token = parse_hash(line.text(Field::h));
    if (!token) {
        return "h is not 16 hexadecimal digits";
    }
    refresh.token = *token;
    if (line.has(Field::successor) == line.has(Field::code)) {
        return "refresh needs: new or code, not both";
    }
    if (line.has(Field::successor)) {
        const auto successor = parse_hash(line.text(Field::successor));
        if (!successor) {
            return "new is not 16 hexadecimal digits";
        }
        refresh.successor = *successor;
    } else if (!line.has(Field::definite)) {
        return "refresh with code needs: definite";
    }
    event.extra = static_cast<std::uint32_t>(history_.refreshes.size());
    history_.refreshes.push_back(refresh);
    return {};
}

Problem Builder::fill_status(const LineFields& line, Event& event) {
    const auto status = parse_word<std::size_t>(kStatusWords, line.text(Field::status));
    if (!status) {
        return "status is none of delivered, read";
    }
    event.read = *status == 1;
    return {};
}

Problem Builder::fill_view(const LineFields& line, Op op, Event& event) {
    View view{
        .head = line.number(Field::head),
        .read = line.number(Field::read),
        .delivered = line.number(Field::delivered),
        .unread = line.number(Field::unread),
        .asked = Duration{line.number(Field::asked)},
        .all = line.flag(Field::all)
    };
    if (op == Op::hold) {
        const auto own = parse_hash(line.text(Field::own));
        const auto contents = parse_hash(line.text(Field::h));
        if (!own || !contents) {
            return "own or h is not 16 hexadecimal digits";
        }
        view.own = *own;
        view.contents = *contents;
    }
    event.extra = static_cast<std::uint32_t>(history_.views.size());
    history_.views.push_back(view);
    return {};
}

Problem Builder::fill(const LineFields& line, Op op, Event& event) {
    switch (op) {
        case Op::send:
        case Op::ack:
        case Op::err:
        case Op::timeout:
            return fill_send(line, op, event);
        case Op::recv:
            return fill_recv(line, event);
        case Op::page:
            event.has_more = line.flag(Field::more);
            event.dense = !line.has(Field::dense) || line.flag(Field::dense);
            event.extra = static_cast<std::uint32_t>(line.number(Field::count));
            return fill_source(line, event);
        case Op::mark:
        case Op::receipt:
            return fill_status(line, event);
        case Op::member:
            event.cur = line.number(Field::until);
            return {};
        case Op::hide:
        case Op::block:
            event.cur = line.number(Field::asked);
            event.definite = line.flag(Field::done);
            event.off = line.flag(Field::off);
            return {};
        case Op::view:
        case Op::hold:
            return fill_view(line, op, event);
        case Op::read:
            event.extra = static_cast<std::uint32_t>(history_.readings.size());
            event.final = line.flag(Field::final);
            history_.readings.push_back(
                {.asked = Duration{line.number(Field::asked)}, .count = line.number(Field::count)}
            );
            return {};
        case Op::refresh:
            return fill_refresh(line, event);
        case Op::fault:
        case Op::down:
        case Op::up:
            event.extra = history_.texts.number(line.text(Field::text));
            return {};
        case Op::open:
        case Op::close:
        case Op::show:
        case Op::gap:
            return {};
    }
    return {};
}

bool is_of_no_device(Op op) {
    return op == Op::fault || op == Op::down || op == Op::up || op == Op::member;
}

Problem Builder::add(const LineFields& line) {
    const Shape* const shape = shape_of(line.text(Field::op));
    if (shape == nullptr) {
        return line.has(Field::op) ? "no operation is called " + std::string{line.text(Field::op)}
                                   : "every line needs: op";
    }
    if (Problem problem = problem_with(line, *shape); !problem.empty()) {
        return problem;
    }
    if (shape->word == kDeviceWord) {
        return add_device(line);
    }
    const Op op = *parse_word<Op>(kOpWords, shape->word);
    Event event;
    event.op = op;
    event.time = Duration{line.number(Field::t)};
    event.seq = line.number(Field::seq);
    event.cur = line.number(Field::cur);
    event.connection = static_cast<std::uint32_t>(line.number(Field::n));
    event.conversation = history_.conversations.number(line.text(Field::conv));
    event.message = history_.messages.number(line.text(Field::mid));
    event.user = history_.users.number(line.text(Field::user));
    if (!is_of_no_device(op)) {
        event.device = devices_.find(line.text(Field::c));
        if (event.device == 0) {
            return "the line `device` of " + std::string{line.text(Field::c)} +
                   " must stand before its others";
        }
    }
    if (line.has(Field::conv) && event.conversation == 0) {
        return "conv is empty";
    }
    if (Problem problem = fill(line, op, event); !problem.empty()) {
        return problem;
    }
    history_.events.push_back(event);
    return {};
}

/// By a permutation of indices: an event is moved once, and nothing is held twice.
void Builder::sort_by_time() {
    std::vector<Event>& events = history_.events;
    if (std::ranges::is_sorted(events, {}, &Event::time)) {
        return;
    }
    std::vector<std::uint32_t> from(events.size());
    std::iota(from.begin(), from.end(), 0U);
    std::ranges::sort(from, {}, [&](std::uint32_t i) { return std::pair{events[i].time, i}; });
    for (std::uint32_t start = 0; start < from.size(); ++start) {
        if (from[start] == start) {
            continue;
        }
        const Event event = events[start];
        const History::Origin origin = history_.origins[start];
        std::uint32_t at = start;
        while (from[at] != start) {
            const std::uint32_t next = from[at];
            events[at] = events[next];
            history_.origins[at] = history_.origins[next];
            from[at] = at;
            at = next;
        }
        events[at] = event;
        history_.origins[at] = origin;
        from[at] = at;
    }
}

Problem Builder::finish() {
    if (history_.events.empty()) {
        return "nothing is in it";
    }
    sort_by_time();
    return {};
}

struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

/// One file, in blocks; a line that is cut by a block's end is moved to the next one's beginning.
class FileReader {
public:
    FileReader(Builder& builder, std::string path, std::uint32_t number)
        : builder_(builder), path_(std::move(path)), number_(number) {}

    /// What is wrong, with file and line; empty when nothing is.
    Problem run() {
        const std::unique_ptr<std::FILE, Close> file{std::fopen(path_.c_str(), "re")};
        if (file == nullptr) {
            return path_ + ": cannot be read";
        }
        buffer_.resize(kBlockBytes + kLineMax + simdjson::SIMDJSON_PADDING);
        std::size_t kept = 0;
        while (true) {
            const std::size_t got = std::fread(buffer_.data() + kept, 1, kBlockBytes, file.get());
            if (got == 0) {
                break;
            }
            const std::size_t end = kept + got;
            const auto used = take_lines(end);
            if (!problem_.empty()) {
                return problem_;
            }
            kept = end - used;
            if (kept > kLineMax) {
                return at_line(line_ + 1) + "the line is too long";
            }
            std::memmove(buffer_.data(), buffer_.data() + used, kept);
        }
        if (std::ferror(file.get()) != 0) {
            return path_ + ": cannot be read to its end";
        }
        if (kept != 0) {
            return at_line(line_ + 1) + "the line has no end: was the writer killed?";
        }
        return {};
    }

private:
    /// Takes the whole lines before `end`; answers where the rest begins.
    std::size_t take_lines(std::size_t end) {
        std::size_t begin = 0;
        while (begin < end) {
            const void* const found = std::memchr(buffer_.data() + begin, '\n', end - begin);
            if (found == nullptr) {
                break;
            }
            const auto stop =
                static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
            ++line_;
            if (Problem problem = take_line({buffer_.data() + begin, stop - begin});
                !problem.empty()) {
                problem_ = at_line(line_) + problem;
                return begin;
            }
            begin = stop + 1;
        }
        return begin;
    }

    Problem take_line(std::string_view text) {
        if (text.size() > kLineMax) {
            return "the line is too long";
        }
        ondemand::document document;
        const std::size_t capacity = text.size() + simdjson::SIMDJSON_PADDING;
        if (parser_.iterate(text.data(), text.size(), capacity).get(document) !=
            simdjson::SUCCESS) {
            return "not JSON";
        }
        LineFields line;
        if (Problem problem = read_fields(document, line); !problem.empty()) {
            return problem;
        }
        History& history = builder_.history();
        const std::size_t before = history.events.size();
        if (Problem problem = builder_.add(line); !problem.empty()) {
            return problem;
        }
        if (history.events.size() > before) {
            history.origins.push_back({.file = number_, .line = line_});
        }
        return {};
    }

    [[nodiscard]] std::string at_line(std::uint32_t line) const {
        return path_ + ":" + std::to_string(line) + ": ";
    }

    Builder& builder_;
    const std::string path_;
    const std::uint32_t number_;
    ondemand::parser parser_;
    std::vector<char> buffer_;
    std::uint32_t line_ = 0;
    Problem problem_;
};

}  // namespace

std::variant<History, Unreadable> read_files(const std::vector<std::string>& paths) {
    Builder builder;
    for (const std::string& path : paths) {
        builder.history().files.push_back(path);
        const auto number = static_cast<std::uint32_t>(builder.history().files.size() - 1);
        if (Problem problem = FileReader{builder, path, number}.run(); !problem.empty()) {
            return Unreadable{std::move(problem)};
        }
    }
    if (Problem problem = builder.finish(); !problem.empty()) {
        return Unreadable{(paths.empty() ? std::string{} : paths.front() + ": ") + problem};
    }
    return std::move(builder.history());
}

}  // namespace parley::history
