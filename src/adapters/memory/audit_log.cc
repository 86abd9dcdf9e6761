#include "adapters/memory/audit_log.h"

#include <algorithm>
#include <ranges>
#include <utility>

namespace parley::memory {
namespace {

/// How often it is looked for what is too old.
constexpr std::uint64_t kForgetEvery = 1024;

}  // namespace

AuditLog::State AuditLog::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

void AuditLog::add(ports::AuditEntry entry) {
    const std::lock_guard lock(mutex_);
    const bool looks = entry.security && (state_.last + 1) % kForgetEvery == 0;
    state_.entries.push_back({.number = ++state_.last, .entry = std::move(entry)});
    if (!looks) {
        return;
    }
    const auto is_security = [](const auto& one) { return one.entry.security; };
    auto events = static_cast<std::uint64_t>(std::ranges::count_if(state_.entries, is_security));
    std::erase_if(state_.entries, [&](const auto& one) {
        return is_security(one) && events-- > ports::kSecurityEventsMax;
    });
}

runtime::Task<Result<void>> AuditLog::append(runtime::Loop& /*home*/, ports::AuditEntry entry) {
    add(std::move(entry));
    co_return Result<void>{};
}

runtime::Task<Result<std::vector<ports::NumberedAuditEntry>>> AuditLog::page(
    runtime::Loop& /*home*/, std::optional<std::uint64_t> before, std::size_t limit
) {
    const std::lock_guard lock(mutex_);
    std::vector<ports::NumberedAuditEntry> page;
    for (const auto& one : state_.entries | std::views::reverse) {
        if (page.size() >= limit) {
            break;
        }
        if (!before || one.number < *before) {
            page.push_back(one);
        }
    }
    co_return page;
}

}  // namespace parley::memory
