#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "gateway/http/http.h"

namespace parley::http {

/// A file that is part of the program. All views are literals.
struct StaticFile {
    std::string_view path;          ///< "/assets/index-1a2b.js"
    std::string_view content_type;  ///< "text/javascript"
    std::string_view tag;           ///< of its bytes, without quotes
    std::string_view plain;
    std::string_view gzip;    ///< empty: there is none
    std::string_view brotli;  ///< empty: there is none
    bool immutable = false;   ///< its name changes with its bytes
};

/// Answers requests from a table that was made at build time: there is no path to a file system. Any thread.
class StaticFiles {
public:
    /// `files` are ordered by path and outlive this, as does `policy`: the Content-Security-Policy of all.
    StaticFiles(std::span<const StaticFile> files, std::string_view policy);

    /// Nothing where the path is not in the table. GET and HEAD get the file, compressed as Accept-Encoding allows
    /// (RFC 9110 §12.5.3), or 304 where If-None-Match names it; other methods get 405.
    [[nodiscard]] std::optional<Response> answer(const Request& request) const;

private:
    std::span<const StaticFile> files_;
    std::string_view policy_;
};

/// May `coding` be used for an answer, by the client's Accept-Encoding?
[[nodiscard]] bool accepts_coding(std::string_view accept_encoding, std::string_view coding);
/// Does If-None-Match name this entity tag, quotes included? Weak comparison (RFC 9110 §13.1.2).
[[nodiscard]] bool names_tag(std::string_view if_none_match, std::string_view tag);

}  // namespace parley::http
