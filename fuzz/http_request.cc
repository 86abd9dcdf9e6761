#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "fuzz/support/target.h"
#include "gateway/http/http.h"

/// The first bytes choose the cuts, the rest is a client's stream. However it is cut, the reader reads
/// the same requests; and what it accepts is checked against the rules once more, by naive code that
/// looks at the raw bytes and shares nothing with the reader.

namespace {

using parley::http::ReaderLimits;
using parley::http::Request;
using parley::http::RequestReader;

constexpr ReaderLimits kLimits{
    .header_bytes_max = 1024, .header_count_max = 20, .body_bytes_max = 2000
};

struct Accepted {
    Request request;
    std::string raw;
};

struct Outcome {
    std::vector<Accepted> accepted;
    int refused = 0;
};

Outcome read_all(std::string_view stream, std::span<const std::uint8_t> cuts) {
    RequestReader reader(kLimits);
    Outcome outcome;
    std::string raw;
    std::size_t next_cut = 0;
    while (!stream.empty()) {
        const std::size_t size = cuts.empty() ? stream.size() : 1U + cuts[next_cut++ % cuts.size()];
        const std::string_view piece = stream.substr(0, size);
        const std::vector<std::uint8_t> exact(piece.begin(), piece.end());
        auto step = reader.feed(std::as_bytes(std::span{exact}));
        PARLEY_ASSERT(step.consumed <= piece.size());
        PARLEY_ASSERT(step.request || step.refusal || step.consumed == piece.size());
        if (step.refusal) {
            PARLEY_ASSERT(!step.request);
            outcome.refused = step.refusal->status;
            break;
        }
        raw += piece.substr(0, step.consumed);
        stream.remove_prefix(step.consumed);
        if (step.request) {
            PARLEY_ASSERT(reader.state() == RequestReader::State::idle);
            outcome.accepted.push_back({.request = *std::move(step.request), .raw = std::move(raw)}
            );
            raw.clear();
        }
    }
    return outcome;
}

void expect_same(const Outcome& a, const Outcome& b) {
    PARLEY_ASSERT(a.refused == b.refused);
    PARLEY_ASSERT(a.accepted.size() == b.accepted.size());
    for (std::size_t i = 0; i < a.accepted.size(); ++i) {
        const Request& left = a.accepted[i].request;
        const Request& right = b.accepted[i].request;
        PARLEY_ASSERT(a.accepted[i].raw == b.accepted[i].raw);
        PARLEY_ASSERT(left.method == right.method);
        PARLEY_ASSERT(left.target == right.target);
        PARLEY_ASSERT(left.http_1_1 == right.http_1_1);
        PARLEY_ASSERT(left.keep_alive == right.keep_alive);
        PARLEY_ASSERT(left.body == right.body);
        PARLEY_ASSERT(left.headers.size() == right.headers.size());
        for (std::size_t j = 0; j < left.headers.size(); ++j) {
            PARLEY_ASSERT(left.headers[j].name == right.headers[j].name);
            PARLEY_ASSERT(left.headers[j].value == right.headers[j].value);
        }
    }
}

// --- the rules, again ---------------------------------------------------------------------------

bool is_one_of(char c, std::string_view marks) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || marks.find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
    const auto good = [](char c) { return is_one_of(c, "!#$%&'*+-.^_`|~"); };
    return !text.empty() && std::ranges::all_of(text, good);
}

std::string lowered(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    return out;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

/// Takes a line off the front; it ends with CRLF and holds no other CR, LF or NUL.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find("\r\n");
    PARLEY_ASSERT(end != std::string_view::npos);
    const std::string_view line = text.substr(0, end);
    PARLEY_ASSERT(line.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos);
    text.remove_prefix(end + 2);
    return line;
}

struct RawField {
    std::string name;  // in lower case
    std::string_view value;
};

std::vector<RawField> take_fields(std::string_view& text) {
    std::vector<RawField> fields;
    while (true) {
        const std::string_view line = take_line(text);
        if (line.empty()) {
            return fields;
        }
        const std::size_t colon = line.find(':');
        PARLEY_ASSERT(colon != std::string_view::npos);
        PARLEY_ASSERT(is_token(line.substr(0, colon)));
        fields.push_back({lowered(line.substr(0, colon)), trimmed(line.substr(colon + 1))});
    }
}

/// The values of a field, which may be there at most once.
std::optional<std::string_view> only(const std::vector<RawField>& fields, std::string_view name) {
    std::optional<std::string_view> found;
    for (const RawField& field : fields) {
        if (field.name == name) {
            PARLEY_ASSERT(!found);
            found = field.value;
        }
    }
    return found;
}

