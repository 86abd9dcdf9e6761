#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace parley::history {

/// Strings to numbers 1, 2, 3 … in order of first sight; 0 is "none" and its name is empty. A history of ten
/// million events has millions of names: they lie in blocks, with 24 bytes beside each.
class Names {
public:
    /// Its number, a new one at first sight.
    std::uint32_t number(std::string_view name);
    /// Its number; 0 when it was never seen.
    [[nodiscard]] std::uint32_t find(std::string_view name) const noexcept;
    /// Valid as long as this object.
    [[nodiscard]] std::string_view name(std::uint32_t number) const { return names_.at(number); }
    [[nodiscard]] std::size_t count() const noexcept { return names_.size() - 1; }

private:
    [[nodiscard]] std::size_t slot_of(std::string_view name) const noexcept;
    std::string_view keep(std::string_view name);
    void grow();

    std::vector<std::string_view> names_{""};
    std::vector<std::uint32_t> slots_;  // open addressing, a power of two, at most half full
    std::vector<std::unique_ptr<char[]>> blocks_;
    std::size_t block_used_ = 0;
    std::size_t block_size_ = 0;
};

}  // namespace parley::history
