#include "services/administration/administration.h"

#include <array>
#include <utility>

#include "base/crypto.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/utf8.h"

namespace parley::administration {
namespace {

constexpr std::string_view kInvitePrefix = "pin_";
constexpr std::size_t kInviteBytes = 16;
constexpr std::uint64_t kReportBucket = 0x7265706F;
constexpr std::size_t kBroadcastPage = 100;
/// A send of a broadcast that the server cannot take just now is tried so often, a second apart; then it is given up.
constexpr int kBroadcastTries = 30;
constexpr Duration kBroadcastPause = std::chrono::seconds{1};

Result<void> checked_text(std::string_view text, const char* name) {
    if (characters(text) > kReasonCharsMax) {
        return Error{
            ErrorCode::invalid_request,
            std::string(name) + " may have " + std::to_string(kReasonCharsMax) + " characters"
        };
    }
    return {};
}

core::SendMessage message_of(UserId server, const Broadcast& wanted) {
    core::SendMessage message;
    message.sender = server;
    message.client_id = wanted.client_id;
    message.content = wanted.content;
    return message;
}

}  // namespace

Administration::Administration(Options options, Dependencies dependencies)
    : options_(options), parts_(dependencies) {}

ports::AuditEntry Administration::act(
    runtime::Loop& home, Actor actor, std::string action, std::string subject
) {
    return {
        .time = home.clock().wall(),
        .actor = actor.user,
        .action = std::move(action),
        .subject = std::move(subject),
        .detail = {},
        .address = std::move(actor.address),
        .security = false,
    };
}

runtime::Task<Result<void>> Administration::require_operator(runtime::Loop& home, UserId user) {
    CO_TRY(const auto account, co_await parts_.accounts.find_account(home, user));
    if (!account || account->role != ports::AccountRole::administrator || account->disabled_at) {
        co_return Error{ErrorCode::forbidden, "this is for the operators of the server"};
    }
    co_return Result<void>{};
}

// --- users ------------------------------------------------------------------------------------------

runtime::Task<Result<ports::Account>> Administration::find(
    runtime::Loop& home, std::string id_or_name
) {
    std::optional<ports::Account> account;
    if (id_or_name.starts_with('@')) {
        CO_TRY(account, co_await parts_.accounts.find_account_named(home, id_or_name.substr(1)));
    } else if (const auto uuid = parse_uuid(id_or_name)) {
        const UserId id{*uuid};
        CO_TRY(account, co_await parts_.accounts.find_account(home, id));
    }
    if (!account) {
        co_return Error{ErrorCode::not_found, "no such user"};
    }
    co_return *std::move(account);
}

runtime::Task<Result<std::vector<ports::Account>>> Administration::list(
    runtime::Loop& home, ports::AccountDirectory::Query query
) {
    return parts_.accounts.list_accounts(home, std::move(query));
}

runtime::Task<Result<void>> Administration::set_disabled(
    runtime::Loop& home, Actor actor, UserId user, bool disabled
) {
    if (disabled && actor.user == user) {
        co_return Error{ErrorCode::forbidden, "nobody disables themselves: ask another operator"};
    }
    auto entry = act(
        home, std::move(actor), disabled ? "user.disabled" : "user.enabled", to_string(user.uuid)
    );
    if (disabled) {
        co_return co_await parts_.auth.disable(home, user, std::move(entry));
    }
    co_return co_await parts_.accounts.enable(home, user, std::move(entry));
}

runtime::Task<Result<void>> Administration::set_role(
    runtime::Loop& home, Actor actor, UserId user, ports::AccountRole role
) {
    auto entry = act(home, std::move(actor), "user.role", to_string(user.uuid));
    entry.detail = role == ports::AccountRole::administrator ? "operator" : "user";
    co_return co_await parts_.accounts.set_role(home, user, role, std::move(entry));
}

runtime::Task<Result<auth::PasswordReset>> Administration::reset_password(
    runtime::Loop& home, Actor actor, UserId user
) {
    auto entry = act(home, std::move(actor), "user.reset", to_string(user.uuid));
    co_return co_await parts_.auth.begin_reset(home, user, std::move(entry));
}

// --- invites ----------------------------------------------------------------------------------------

runtime::Task<Result<MadeInvite>> Administration::create_invite(
    runtime::Loop& home, Actor actor, NewInvite wanted
) {
    if (wanted.uses == 0 || wanted.uses > kInviteUsesMax || wanted.days == 0 ||
        wanted.days > kInviteDaysMax) {
        co_return Error{
            ErrorCode::invalid_request, "an invite has 1 to 10,000 uses, and lasts 1 to 365 days"
        };
    }
    if (auto checked = checked_text(wanted.note, "note"); !checked.ok()) {
        co_return std::move(checked).error();
    }
    std::array<std::byte, kInviteBytes> chance{};
    crypto::random_bytes(chance);
    MadeInvite made;
    made.code = kInvitePrefix;
    made.code += crypto::base64url({reinterpret_cast<const char*>(chance.data()), chance.size()});
    const Timestamp now = home.clock().wall();
    made.invite = {
        .id = random_uuid(home.random()),
        .note = std::move(wanted.note),
        .uses_max = wanted.uses,
        .uses = 0,
        .created_by = actor.user,
        .created_at = now,
        .expires_at = now.plus(std::chrono::days{wanted.days}),
        .revoked_at = std::nullopt,
    };
    auto entry = act(home, std::move(actor), "invite.created", to_string(made.invite.id));
    entry.detail = std::to_string(wanted.uses) + " uses";
    auto created = co_await parts_.accounts.create_invite(
        home, made.invite, crypto::sha256(made.code), std::move(entry)
    );
    if (!created.ok()) {
        co_return std::move(created).error();
    }
    co_return made;
}

runtime::Task<Result<std::vector<ports::Invite>>> Administration::invites(runtime::Loop& home) {
    return parts_.accounts.invites(home);
}

runtime::Task<Result<void>> Administration::revoke_invite(
    runtime::Loop& home, Actor actor, Uuid id
) {
    auto entry = act(home, std::move(actor), "invite.revoked", to_string(id));
    co_return co_await parts_.accounts.revoke_invite(home, id, std::move(entry));
}

// --- reports ----------------------------------------------------------------------------------------

runtime::Task<Result<ports::Report>> Administration::reported_message(
    runtime::Loop& home, UserId reporter, MessageId id
) {
    CO_TRY(const auto seen, co_await parts_.messaging.message(home, reporter, id));
    if (seen.event->type != core::EventType::message) {
        co_return Error{ErrorCode::not_found, "no such message"};
    }
    if (seen.event->sender == reporter) {
        co_return Error{ErrorCode::invalid_request, "this message is your own"};
    }
    ports::Report report;
    report.about = seen.event->sender;
    report.message = ports::ReportedMessage{
        .id = id,
        .conversation = seen.conversation,
        .sender = seen.event->sender,
        .sent_at = seen.event->time,
        .message_type = seen.event->message_type,
        .content = seen.event->content,
    };
    co_return report;
}

runtime::Task<Result<std::uint64_t>> Administration::report(
    runtime::Loop& home, UserId reporter, NewReport wanted
) {
    if (wanted.message.has_value() == wanted.user.has_value()) {
        co_return Error{ErrorCode::invalid_request, "message_id or user_id is needed, one of them"};
    }
    if (wanted.reason.empty()) {
        co_return Error{ErrorCode::invalid_request, "reason is needed"};
    }
    if (auto checked = checked_text(wanted.reason, "reason"); !checked.ok()) {
        co_return std::move(checked).error();
    }
    const Hash128 key{.high = reporter.uuid.high ^ kReportBucket, .low = reporter.uuid.low};
    const Duration wait =
        parts_.limiter.take(key, options_.reports_per_user, home.clock().steady());
    if (wait.count() > 0) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
        co_return Error{
            ErrorCode::rate_limited,
            "too many reports: try again in " + std::to_string(seconds) + " s",
            static_cast<std::uint32_t>(seconds)
        };
    }
    ports::Report report;
    if (wanted.message) {
        CO_TRY(report, co_await reported_message(home, reporter, *wanted.message));
    } else {
        CO_TRY(const auto account, co_await parts_.accounts.find_account(home, *wanted.user));
        if (!account) {
            co_return Error{ErrorCode::not_found, "no such user"};
        }
        if (*wanted.user == reporter) {
            co_return Error{ErrorCode::invalid_request, "this is yourself"};
        }
        report.about = *wanted.user;
    }
    report.reporter = reporter;
    report.reason = std::move(wanted.reason);
    report.created_at = home.clock().wall();
    co_return co_await parts_.reports.create(home, std::move(report));
}

