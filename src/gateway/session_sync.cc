#include "gateway/session_sync.h"

#include <charconv>
#include <utility>

#include "base/json_writer.h"
#include "gateway/rest_call.h"

namespace parley::gateway {
namespace {

/// With more than this waiting in the outbox a sync pauses: its answer may be larger than the outbox.
constexpr std::size_t kPauseAtBytes = 128UL * 1024;
constexpr Duration kPause = std::chrono::milliseconds{20};

std::string token_of(LogPosition position) {
    return std::to_string(position.epoch) + "." + std::to_string(position.offset);
}

/// The offset in a token of this epoch; nothing for any other: then all is news.
std::optional<std::uint64_t> offset_in(std::string_view token, std::uint32_t epoch) {
    const std::string prefix = std::to_string(epoch) + ".";
    if (!token.starts_with(prefix)) {
        return std::nullopt;
    }
    token.remove_prefix(prefix.size());
    std::uint64_t offset = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), offset);
    if (error != std::errc{} || end != token.data() + token.size()) {
        return std::nullopt;
    }
    return offset;
}

/// What a list calls the conversation: the other one's name, or the group's.
std::string title_of(const wire::ConversationFields& fields) {
    if (!fields.direct) {
        return fields.info->name;
    }
    for (const wire::PersonFields& person : *fields.members) {
        if (person.user != fields.mine.user || fields.members->size() == 1) {
            return person.display_name;
        }
    }
    return {};
}

std::vector<UserId> ids_of(const std::vector<messaging::ConversationView::Person>& people) {
    std::vector<UserId> ids;
    for (const auto& person : people) {
        if (!person.user.is_nil()) {
            ids.push_back(person.user);
        }
    }
    return ids;
}

std::vector<wire::PersonFields> people_of(
    const std::vector<messaging::ConversationView::Person>& people,
    const Front::Names& names,
    bool receipts
) {
    std::vector<wire::PersonFields> fields;
    for (const auto& person : people) {
        wire::PersonFields one{
            .user = person.user,
            .username = {},
            .display_name = "Deleted user",
            .role = person.role,
            .joined_at = person.joined_at,
            .delivered_seq = std::nullopt,
            .read_seq = std::nullopt
        };
        if (const auto name = names.find(person.user); name != names.end()) {
            one.username = name->second.username;
            one.display_name = name->second.display_name;
        }
        if (receipts) {
            one.delivered_seq = person.cursor.delivered;
            one.read_seq = person.cursor.read;
        }
        fields.push_back(std::move(one));
    }
    return fields;
}

wire::ConversationFields fields_of(
    Front& front, messaging::ConversationView view, const Front::Names& names
) {
    wire::ConversationFields fields{
        .number = view.number,
        .direct = view.type == core::ConversationType::direct,
        .title = {},
        .info = std::move(view.info),
        .members = std::nullopt,
        .member_count = view.active,
        .last_seq = view.head,
        .last_event = std::move(view.last_event),
        .unread = view.unread,
        .mine = std::move(view.mine),
        .now = front.loop().clock().wall()
    };
    if (!view.people.empty() || view.active == 0) {
        // In a direct conversation that one of them has blocked nobody sees how far the other has read.
        fields.members = people_of(view.people, names, view.receipts);
    }
    fields.title = title_of(fields);
    return fields;
}

}  // namespace

runtime::Task<void> pause(runtime::Loop* loop, Duration time) {
    runtime::Callback<bool> over;
    auto resume = over.completion();
    loop->after(time, [resume = std::move(resume)]() mutable { resume(true); });
    co_await over.wait();
}

runtime::Task<Result<std::vector<wire::PersonFields>>> describe_people(
    Front* front, std::vector<messaging::ConversationView::Person> people, bool receipts
) {
    auto found = co_await front->names(ids_of(people));
    CO_TRY(const Front::Names names, std::move(found));
    co_return people_of(people, names, receipts);
}

runtime::Task<Result<wire::ConversationFields>> describe(
    Front* front, messaging::ConversationView view
) {
    auto found = co_await front->names(ids_of(view.people));
    CO_TRY(const Front::Names names, std::move(found));
    co_return fields_of(*front, std::move(view), names);
}

runtime::Task<Result<wire::ConversationFields>> describe_newest(
    Front* front, UserId user, ConversationNumber number
) {
    for (bool fetched = false;; fetched = true) {
        auto seen =
            co_await front->shared().parts.messaging.conversation(front->loop(), user, number);
        CO_TRY(messaging::ConversationView view, std::move(seen));
        const std::vector<UserId> ids = ids_of(view.people);
        const Front::Names known = front->known_names(ids);
        if (fetched || known.size() == ids.size()) {
            co_return fields_of(*front, std::move(view), known);
        }
        const auto names = co_await front->names(ids);
        if (!names.ok()) {
            co_return names.error();
        }
    }
}

