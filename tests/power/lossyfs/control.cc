#include "tests/power/lossyfs/control.h"

#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <sstream>
#include <vector>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace parley::lossyfs {
namespace {

using Words = std::vector<std::string>;

std::string problem(std::string_view what) {
    return R"({"ok": false, "error": ")" + std::string(what) + "\"}";
}

std::string fine() {
    return R"({"ok": true})";
}

std::optional<std::uint64_t> number(const std::string& word) {
    std::uint64_t value = 0;
    const char* const end = word.data() + word.size();
    const auto [stopped, error] = std::from_chars(word.data(), end, value);
    return error == std::errc{} && stopped == end ? std::optional(value) : std::nullopt;
}

std::string word(const Words& words, std::size_t at) {
    return at < words.size() ? words[at] : std::string();
}

std::optional<Cut> kind_of_cut(const std::string& how) {
    if (how == "drop") {
        return Cut::drop;
    }
    if (how == "keep") {
        return Cut::keep;
    }
    return how == "tear" ? std::optional(Cut::tear) : std::nullopt;
}

std::string cut(const Words& words, Filesystem& files) {
    const auto how = kind_of_cut(word(words, 1));
    const auto seed = number(word(words, 2));
    if (!how || !seed) {
        return problem("cut drop|keep|tear SEED");
    }
    const CutReport report = files.cut(*how, *seed);
    std::ostringstream line;
    line << R"({"ok": true, "pages_lost": )" << report.pages_lost << R"(, "entries_lost": )"
         << report.entries_lost << R"(, "entries_kept": )" << report.entries_kept << "}";
    return line.str();
}

std::string trip(const Words& words, Filesystem& files) {
    const auto how = kind_of_cut(word(words, 1));
    const auto seed = number(word(words, 2));
    const auto skip = number(word(words, 3));
    if (!how || !seed || !skip) {
        return problem("trip drop|keep|tear SEED SKIP [PATH]");
    }
    files.trip_at({.path = word(words, 4), .skip = *skip, .how = *how, .seed = *seed});
    return fine();
}

std::string slow(const Words& words, Filesystem& files) {
    const auto milliseconds = number(word(words, 1));
    if (!milliseconds) {
        return problem("slow MILLISECONDS [PATH]");
    }
    files.slowness = {
        .sync = std::chrono::milliseconds(*milliseconds),
        .path = word(words, 2),
    };
    return fine();
}

std::string fail(const Words& words, Filesystem& files) {
    const std::string what = word(words, 1);
    const std::string when = word(words, 2);
    if ((what != "sync" && what != "write") ||
        (when != "never" && when != "once" && when != "always")) {
        return problem("fail sync|write never|once|always [PATH]");
    }
    const Failing failing =
        when == "never" ? Failing::never : (when == "once" ? Failing::once : Failing::always);
    Rule& rule = what == "sync" ? files.failing_syncs : files.failing_writes;
    rule = {.failing = failing, .path = word(words, 3)};
    return fine();
}

std::string capacity(const Words& words, Volume& volume) {
    const std::string how_much = word(words, 1);
    const auto bytes = number(how_much);
    if (how_much != "none" && how_much != "used" && !bytes) {
        return problem("capacity BYTES|used|none");
    }
    if (how_much == "none") {
        volume.set_capacity(std::nullopt);
    } else {
        volume.set_capacity(bytes ? *bytes : volume.used_bytes());
    }
    return fine();
}

std::string stats(const Filesystem& files, const Volume& volume) {
    std::ostringstream line;
    line << R"({"ok": true, "dark": )" << (files.dark() ? "true" : "false") << R"(, "writes": )"
         << files.counts.writes << R"(, "syncs": )" << files.counts.syncs << R"(, "failed": )"
         << files.counts.failed << R"(, "used_bytes": )" << volume.used_bytes()
         << R"(, "unsynced_pages": )" << volume.unsynced_pages() << R"(, "unsynced_entries": )"
         << volume.unsynced_entries() << "}";
    return line.str();
}

}  // namespace

std::string execute(std::string_view command, Filesystem& files, Volume& volume) {
    std::istringstream in{std::string(command)};
    Words words;
    for (std::string each; in >> each;) {
        words.push_back(each);
    }
    const std::string verb = word(words, 0);
    if (verb == "cut") {
        return cut(words, files);
    }
    if (verb == "trip") {
        return trip(words, files);
    }
    if (verb == "on") {
        files.power_on();
        return fine();
    }
    if (verb == "slow") {
        return slow(words, files);
    }
    if (verb == "fail") {
        return fail(words, files);
    }
    if (verb == "capacity") {
        return capacity(words, volume);
    }
    if (verb == "stats") {
        return stats(files, volume);
    }
    return problem("no such command: cut, trip, on, slow, fail, capacity, stats");
}

Control::Control(const std::string& path)
    : listening_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    check(static_cast<bool>(listening_));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        refuse(ENAMETOOLONG);
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    ::unlink(path.c_str());
    check(
        ::bind(listening_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0
    );
    check(::listen(listening_.get(), 16) == 0);
}

int Control::descriptor() const noexcept {
    return client_ ? client_.get() : listening_.get();
}

void Control::serve(const std::function<std::string(std::string_view)>& command) {
    if (!client_) {
        client_ = runtime::UniqueFd(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        line_.clear();
        return;
    }
    std::array<char, kLineBytesMax> bytes{};
    const ssize_t got = ::recv(client_.get(), bytes.data(), bytes.size(), 0);
    if (got <= 0) {
        client_.reset();
        return;
    }
    line_.append(bytes.data(), static_cast<std::size_t>(got));
    for (auto end = line_.find('\n'); end != std::string::npos; end = line_.find('\n')) {
        const std::string answer = command(std::string_view(line_).substr(0, end)) + "\n";
        line_.erase(0, end + 1);
        if (::send(client_.get(), answer.data(), answer.size(), MSG_NOSIGNAL) < 0) {
            client_.reset();
            return;
        }
    }
    if (line_.size() > kLineBytesMax) {
        client_.reset();
    }
}

}  // namespace parley::lossyfs
