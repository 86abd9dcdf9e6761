#pragma once

#include <mutex>
#include <vector>

#include "ports/audit_log.h"

namespace parley::memory {

/// What was done, in a list: for tests and the simulation. Thread-safe.
class AuditLog final : public ports::AuditLog {
public:
    struct State {
        std::vector<ports::NumberedAuditEntry> entries;  ///< oldest first
        std::uint64_t last = 0;

        friend bool operator==(const State&, const State&) = default;
    };

    AuditLog() = default;
    explicit AuditLog(State state) : state_(std::move(state)) {}

    [[nodiscard]] State state() const;
    /// For the adapters that write acts.
    void add(ports::AuditEntry entry);

    [[nodiscard]] runtime::Task<Result<void>> append(runtime::Loop& home, ports::AuditEntry entry)
        override;
    [[nodiscard]] runtime::Task<Result<std::vector<ports::NumberedAuditEntry>>> page(
        runtime::Loop& home, std::optional<std::uint64_t> before, std::size_t limit
    ) override;

private:
    mutable std::mutex mutex_;
    State state_;  // guarded
};

}  // namespace parley::memory
