#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "core/event.h"
#include "ports/audit_log.h"
#include "runtime/loop.h"
#include "runtime/task.h"

namespace parley::ports {

/// The message that a report is about, as its reporter saw it then: it may be edited or erased later.
struct ReportedMessage {
    MessageId id;
    ConversationNumber conversation;
    UserId sender;  ///< nil: an account that was gone
    Timestamp sent_at;
    core::MessageType message_type = core::MessageType::text;
    std::string content;

    friend bool operator==(const ReportedMessage&, const ReportedMessage&) = default;
};

struct Report {
    std::uint64_t number = 0;  ///< given by `create`; grows from 1
    UserId reporter;
    UserId about;                            ///< nil where the message's sender is gone
    std::optional<ReportedMessage> message;  ///< nothing: it is about the user
    std::string reason;
    Timestamp created_at;
    std::optional<Timestamp> resolved_at;
    std::optional<UserId> resolved_by;  ///< nothing: not resolved, or by the machine's own operator
    std::string note;                   ///< the operator's, when it was resolved

    friend bool operator==(const Report&, const Report&) = default;
};

/// A user may have so many reports open; more is `rate_limited`.
inline constexpr std::size_t kOpenReportsMax = 100;

/// What users told the operators about. What a call answers well is durable. Coroutines resume on `home`. Errors of
/// every call: `unavailable` and `internal`, both with nothing changed.
class ReportDirectory {
public:
    virtual ~ReportDirectory() = default;

    /// Answers its number. The same reporter's open report of the same message (or, without one, of the same user) is
    /// not made twice: its number is answered, and what it says stays. `rate_limited` at kOpenReportsMax.
    [[nodiscard]] virtual runtime::Task<Result<std::uint64_t>> create(
        runtime::Loop& home, Report report
    ) = 0;

    struct Query {
        bool open_only = true;
        std::optional<std::uint64_t> before;  ///< a number
        std::size_t limit = 50;
    };
    /// Newest first.
    [[nodiscard]] virtual runtime::Task<Result<std::vector<Report>>> list(
        runtime::Loop& home, Query query
    ) = 0;

    /// Closes it, and writes `act` to the audit log, whose time and actor it takes. `not_found`; one that is closed
    /// already stays as it is, and nothing is written.
    [[nodiscard]] virtual runtime::Task<Result<Report>> resolve(
        runtime::Loop& home, std::uint64_t number, std::string note, AuditEntry act
    ) = 0;
};

}  // namespace parley::ports