runtime::Task<Result<std::vector<ports::Report>>> Administration::reports(
    runtime::Loop& home, ports::ReportDirectory::Query query
) {
    return parts_.reports.list(home, query);
}

runtime::Task<Result<ports::Report>> Administration::resolve_report(
    runtime::Loop& home, Actor actor, std::uint64_t number, std::string note
) {
    if (auto checked = checked_text(note, "note"); !checked.ok()) {
        co_return std::move(checked).error();
    }
    auto entry = act(home, std::move(actor), "report.resolved", std::to_string(number));
    co_return co_await parts_.reports.resolve(home, number, std::move(note), std::move(entry));
}

// --- to everybody -----------------------------------------------------------------------------------

runtime::Task<Result<std::uint64_t>> Administration::broadcast(
    runtime::Loop& home, Actor actor, Broadcast wanted
) {
    if (auto checked = core::check(message_of({}, wanted)); !checked.ok()) {
        co_return std::move(checked).error();
    }
    if (broadcasting_.exchange(true)) {
        co_return Error{ErrorCode::conflict, "a broadcast is on its way: wait until it has ended"};
    }
    auto server = co_await parts_.auth.server_user(home);
    auto counted = co_await parts_.accounts.statistics(home, home.clock().wall());
    auto entry = act(home, actor, "broadcast.begun", wanted.client_id);
    auto noted = co_await parts_.audit.append(home, std::move(entry));
    if (!server.ok() || !counted.ok() || !noted.ok()) {
        broadcasting_ = false;
        if (!server.ok()) {
            co_return std::move(server).error();
        }
        co_return counted.ok() ? std::move(noted).error() : std::move(counted).error();
    }
    auto begin =
        [this, id = server->id, who = std::move(actor), what = std::move(wanted)]() mutable {
            if (stopping_ || !scope_.spawn(run_broadcast(id, std::move(who), std::move(what)))) {
                broadcasting_ = false;
            }
        };
    parts_.first_loop.post(std::move(begin));
    co_return counted->users;
}

