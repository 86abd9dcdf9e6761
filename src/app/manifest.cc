#include "app/manifest.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace parley::app {
namespace {

constexpr std::string_view kFirstLine = "parley-backup 1\n";
constexpr std::string_view kDigits = "0123456789abcdef";

std::string hex(const crypto::Sha256& hash) {
    std::string text;
    for (const std::byte byte : hash) {
        text += kDigits[std::to_integer<std::size_t>(byte) >> 4U];
        text += kDigits[std::to_integer<std::size_t>(byte) & 15U];
    }
    return text;
}

std::optional<crypto::Sha256> parse_hash(std::string_view text) {
    crypto::Sha256 hash{};
    if (text.size() != 2 * hash.size()) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::size_t digit = kDigits.find(text[i]);
        if (digit == std::string_view::npos) {
            return std::nullopt;
        }
        hash.at(i / 2) = (hash.at(i / 2) << 4U) | static_cast<std::byte>(digit);
    }
    return hash;
}

template <class T>
std::optional<T> parse_number(std::string_view text) {
    T value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

/// The part up to `by`, which goes with it.
std::string_view cut(std::string_view& rest, char by) {
    const std::size_t at = std::min(rest.find(by), rest.size());
    const std::string_view part = rest.substr(0, at);
    rest.remove_prefix(std::min(at + 1, rest.size()));
    return part;
}

bool is_inside(std::string_view path) {
    if (path.empty() || path.front() == '/' || path.back() == '/') {
        return false;
    }
    while (!path.empty()) {
        const std::string_view part = cut(path, '/');
        if (part.empty() || part == "." || part == "..") {
            return false;
        }
    }
    return true;
}

Error malformed(const char* what) {
    return {ErrorCode::invalid_request, std::string("the backup's MANIFEST ") + what};
}

Result<Manifest::File> parse_file(std::string_view line) {
    const auto hash = parse_hash(cut(line, ' '));
    const auto bytes = parse_number<std::uint64_t>(cut(line, ' '));
    const auto size = parse_number<std::uint64_t>(cut(line, ' '));
    if (!hash || !bytes || !size || *size < *bytes || !is_inside(line)) {
        return malformed("has a line that is none of its own");
    }
    return Manifest::File{
        .path = std::string(line), .sha256 = *hash, .bytes = *bytes, .size = *size
    };
}

}  // namespace

std::string write_manifest(const Manifest& manifest) {
    std::string text{kFirstLine};
    text += "position " + std::to_string(manifest.position.epoch) + " " +
            std::to_string(manifest.position.offset) + "\n";
    for (const Manifest::File& file : manifest.files) {
        text += "file " + hex(file.sha256) + " " + std::to_string(file.bytes) + " " +
                std::to_string(file.size) + " " + file.path + "\n";
    }
    return text + "end " + hex(crypto::sha256(text)) + "\n";
}

Result<Manifest> read_manifest(std::string_view text) {
    if (text.starts_with("parley-backup ") && !text.starts_with(kFirstLine)) {
        return malformed("is of a newer version of this program: restore with that");
    }
    const std::size_t last = text.rfind("end ");
    if (!text.starts_with(kFirstLine) || last == std::string_view::npos) {
        return malformed("is none, or is cut off: this is no whole backup");
    }
    if (text.substr(last) != "end " + hex(crypto::sha256(text.substr(0, last))) + "\n") {
        return malformed("is damaged");
    }
    text = text.substr(0, last);
    text.remove_prefix(kFirstLine.size());
    Manifest manifest;
    bool has_position = false;
    while (!text.empty()) {
        std::string_view line = cut(text, '\n');
        const std::string_view kind = cut(line, ' ');
        if (kind == "position" && !has_position) {
            const auto epoch = parse_number<std::uint32_t>(cut(line, ' '));
            const auto offset = parse_number<std::uint64_t>(line);
            if (!epoch || !offset) {
                return malformed("has no position");
            }
            manifest.position = {.epoch = *epoch, .offset = *offset};
            has_position = true;
        } else if (kind == "file" && has_position) {
            TRY(auto file, parse_file(line));
            manifest.files.push_back(std::move(file));
        } else {
            return malformed("has a line that is none of its own");
        }
    }
    if (!has_position) {
        return malformed("has no position");
    }
    return manifest;
}

}  // namespace parley::app
