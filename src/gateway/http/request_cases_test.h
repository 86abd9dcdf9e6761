#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace parley::http::testing {

/// Bytes from a client, and what a strict server makes of them.
struct Case {
    std::string name;
    std::string bytes;
    int status = 0;            ///< of the refusal; 0: none
    std::size_t requests = 0;  ///< complete ones, before any refusal
    bool waiting = false;      ///< a request is under way when the bytes end
    std::string body;          ///< of the first request, when not empty
};

/// The cases of Http11Probe that a parser decides (RFC 9110, RFC 9112), and more of the same
/// families.
struct Family {
    std::string name;
    std::vector<Case> cases;
};
std::vector<Family> all_families();

}  // namespace parley::http::testing
