#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "fuzz/support/plain_json.h"

/// What a client is told, whoever it is: names that later requests can use, and facts that must stay as they are.

namespace parley::fuzz {

class Notebook {
public:
    /// `$x` in a text becomes what `x` stands for: what was learned under that letter, or nothing. `$$` is `$`.
    [[nodiscard]] std::string filled(std::string_view text) const;
    void name(char letter, std::string value) { names_[letter] = std::move(value); }

    /// A frame or a body from the server. Learns the newest conversation (`c`), message (`m`), refresh token
    /// (`r`), access token (`t`), sync token (`s`), cursor (`n`) and device (`d`) in it. Asserts that one place
    /// holds one message, and one message has one place and one content, in everything that was ever read.
    void read(const PlainJson& json);

    /// No answer may name this conversation from now on, nor may any have done so: its readers are others.
    void forbid(const std::string& conversation);

private:
    void learn(const PlainJson& json);
    void check_place(const PlainJson& json);

    struct Place {
        std::string message;
        std::string content;  // where it was told
        bool has_content = false;
    };
    std::map<char, std::string> names_;
    std::map<std::pair<std::string, std::uint64_t>, Place> places_;
    std::map<std::string, std::pair<std::string, std::uint64_t>> messages_;
    std::set<std::string> named_;  // conversations, in answers
    std::set<std::string> forbidden_;
};

}  // namespace parley::fuzz
