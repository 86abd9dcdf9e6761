#include "tests/history/names.h"

#include <algorithm>
#include <functional>

namespace parley::history {
namespace {

constexpr std::size_t kSlotsFirst = 16;
constexpr std::size_t kBlockFirst = 256;
constexpr std::size_t kBlockMax = 1UL << 20U;

}  // namespace

/// Where the name is, or the empty slot where it would be.
std::size_t Names::slot_of(std::string_view name) const noexcept {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = std::hash<std::string_view>{}(name)&mask;
    while (slots_[at] != 0 && names_[slots_[at]] != name) {
        at = (at + 1) & mask;
    }
    return at;
}

std::uint32_t Names::number(std::string_view name) {
    if (name.empty()) {
        return 0;
    }
    if (2 * names_.size() >= slots_.size()) {
        grow();
    }
    std::uint32_t& slot = slots_[slot_of(name)];
    if (slot == 0) {
        slot = static_cast<std::uint32_t>(names_.size());
        names_.push_back(keep(name));
    }
    return slot;
}

std::uint32_t Names::find(std::string_view name) const noexcept {
    return slots_.empty() || name.empty() ? 0 : slots_[slot_of(name)];
}

std::string_view Names::keep(std::string_view name) {
    if (block_size_ - block_used_ < name.size()) {
        block_size_ = std::max(std::clamp(block_size_ * 2, kBlockFirst, kBlockMax), name.size());
        blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_size_));
        block_used_ = 0;
    }
    char* const at = blocks_.back().get() + block_used_;
    std::ranges::copy(name, at);
    block_used_ += name.size();
    return {at, name.size()};
}

void Names::grow() {
    slots_.assign(slots_.empty() ? kSlotsFirst : slots_.size() * 2, 0);
    for (std::size_t number = 1; number < names_.size(); ++number) {
        slots_[slot_of(names_[number])] = static_cast<std::uint32_t>(number);
    }
}

}  // namespace parley::history
