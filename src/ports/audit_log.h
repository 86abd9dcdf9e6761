#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "runtime/loop.h"
#include "runtime/task.h"

namespace parley::ports {

/// What was done, by whom, to whom. Texts are for people; none has message content, a secret, an e-mail or a phone.
struct AuditEntry {
    Timestamp time;
    std::optional<UserId> actor;  ///< nothing: the machine's own operator, or nobody who is known
    std::string action;   ///< "user.disabled", "login.failed": a noun, a dot, what happened to it
    std::string subject;  ///< an id, or empty
    std::string detail;   ///< a sentence or a value, or empty
    std::string address;  ///< the client's, or empty
    /// Someone tried to come in, or came in: of these only the newest kSecurityEventsMax are kept. What an
    /// operator did is kept for ever.
    bool security = false;

    friend bool operator==(const AuditEntry&, const AuditEntry&) = default;
};

/// So many security events are kept at least, and at most a little more: anyone can cause them.
inline constexpr std::uint64_t kSecurityEventsMax = 100'000;

struct NumberedAuditEntry {
    std::uint64_t number = 0;  ///< grows from 1
    AuditEntry entry;

    friend bool operator==(const NumberedAuditEntry&, const NumberedAuditEntry&) = default;
};

/// What operators did and what happened at the door, in order: append-only, and nothing can change it through the
/// program. What an administrative call writes here (AccountDirectory, ReportDirectory) it writes in the same step as
/// the act. What a call answers well is durable. Coroutines resume on `home`. Errors: `unavailable`, `internal`.
class AuditLog {
public:
    virtual ~AuditLog() = default;

    [[nodiscard]] virtual runtime::Task<Result<void>> append(
        runtime::Loop& home, AuditEntry entry
    ) = 0;
    /// Newest first: those before number `before` (nothing: the newest), at most `limit`.
    [[nodiscard]] virtual runtime::Task<Result<std::vector<NumberedAuditEntry>>> page(
        runtime::Loop& home, std::optional<std::uint64_t> before, std::size_t limit
    ) = 0;
};

}  // namespace parley::ports
