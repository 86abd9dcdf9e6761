#include "services/messaging/messaging.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/mutant.h"
#include "services/messaging/ask.h"
#include "services/messaging/local.h"
#include "services/messaging/owner.h"
#include "services/messaging/shared.h"
#include "services/messaging/sweeper.h"
#include "services/messaging/upkeep.h"

namespace parley::messaging {
namespace {

/// A conversation belongs to one of these for ever; a shard to a loop for as long as the process lives.
constexpr std::uint64_t kShards = 256;
/// Tell the buckets of sends from other buckets of the same id.
constexpr std::uint64_t kSendBucket = 0x73656E64;
constexpr std::uint64_t kDeviceBucket = 0x64657669;
constexpr std::uint64_t kConversationBucket = 0x636F6E76;
/// The same of groups created and of members added.
constexpr std::uint64_t kGroupBucket = 0x67727570;
constexpr std::uint64_t kMemberBucket = 0x6D656D62;

}  // namespace

AudienceList::AudienceList(std::vector<UserId> users) : users_(std::move(users)) {
    std::ranges::sort(users_);
}

bool AudienceList::contains(const UserId& user) const noexcept {
    return std::ranges::binary_search(users_, user);
}

namespace {

Error too_many(const std::string& what, Duration wait) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
    return {
        ErrorCode::rate_limited,
        "too many " + what + ": try again in " + std::to_string(seconds) + " s",
        static_cast<std::uint32_t>(seconds)
    };
}

/// Of the device that a command comes from; nil where it does not say.
DeviceId device_of(const core::Command& command) {
    return std::visit(
        [](const auto& one) -> DeviceId {
            if constexpr (requires { one.device; }) {
                return one.device;
            } else {
                return {};
            }
        },
        command
    );
}

/// It has a client_id, so it may be the retry of one that was there before.
bool may_repeat(const core::Command& command) {
    return std::visit(
        [](const auto& one) {
            if constexpr (requires { one.client_id; }) {
                return !one.client_id.empty();
            } else {
                return false;
            }
        },
        command
    );
}

/// Takes `count` tokens at once: as one from a bucket whose tokens are so much larger.
Duration take_many(
    ports::RateLimiter& limiter,
    const Hash128& key,
    const ports::RateRule& rule,
    std::size_t count,
    Duration now
) {
    const auto size = static_cast<double>(count);
    return limiter.take(
        key, {.per_second = rule.per_second / size, .burst = rule.burst / size}, now
    );
}

}  // namespace

Result<void> Messaging::check(const core::Command& command) {
    return std::visit(
        [](const auto& one) -> Result<void> {
            if constexpr (requires { core::check(one); }) {
                return core::check(one);
            } else {
                return {};
            }
        },
        command
    );
}

Messaging::Messaging(Options options, Dependencies dependencies) {
    const std::size_t loops = dependencies.loops.size();
    shared_ = std::make_unique<Shared>(Shared{
        .options = options,
        .parts = std::move(dependencies),
        .sinks = std::vector<SessionSink*>(loops, nullptr),
        .unapplied_from = std::vector<std::atomic<std::uint64_t>>(loops),
        .metrics = Shared::Metrics{loops},
    });
    for (runtime::Loop* loop : shared_->parts.loops) {
        owners_.push_back(std::make_unique<Owner>(*this, *shared_, *loop));
        locals_.push_back(std::make_unique<Local>(*this, *shared_, *loop));
    }
    sweeper_ = std::make_unique<Sweeper>(*this, *shared_);
    upkeep_ = std::make_unique<Upkeep>(*this, *shared_);
}

Messaging::~Messaging() = default;

Messaging::Owner& Messaging::owner_of(ConversationNumber number) noexcept {
    const std::size_t shard = std::hash<ConversationNumber>{}(number) % kShards;
    return *owners_[shard % owners_.size()];
}

void Messaging::attach(runtime::LoopId loop, SessionSink& sink) {
    shared_->sinks[loop.value] = &sink;
}