runtime::Task<Result<void>> Administration::send_to(
    UserId server, UserId user, const Broadcast* wanted
) {
    Result<void> last;
    for (int tried = 0; tried < kBroadcastTries && !stopping_; ++tried) {
        messaging::SendRequest request;
        request.message = message_of(server, *wanted);
        request.to = user;
        request.limited = false;
        request.received_at = parts_.first_loop.clock().steady();
        runtime::Callback<Result<messaging::SendReply>> answer;
        parts_.messaging.send(parts_.first_loop, std::move(request), answer.completion());
        auto sent = co_await answer.wait();
        if (sent.ok()) {
            co_return Result<void>{};
        }
        last = std::move(sent).error();
        if (last.error().code != ErrorCode::unavailable) {
            co_return last;  // An account that went meanwhile, a block: the others wait.
        }
        runtime::Callback<bool> paused;
        auto resume = paused.completion();
        parts_.first_loop.after(kBroadcastPause, [&resume] { resume(true); });
        co_await paused.wait();
    }
    co_return last.ok() ? Result<void>{Error{ErrorCode::unavailable, "the server stops"}} : last;
}

runtime::Task<void> Administration::run_broadcast(UserId server, Actor actor, Broadcast wanted) {
    runtime::Loop& loop = parts_.first_loop;
    std::uint64_t reached = 0;
    std::uint64_t missed = 0;
    ports::AccountDirectory::Query query{.prefix = {}, .after = {}, .limit = kBroadcastPage};
    bool complete = false;
    while (!stopping_ && !complete) {
        auto page = co_await parts_.accounts.list_accounts(loop, query);
        if (!page.ok()) {
            log::warn("broadcast given up", {{"detail", page.error().detail}});
            break;
        }
        for (const ports::Account& account : *page) {
            query.after = account.user.username;
            if (stopping_ || account.role == ports::AccountRole::server || account.disabled_at) {
                continue;
            }
            const auto sent = co_await send_to(server, account.user.id, &wanted);
            reached += sent.ok() ? 1 : 0;
            missed += sent.ok() ? 0 : 1;
        }
        complete = !stopping_ && page->size() < kBroadcastPage;
    }
    auto entry = act(loop, std::move(actor), "broadcast.ended", wanted.client_id);
    entry.detail = std::to_string(reached) + " reached, " + std::to_string(missed) + " not" +
                   (complete ? "" : ", interrupted");
    log::info("broadcast ended", {{"reached", reached}, {"missed", missed}});
    const auto noted = co_await parts_.audit.append(loop, std::move(entry));
    if (!noted.ok()) {
        log::error("audit log not written", {{"detail", noted.error().detail}});
    }
    broadcasting_ = false;
}

// --- looking ----------------------------------------------------------------------------------------

runtime::Task<Result<ports::AccountStatistics>> Administration::statistics(runtime::Loop& home) {
    return parts_.accounts.statistics(home, home.clock().wall());
}

runtime::Task<Result<std::vector<ports::NumberedAuditEntry>>> Administration::audit(
    runtime::Loop& home, std::optional<std::uint64_t> before, std::size_t limit
) {
    return parts_.audit.page(home, before, limit);
}

runtime::Task<Result<void>> Administration::note(
    runtime::Loop& home, Actor actor, std::string action, std::string detail
) {
    auto entry = act(home, std::move(actor), std::move(action), {});
    entry.detail = std::move(detail);
    co_return co_await parts_.audit.append(home, std::move(entry));
}

void Administration::stop(Job done) {
    stopping_ = true;
    scope_.close(std::move(done));
}

}  // namespace parley::administration
