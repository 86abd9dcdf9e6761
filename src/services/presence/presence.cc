#include "services/presence/presence.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "runtime/countdown.h"
#include "runtime/scope.h"
#include "services/presence/shard.h"
#include "services/presence/shared.h"

namespace parley::presence {

Presence::Presence(Options options, Dependencies dependencies) {
    const std::size_t loops = dependencies.loops.size();
    shared_ = std::make_unique<Shared>(Shared{
        .options = options,
        .parts = std::move(dependencies),
        .sinks = std::vector<PresenceSink*>(loops, nullptr),
        .metrics = Shared::Metrics{loops},
    });
    for (runtime::Loop* loop : shared_->parts.loops) {
        shards_.push_back(std::make_unique<Shard>(*this, *shared_, *loop));
    }
}

Presence::~Presence() = default;

Presence::Shard& Presence::home_of(const UserId& user) noexcept {
    return *shards_[std::hash<UserId>{}(user) % shards_.size()];
}

void Presence::attach(runtime::LoopId loop, PresenceSink& sink) {
    shared_->sinks[loop.value] = &sink;
}

void Presence::report(runtime::Loop& home, UserId user, Status status, Timestamp seen) {
    const ReportIn report{.user = user, .loop = home.id(), .status = status, .seen = seen};
    shards_[home.id().value]->to_home(user, report);
}

bool Presence::watch(runtime::Loop& home, WatchRequest request) {
    PARLEY_ASSERT(request.wanted.size() <= kWatchedMax);
    return shards_[home.id().value]->watch(std::move(request));
}

void Presence::drop(runtime::Loop& home, SessionId session) {
    shards_[home.id().value]->drop(session);
}

void Presence::hide(runtime::Loop& home, UserId user, bool hides) {
    shards_[home.id().value]->to_home(user, HideIn{.user = user, .hides = hides});
}

void Presence::relation_changed(runtime::Loop& home, UserId one, UserId other) {
    for (const auto& shard : shards_) {
        Shard* at = shard.get();
        if (at->loop().id() == home.id()) {
            at->recheck_between(one, other);
        } else {
            at->loop().post([at, one, other] { at->recheck_between(one, other); });
        }
    }
}

void Presence::left_conversation(runtime::LoopId loop, UserId user) {
    shards_[loop.value]->recheck_of(user);
}

void Presence::conversation_ended(runtime::LoopId loop, std::span<const UserId> users) {
    shards_[loop.value]->recheck_within(users);
}

/// The lists decide, which are never behind what they stand for: a block is listed before it holds, and
/// unlisted after. Who is in a group now only the group knows.
runtime::Task<Result<std::vector<UserId>>> Presence::visible(
    Presence* presence, runtime::Loop* home, UserId viewer, std::vector<UserId> users
) {
    std::vector<UserId> seen;
    std::vector<UserId> open;
    std::vector<UserId> asked = users;
    const Dependencies& parts = presence->shared_->parts;
    auto related = co_await parts.contacts.relations(*home, viewer, std::move(asked));
    CO_TRY(const std::vector<ports::Relation> relations, std::move(related));
    for (const UserId& user : users) {
        const auto at = std::ranges::find(relations, user, &ports::Relation::user);
        if (user == viewer || (at != relations.end() && at->contact && !at->blocked)) {
            seen.push_back(user);
        } else if (at == relations.end() || !at->blocked) {
            open.push_back(user);
        }
    }
    if (open.empty()) {
        co_return seen;
    }
    auto listed = co_await parts.conversations.shared_with(*home, viewer, std::move(open));
    CO_TRY(const std::vector<ports::SharedConversations> shared, std::move(listed));
    for (const ports::SharedConversations& one : shared) {
        bool sees = one.direct;
        if (!sees) {
            auto both = co_await share_group(presence, home, viewer, &one);
            CO_TRY(sees, std::move(both));
        }
        if (sees) {
            seen.push_back(one.user);
        }
    }
    co_return seen;
}

runtime::Task<Result<bool>> Presence::share_group(
    Presence* presence, runtime::Loop* home, UserId viewer, const ports::SharedConversations* shared
) {
    for (const ConversationNumber group : shared->groups) {
        auto both = co_await presence->shared_->parts.both_in(*home, group, viewer, shared->user);
        CO_TRY(const bool sees, std::move(both));
        if (sees) {
            co_return true;
        }
    }
    co_return false;
}

runtime::Task<Result<std::vector<Seen>>> Presence::look(
    runtime::Loop& home, UserId viewer, std::vector<ports::User> users
) {
    std::vector<UserId> ids;
    for (const ports::User& user : users) {
        ids.push_back(user.id);
    }
    auto found = co_await visible(this, &home, viewer, std::move(ids));
    CO_TRY(const std::vector<UserId> allowed, std::move(found));
    std::vector<Seen> answer;
    for (const ports::User& user : users) {
        const bool shown = std::ranges::find(allowed, user.id) != allowed.end();
        if (!shown || (user.hides_presence && user.id != viewer)) {
            answer.emplace_back();
            continue;
        }
        Shard* at = &home_of(user.id);
        std::optional<Seen> now;
        if (at->loop().id() == home.id()) {
            now = at->find(user.id);
        } else {
            runtime::Callback<std::optional<Seen>> reply;
            auto tell =
                std::make_shared<UniqueFunction<void(std::optional<Seen>)>>(reply.completion());
            runtime::Loop* back = &home;
            at->loop().post([at, back, tell, id = user.id] {
                back->post([tell, seen = at->find(id)] { (*tell)(seen); });
            });
            now = co_await reply.wait();
        }
        Seen seen = now.value_or(Seen{});
        seen.last_seen = std::max(seen.last_seen, user.last_seen);
        answer.push_back(seen);
    }
    co_return answer;
}

void Presence::stop(Job done) {
    const runtime::Countdown one_stopped(
        *shared_->parts.loops.front(), shards_.size(), std::move(done)
    );
    for (const auto& shard : shards_) {
        Shard* at = shard.get();
        at->loop().post([at, one_stopped] { at->stop(one_stopped); });
    }
}

void Presence::register_metrics(metrics::Registry& registry) {
    Shared::Metrics& m = shared_->metrics;
    registry.counter(
        "parley_presence_changes_total", "Changes of someone's presence told to loops.", m.changes
    );
    registry.counter("parley_presence_frames_total", "Presence frames told to sessions.", m.told);
    registry.counter("parley_last_seen_saved_total", "Times of last sight saved.", m.saved);
    registry.counter(
        "parley_last_seen_failures_total",
        "Times of last sight that the directory did not take; they are tried again.",
        m.save_failures
    );
    registry.gauge("parley_presence_people", "Users whose presence is in memory.", [&m] {
        return static_cast<double>(m.people.value());
    });
}

}  // namespace parley::presence