void Messaging::send(runtime::Loop& home, SendRequest request, SendDone done) {
    if (auto checked = core::check(request.message); !checked.ok()) {
        done(std::move(checked).error());
        return;
    }
    std::optional<Error> refused;
    if (request.limited) {
        const core::SendMessage& message = request.message;
        const auto* number = std::get_if<ConversationNumber>(&request.to);
        auto taken = take_send(
            home,
            message.sender,
            message.sender_device,
            number == nullptr ? std::nullopt : std::optional(*number)
        );
        if (!taken.ok()) {
            refused = std::move(taken).error();
        }
    }
    locals_[home.id().value]->send(std::move(request), std::move(done), std::move(refused));
}

Result<void> Messaging::take_send(
    runtime::Loop& home,
    const UserId& user,
    const DeviceId& device,
    std::optional<ConversationNumber> conversation
) {
    const Options& options = shared_->options;
    const Duration now = home.clock().steady();
    const auto take = [&](std::uint64_t bucket, const Uuid& id, const ports::RateRule& rule) {
        const Hash128 key{.high = id.high ^ bucket, .low = id.low};
        return shared_->parts.limiter.take(key, rule, now);
    };
    if (const Duration wait = take(kSendBucket, user.uuid, options.sends); wait.count() > 0) {
        return too_many("messages from you", wait);
    }
    if (!device.uuid.is_nil()) {
        const Duration wait = take(kDeviceBucket, device.uuid, options.sends_per_device);
        if (wait.count() > 0) {
            return too_many("messages from this device", wait);
        }
    }
    if (conversation) {
        const Uuid id{.high = 0, .low = conversation->value};
        const Duration wait = take(kConversationBucket, id, options.sends_per_group);
        if (wait.count() > 0) {
            return too_many("messages in this conversation", wait);
        }
    }
    return {};
}

bool Messaging::add_session(runtime::LoopId loop, UserId user, DeviceId device) {
    return shared_->parts.sessions.add(loop, user, device);
}

void Messaging::remove_session(runtime::LoopId loop, UserId user, DeviceId device) {
    shared_->parts.sessions.remove(loop, user, device);
}

bool Messaging::is_connected(UserId user) const {
    return shared_->parts.sessions.loops_of(user) != 0;
}

void Messaging::mark(runtime::Loop& home, MarkRequest request, MarkDone done) {
    locals_[home.id().value]->mark(request, std::move(done));
}

runtime::Task<Result<CommandReply>> Messaging::command(
    runtime::Loop& home, CommandRequest request
) {
    if (auto checked = check(request.command); !checked.ok()) {
        co_return std::move(checked).error();
    }
    // One call names many new members; how many there can be is bounded, and every removal counts.
    const bool counts = request.counts && !std::holds_alternative<core::AddMember>(request.command);
    if (counts) {
        const DeviceId device = device_of(request.command);
        auto taken = take_send(home, core::actor_of(request.command), device, request.conversation);
        if (!taken.ok() && !may_repeat(request.command)) {
            co_return std::move(taken).error();
        }
        if (!taken.ok()) {
            request.refused = std::move(taken).error();
        }
    }
    co_return co_await run(&home, std::move(request));
}

runtime::Task<Result<CommandReply>> Messaging::run(runtime::Loop* home, CommandRequest request) {
    Owner* owner = &owner_of(request.conversation);
    auto work = [request = std::move(request)](Owner& at) { return at.command(request); };
    co_return co_await ask_in_order<CommandReply>(owner, home, std::move(work));
}

runtime::Task<Result<CommandReply>> Messaging::create_group(
    runtime::Loop& home, core::CreateGroup request, SessionId session
) {
    if (auto checked = core::check(request, core::kGroupMembersMax); !checked.ok()) {
        co_return std::move(checked).error();
    }
    CommandRequest create{
        .conversation = {}, .command = {}, .message = std::nullopt, .session = session
    };
    // What may have changed since a first attempt.
    if (auto room = core::check(request, shared_->options.group_members_max); !room.ok()) {
        create.refused = std::move(room).error();
    } else if (auto taken = take_send(home, request.creator, request.device, std::nullopt);
               !taken.ok()) {
        create.refused = std::move(taken).error();
    } else if (const Duration wait = take_growth(home, request.creator, 1, request.members.size());
               wait.count() > 0) {
        create.refused = too_many("new groups and members", wait);
    }
    const bool make = !create.refused;
    auto reserved = co_await locals_[home.id().value]->reserve_group(&request, make);
    if (!reserved.ok() && !make && reserved.error().code == ErrorCode::not_found) {
        co_return std::move(*create.refused);  // There was no first attempt.
    }
    CO_TRY(const auto place, std::move(reserved));
    create.conversation = place.number;
    create.command = std::move(request);
    if (make && !place.all_known) {
        create.refused = Error{ErrorCode::not_found, "no such user"};
    }
    co_return co_await run(&home, std::move(create));
}