void Session::handle_sync(const wire::Decoded& decoded, wire::SyncFrame frame) {
    if (syncing_ != nullptr && syncing_->running) {
        refuse({ErrorCode::rate_limited, "a sync is running"}, decoded);
        return;
    }
    if (syncing_ == nullptr) {
        syncing_ = std::make_unique<Syncing>();
    }
    if (syncing_->cursors.size() + frame.cursors.size() > core::kSyncCursorsTotalMax) {
        syncing_.reset();
        refuse({ErrorCode::invalid_request, "too many cursors in one sync"}, decoded);
        return;
    }
    for (const auto& [conversation, seq] : frame.cursors) {
        syncing_->cursors.insert_or_assign(conversation, seq);
    }
    if (frame.since) {
        syncing_->since = offset_in(*frame.since, front_.shared().parts.messaging.epoch());
    }
    if (frame.more) {
        return;
    }
    syncing_->ref = decoded.ref;
    syncing_->running = true;
    front_.spawn(run_sync(&front_, id_));
}

runtime::Task<Session*> Session::when_drained(Front* front, SessionId id) {
    Session* session = front->find(id);
    while (session != nullptr && session->open() && session->outbox_bytes() > kPauseAtBytes) {
        co_await pause(&front->loop(), kPause);
        session = front->find(id);
    }
    co_return session != nullptr && session->open() ? session : nullptr;
}

/// Sends what is new in one conversation. False when the session has gone.
runtime::Task<Result<bool>> Session::sync_one(
    Front* front, SessionId id, UserId user, ConversationNumber conversation
) {
    Session* session = co_await when_drained(front, id);
    if (session == nullptr) {
        co_return false;
    }
    messaging::CatchUpRequest request{
        .user = user,
        .conversation = conversation,
        .after = std::nullopt,
        .since = session->syncing_->since,
    };
    const auto& cursors = session->syncing_->cursors;
    if (const auto at = cursors.find(conversation); at != cursors.end()) {
        request.after = at->second;
    }
    bool changed = false;
    std::optional<Seq> last;  // of what there was when it was asked first; the rest comes live
    for (bool whole = false; !whole;) {
        auto answered = co_await front->shared().parts.messaging.catch_up(front->loop(), request);
        CO_TRY(const messaging::CatchUp news, std::move(answered));
        session = front->find(id);
        if (session == nullptr || !session->open()) {
            co_return false;
        }
        changed = changed || news.changed;
        whole = news.events.empty();
        if (!whole) {
            last = last.value_or(news.events.back()->seq);
            std::string payload;
            // What is missing lies before the first of them. One frame a question, and nothing is awaited in
            // between: it must not be older than a change that has gone out live.
            const std::size_t written = wire::append_events(
                payload,
                conversation,
                news.events,
                {.viewer = user, .has_more = news.has_more, .cut_is_more = false}
            );
            session->push_payload(payload);
            request.after = news.events[written - 1]->seq;
            whole = *request.after >= *last;
        }
        session = co_await when_drained(front, id);
        if (session == nullptr) {
            co_return false;
        }
    }
    if (changed) {
        // Last, and after all that is waited for: what the live stream has said meanwhile is not older.
        auto described = co_await describe_newest(front, user, conversation);
        CO_TRY(const auto fields, std::move(described));
        session = front->find(id);
        if (session == nullptr || !session->open()) {
            co_return false;
        }
        std::string payload;
        wire::append_conversation(payload, fields, true);
        session->push_payload(payload);
    }
    co_return true;
}

runtime::Task<void> Session::run_sync(Front* front, SessionId id) {
    const UserId user = front->find(id)->user();
    auto begun = co_await front->shared().parts.messaging.begin_sync(front->loop(), user);
    std::optional<Error> failed;
    if (!begun.ok()) {
        failed = begun.error();
    }
    for (std::size_t i = 0; !failed && i < begun->conversations.size(); ++i) {
        const ConversationNumber conversation = begun->conversations[i];
        auto sent = co_await sync_one(front, id, user, conversation);
        if (!sent.ok()) {
            failed = sent.error();
        } else if (!*sent) {
            co_return;
        }
    }
    Session* session = front->find(id);
    if (session == nullptr || !session->open()) {
        co_return;
    }
    const std::unique_ptr<Syncing> syncing = std::move(session->syncing_);
    if (failed) {
        wire::Decoded decoded;
        decoded.ref = syncing->ref;
        session->refuse(*failed, decoded);
        co_return;
    }
    std::string payload;
    JsonWriter json{payload};
    json.begin_object().field("type", "sync_complete").field("token", token_of(begun->position));
    if (!syncing->ref.empty()) {
        json.name("ref").raw(syncing->ref);
    }
    json.end_object();
    session->push_payload(payload);
}

}  // namespace parley::gateway