/// The target as a path: of absolute-form (RFC 9112 §3.2.2) what stands behind the authority, which must be
/// the one that Host names, if it is there at all.
std::string path_of(std::string_view target, const Request& request) {
    const std::string lower = lowered(target);
    const std::size_t scheme = lower.starts_with("http://")    ? 7
                               : lower.starts_with("https://") ? 8
                                                               : 0;
    if (scheme == 0) {
        return std::string(target);
    }
    const std::size_t end = std::min(target.find_first_of("/?", scheme), target.size());
    PARLEY_ASSERT(
        request.header_count("host") == 0 ||
        lower.substr(scheme, end - scheme) == lowered(request.header("host"))
    );
    std::string path(target.substr(end));
    if (!path.starts_with('/')) {
        path.insert(0, path.empty() && request.method == "OPTIONS" ? "*" : "/");
    }
    return path;
}

void check_request_line(std::string_view line, const Request& request) {
    const std::size_t first = line.find(' ');
    PARLEY_ASSERT(first != std::string_view::npos);
    const std::size_t second = line.find(' ', first + 1);
    PARLEY_ASSERT(second != std::string_view::npos);
    PARLEY_ASSERT(line.substr(0, first) == request.method);
    PARLEY_ASSERT(is_token(request.method));
    const std::string target = path_of(line.substr(first + 1, second - first - 1), request);
    PARLEY_ASSERT(target == request.target);
    PARLEY_ASSERT(target.starts_with('/') || (target == "*" && request.method == "OPTIONS"));
    const auto good = [](char c) { return is_one_of(c, "-._~!$&'()*+,;=:@/?%"); };
    PARLEY_ASSERT(std::ranges::all_of(target, good));
    const std::string_view version = line.substr(second + 1);
    PARLEY_ASSERT(version == (request.http_1_1 ? "HTTP/1.1" : "HTTP/1.0"));
}

std::string take_chunks(std::string_view& text) {
    std::string body;
    while (true) {
        const std::string_view line = take_line(text);
        const std::string digits(trimmed(line.substr(0, line.find(';'))));
        PARLEY_ASSERT(line.starts_with(digits));
        PARLEY_ASSERT(!digits.empty());
        PARLEY_ASSERT(digits.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos);
        const std::size_t size = std::stoul(digits, nullptr, 16);
        if (size == 0) {
            break;
        }
        PARLEY_ASSERT(text.size() >= size + 2);
        body += text.substr(0, size);
        PARLEY_ASSERT(text.substr(size, 2) == "\r\n");
        text.remove_prefix(size + 2);
    }
    const auto trailers = take_fields(text);
    for (const char* name : {"content-length", "transfer-encoding", "host"}) {
        PARLEY_ASSERT(!only(trailers, name));
    }
    return body;
}

void check_rules(const Accepted& accepted) {
    const Request& request = accepted.request;
    std::string_view text = accepted.raw;
    while (text.starts_with("\r\n")) {
        text.remove_prefix(2);
    }
    const std::size_t before_head = text.size();
    check_request_line(take_line(text), request);
    const auto fields = take_fields(text);
    PARLEY_ASSERT(before_head - text.size() <= kLimits.header_bytes_max);
    PARLEY_ASSERT(fields.size() <= kLimits.header_count_max);
    PARLEY_ASSERT(fields.size() == request.headers.size());
    for (std::size_t i = 0; i < fields.size(); ++i) {
        PARLEY_ASSERT(fields[i].name == lowered(request.headers[i].name));
        PARLEY_ASSERT(fields[i].value == request.headers[i].value);
    }
    const auto host = only(fields, "host");
    PARLEY_ASSERT(host || !request.http_1_1);
    PARLEY_ASSERT(
        !host || (!host->empty() && host->find_first_of("/@?#, \t") == std::string_view::npos)
    );

    const auto length = only(fields, "content-length");
    const auto coding = only(fields, "transfer-encoding");
    std::string body;
    if (coding) {
        PARLEY_ASSERT(!length && request.http_1_1 && lowered(*coding) == "chunked");
        body = take_chunks(text);
    } else if (length) {
        PARLEY_ASSERT(std::to_string(std::stoul(std::string(*length))) == *length);
        body = text;
        PARLEY_ASSERT(body.size() == std::stoul(std::string(*length)));
        text = {};
    }
    PARLEY_ASSERT(text.empty());
    PARLEY_ASSERT(body == request.body);
    PARLEY_ASSERT(body.size() <= kLimits.body_bytes_max);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kCutBytes = 3;
    if (size < kCutBytes) {
        return 0;
    }
    const std::string_view stream{
        reinterpret_cast<const char*>(data) + kCutBytes, size - kCutBytes
    };
    const Outcome whole = read_all(stream, {});
    for (const Accepted& accepted : whole.accepted) {
        check_rules(accepted);
    }
    expect_same(read_all(stream, {data, kCutBytes}), whole);
    constexpr std::uint8_t kSingleBytes = 0;
    expect_same(read_all(stream, {&kSingleBytes, 1}), whole);
    if (const std::size_t mark = stream.find('?'); mark != std::string_view::npos) {
        const std::string_view query = stream.substr(mark + 1, stream.find(' ', mark) - mark - 1);
        if (const auto pairs = parley::http::parse_query(query)) {
            PARLEY_ASSERT(pairs->size() <= query.size());
        }
    }
    return 0;
}