runtime::Task<Result<void>> Messaging::add_members(runtime::Loop& home, AddMembersRequest request) {
    Owner* owner = &owner_of(request.conversation);
    auto work = [request = std::move(request)](Owner& at) { return at.add_members(request); };
    co_return co_await ask_in_order<void>(owner, &home, std::move(work));
}

Duration Messaging::take_growth(
    runtime::Loop& home, UserId user, unsigned groups, std::size_t members
) {
    const Options& options = shared_->options;
    ports::RateLimiter& limiter = shared_->parts.limiter;
    const Duration now = home.clock().steady();
    const auto key = [&user](std::uint64_t bucket) {
        return Hash128{.high = user.uuid.high ^ bucket, .low = user.uuid.low};
    };
    if (groups > 0) {
        const Duration wait = limiter.take(key(kGroupBucket), options.groups_created, now);
        if (wait.count() > 0) {
            return wait;
        }
    }
    return members == 0
               ? Duration::zero()
               : take_many(limiter, key(kMemberBucket), options.members_added, members, now);
}

void Messaging::typing(runtime::Loop& home, Typing typing) {
    locals_[home.id().value]->type(typing);
}

runtime::Task<Result<std::vector<ConversationView::Person>>> Messaging::members(
    runtime::Loop& home, UserId user, ConversationNumber number, std::size_t from, std::size_t limit
) {
    Owner* owner = &owner_of(number);
    auto work = [=](Owner& at) { return at.members(user, number, from, limit); };
    co_return co_await ask<std::vector<ConversationView::Person>>(owner, &home, work);
}

runtime::Task<Result<HistoryPage>> Messaging::history(runtime::Loop& home, HistoryRequest request) {
    Owner* owner = &owner_of(request.conversation);
    auto work = [request](Owner& at) { return at.history(request); };
    co_return co_await ask<HistoryPage>(owner, &home, work);
}

runtime::Task<Result<Messaging::Opened>> Messaging::open_direct(
    runtime::Loop& home, UserId user, UserId other
) {
    auto resolved = co_await locals_[home.id().value]->resolve(user, other);
    CO_TRY(const ConversationNumber number, std::move(resolved));
    Owner* owner = &owner_of(number);
    auto work = [user, other, number](Owner& at) { return at.open(user, other, number); };
    co_return co_await ask<Opened>(owner, &home, work);
}

runtime::Task<Result<ConversationView>> Messaging::conversation(
    runtime::Loop& home, UserId user, ConversationNumber number
) {
    Owner* owner = &owner_of(number);
    auto work = [user, number](Owner& at) { return at.view(user, number); };
    co_return co_await ask<ConversationView>(owner, &home, work);
}

runtime::Task<Result<std::vector<ConversationView>>> Messaging::conversations(
    runtime::Loop& home, UserId user
) {
    auto listed = co_await shared_->parts.directory.of_user(home, user);
    CO_TRY(const auto numbers, std::move(listed));
    std::vector<ConversationView> views;
    for (const ConversationNumber number : numbers) {
        auto seen = co_await conversation(home, user, number);
        if (seen.ok()) {
            views.push_back(std::move(seen).value());
        } else if (seen.error().code != ErrorCode::not_found) {
            co_return std::move(seen).error();
        }
        // Not found: listed, but its first record never made it into the log.
    }
    std::ranges::sort(views, [](const ConversationView& a, const ConversationView& b) {
        return std::pair{b.last_time, b.number} < std::pair{a.last_time, a.number};
    });
    co_return views;
}

std::vector<Messaging::Share> Messaging::by_owner(const std::vector<ConversationNumber>& numbers
) const {
    std::vector<Share> shares;
    for (const auto& owner : owners_) {
        shares.push_back({.owner = owner.get(), .numbers = {}});
    }
    for (const ConversationNumber number : numbers) {
        shares[lane_of(number).value].numbers.push_back(number);
    }
    std::erase_if(shares, [](const Share& share) { return share.numbers.empty(); });
    return shares;
}

runtime::Task<Result<ListPage>> Messaging::list(runtime::Loop& home, ListRequest request) {
    auto listed = co_await shared_->parts.directory.of_user(home, request.user);
    CO_TRY(const auto numbers, std::move(listed));
    std::vector<Activity> places;
    auto shares = by_owner(numbers);
    for (Share& part : shares) {
        auto work = [share = std::move(part.numbers),
                     user = request.user,
                     groups_only = request.groups_only](Owner& at) {
            return at.activity(user, share, groups_only);
        };
        auto asked = co_await ask<std::vector<Activity>>(part.owner, &home, std::move(work));
        CO_TRY(const auto some, std::move(asked));
        places.insert(places.end(), some.begin(), some.end());
    }
    if (request.below) {
        std::erase_if(places, [&](const Activity& place) { return place >= *request.below; });
    }
    ListPage page;
    const std::size_t count = std::min(request.limit, places.size());
    const auto end = places.begin() + static_cast<std::ptrdiff_t>(count);
    std::ranges::partial_sort(places, end, std::greater{});
    if (count < places.size() && count > 0) {
        page.next = places[count - 1];
    }
    for (std::size_t i = 0; i < count; ++i) {
        auto seen = co_await conversation(home, request.user, places[i].number);
        if (seen.ok()) {
            page.views.push_back(std::move(seen).value());
        } else if (seen.error().code != ErrorCode::not_found) {
            co_return std::move(seen).error();
        }
    }
    co_return page;
}

runtime::Task<Result<MessageView>> Messaging::message(
    runtime::Loop& home, UserId user, MessageId id
) {
    const auto place = locate(id);
    if (!place) {
        co_return Error{ErrorCode::not_found, "no such message"};
    }
    Owner* owner = &owner_of(place->conversation);
    auto work = [user, id](Owner& at) { return at.message(user, id); };
    co_return co_await ask<MessageView>(owner, &home, work);
}

runtime::Task<Result<SyncStart>> Messaging::begin_sync(runtime::Loop& home, UserId user) {
    SyncStart start;
    // Durable is not yet applied: a token may promise only what the owners already show.
    start.position = shared_->parts.log.committed();
    for (const std::atomic<std::uint64_t>& lane : shared_->unapplied_from) {
        const std::uint64_t from = lane.load();
        if (from != 0 && !mutant(Mutant::sync_token_skips)) {
            start.position.offset = std::min(start.position.offset, from - 1);
        }
    }
    auto listed = co_await shared_->parts.directory.of_user(home, user);
    CO_TRY(start.conversations, std::move(listed));
    co_return start;
}

runtime::Task<Result<CatchUp>> Messaging::catch_up(runtime::Loop& home, CatchUpRequest request) {
    Owner* owner = &owner_of(request.conversation);
    auto work = [request](Owner& at) { return at.catch_up(request); };
    co_return co_await ask<CatchUp>(owner, &home, work);
}

runtime::Task<Result<bool>> Messaging::both_in(
    runtime::Loop& home, ConversationNumber number, UserId one, UserId other
) {
    Owner* owner = &owner_of(number);
    auto work = [=](Owner& at) { return at.both_in(number, one, other); };
    co_return co_await ask<bool>(owner, &home, work);
}

void Messaging::listen(ChangeListener& listener) {
    shared_->listener = &listener;
}

runtime::LoopId Messaging::lane_of(ConversationNumber number) const noexcept {
    const std::size_t shard = std::hash<ConversationNumber>{}(number) % kShards;
    return owners_[shard % owners_.size()]->loop().id();
}

LogPosition Messaging::applied(runtime::LoopId lane) const noexcept {
    return owners_[lane.value]->applied();
}

runtime::Task<Result<std::vector<core::EventPtr>>> Messaging::events(
    runtime::Loop& home, ConversationNumber number, Seq first, Seq last, std::size_t limit
) {
    Owner* owner = &owner_of(number);
    auto work = [=](Owner& at) { return at.plain_events(number, first, last, limit); };
    co_return co_await ask<std::vector<core::EventPtr>>(owner, &home, work);
}

runtime::Task<Result<std::vector<ReadableView>>> Messaging::readable(
    runtime::Loop& home, UserId user, std::vector<ConversationNumber> numbers
) {
    std::vector<ReadableView> views;
    auto shares = by_owner(numbers);
    for (Share& part : shares) {
        auto work = [user, share = std::move(part.numbers)](Owner& at) {
            return at.readable(user, share);
        };
        auto asked = co_await ask<std::vector<ReadableView>>(part.owner, &home, std::move(work));
        CO_TRY(auto some, std::move(asked));
        std::ranges::move(some, std::back_inserter(views));
    }
    co_return views;
}

runtime::Task<Result<std::vector<core::EventPtr>>> Messaging::shown(
    runtime::Loop& home, UserId user, ConversationNumber number, std::vector<Seq> seqs
) {
    Owner* owner = &owner_of(number);
    auto work = [user, number, seqs = std::move(seqs)](Owner& at) {
        return at.shown(user, number, seqs);
    };
    co_return co_await ask<std::vector<core::EventPtr>>(owner, &home, std::move(work));
}

runtime::Task<Result<void>> Messaging::forget(
    runtime::Loop& home, UserId user, ConversationNumber number
) {
    Owner* owner = &owner_of(number);
    auto work = [user, number](Owner& at) { return at.forget(user, number); };
    co_return co_await ask<void>(owner, &home, work);
}

void Messaging::start(UniqueFunction<void(Result<void>)> done) {
    upkeep_->start(std::move(done));
}

void Messaging::stop(Job done) {
    upkeep_->stop(std::move(done));
}

std::uint32_t Messaging::group_members_max() const noexcept {
    return shared_->options.group_members_max;
}

std::uint32_t Messaging::epoch() const noexcept {
    return shared_->parts.log.epoch();
}

void Messaging::register_metrics(metrics::Registry& registry) {
    Shared::Metrics& m = shared_->metrics;
    const ports::CommandLog* command_log = &shared_->parts.log;
    registry.counter(
        "parley_messages_in_total", "Sends that came in, over WebSocket and REST.", m.messages_in
    );
    registry.counter(
        "parley_sends_repeated_total", "Sends answered from an earlier one's client_id.", m.repeats
    );
    registry.counter(
        "parley_sends_refused_total", "Records that the log could not take.", m.refused
    );
    registry.counter("parley_receipts_total", "Cursor moves that were committed.", m.receipts);
    registry.counter(
        "parley_events_expired_total", "Events whose time was over and that were erased.", m.expired
    );
    registry.counter(
        "parley_sweeps_total", "Looks at all conversations for what has expired.", m.sweeps
    );
    registry.counter(
        "parley_store_write_failures_total",
        "Batches that the store did not take.",
        m.write_failures
    );
    registry.histogram(
        "parley_commit_latency_seconds",
        "From a send's arrival until it is durable and planned.",
        m.commit_latency
    );
    registry.histogram(
        "parley_log_latency_seconds",
        "A group's oldest record from append to durable.",
        m.log_latency
    );
    registry.histogram(
        "parley_store_write_latency_seconds", "One batch into the store.", m.write_latency
    );
    registry.gauge("parley_in_flight_records", "Records between log and answer.", [&m] {
        return static_cast<double>(m.in_flight.value());
    });
    registry.gauge("parley_unwritten_bytes", "Events that the store does not have yet.", [&m] {
        return static_cast<double>(m.unwritten_bytes.value());
    });
    registry.counter(
        "parley_cache_hits_total",
        "Conversations that were in memory when they were asked for, by users or by work in the "
        "background.",
        m.cache_hits
    );
    registry.counter(
        "parley_cache_misses_total",
        "Conversations that were waited for when they were asked for.",
        m.cache_misses
    );
    registry.gauge("parley_cached_conversations", "Conversations in memory.", [&m] {
        return static_cast<double>(m.cached.value());
    });
    registry.gauge(
        "parley_log_queued_bytes",
        "Bytes that wait for the log's next group.",
        [command_log] { return static_cast<double>(command_log->queued_bytes()); }
    );
}

}  // namespace parley::messaging
