#include "services/messaging/local.h"

#include <utility>

#include "base/mutant.h"
#include "services/messaging/owner.h"
#include "services/messaging/shared.h"

namespace parley::messaging {
namespace {

/// Pairs whose conversation a loop remembers; emptied when full, for finding one again is cheap.
constexpr std::size_t kPairsMax = 200'000;
/// Sends that wait for a receiver to be found, per loop.
constexpr std::size_t kResolvingMax = 10'000;
/// A number clashes only with one made in the same millisecond by an earlier life of this node.
constexpr int kNumberAttempts = 16;

}  // namespace

Messaging::Local::Local(Messaging& messaging, Shared& shared, runtime::Loop& loop)
    : messaging_(messaging), shared_(shared), loop_(loop), outgoing_(shared.parts.loops.size()) {
    // Loops count from different places, so that two of them rarely propose the same number.
    numbers_made_ = loop.id().value * 64;
}

Messaging::Local::Pair Messaging::Local::pair_of(UserId user, UserId other) noexcept {
    return user < other ? Pair{user, other} : Pair{other, user};
}

const ConversationNumber* Messaging::Local::known(UserId user, UserId other) const {
    const auto at = pairs_.find(pair_of(user, other));
    return at == pairs_.end() ? nullptr : &at->second;
}

void Messaging::Local::remember(UserId user, UserId other, ConversationNumber number) {
    if (pairs_.size() >= kPairsMax) {
        pairs_.clear();
    }
    pairs_.insert_or_assign(pair_of(user, other), number);
}

void Messaging::Local::send(SendRequest request, SendDone done, std::optional<Error> refused) {
    SendJob job{
        .request = std::move(request),
        .done = std::move(done),
        .home = loop_.id(),
        .number = {},
        .receiver = std::nullopt,
        .refused = std::move(refused),
    };
    if (!resolving_.empty()) {
        const auto waiting = resolving_.find(job.request.message.sender);
        if (waiting != resolving_.end()) {
            if (resolving_count_ >= kResolvingMax) {
                job.done(Error{ErrorCode::unavailable, "too many sends are waiting"});
                return;
            }
            ++resolving_count_;
            waiting->second.push_back(std::move(job));
            return;
        }
    }
    dispatch(std::move(job));
}

void Messaging::Local::dispatch(SendJob job) {
    if (const auto* number = std::get_if<ConversationNumber>(&job.request.to)) {
        job.number = *number;
        push(*number, std::move(job));
        return;
    }
    const UserId receiver = std::get<UserId>(job.request.to);
    const UserId sender = job.request.message.sender;
    job.receiver = receiver;
    if (const ConversationNumber* number = known(sender, receiver)) {
        job.number = *number;
        push(*number, std::move(job));
        return;
    }
    auto [queue, fresh] = resolving_.try_emplace(sender);
    ++resolving_count_;
    queue->second.push_front(std::move(job));
    if (fresh) {
        if (!scope_.spawn(resolve_queue(sender))) {
            resolving_count_ -= queue->second.size();
            SendJob refused = std::move(queue->second.front());
            resolving_.erase(queue);
            refused.done(Error{ErrorCode::unavailable, "the server is stopping"});
        }
    }
}

runtime::Task<void> Messaging::Local::resolve_queue(UserId sender) {
    for (;;) {
        auto queue = resolving_.find(sender);
        if (queue->second.empty()) {
            resolving_.erase(queue);
            co_return;
        }
        SendJob job = std::move(queue->second.front());
        queue->second.pop_front();
        --resolving_count_;
        if (const auto* number = std::get_if<ConversationNumber>(&job.request.to)) {
            job.number = *number;
        } else {
            const UserId receiver = std::get<UserId>(job.request.to);
            if (job.refused) {
                // It may be the retry of a send that was there before; but nothing is made for it.
                auto there = co_await is_pair(sender, receiver);
                if (!there.ok() || !*there) {
                    job.done(there.ok() ? std::move(*job.refused) : std::move(there).error());
                    continue;
                }
            }
            auto found = co_await resolve(sender, receiver);
            if (!found.ok()) {
                job.done(std::move(found).error());
                continue;
            }
            job.receiver = receiver;
            job.number = *found;
        }
        const ConversationNumber to = job.number;
        push(to, std::move(job));
    }
}

runtime::Task<Result<bool>> Messaging::Local::is_pair(UserId user, UserId other) {
    if (user == other || known(user, other) != nullptr) {
        co_return true;  // There is only one conversation with oneself: making it costs once.
    }
    std::vector<UserId> one{other};
    auto found = co_await shared_.parts.directory.shared_with(loop_, user, std::move(one));
    CO_TRY(const auto shared, std::move(found));
    co_return !shared.empty() && shared.front().direct;
}

runtime::Task<Result<ConversationNumber>> Messaging::Local::resolve(UserId user, UserId other) {
    if (const ConversationNumber* number = known(user, other)) {
        co_return *number;
    }
    for (int attempt = 0; attempt < kNumberAttempts; ++attempt) {
        const ConversationNumber candidate =
            make_conversation_number(loop_.clock().wall().millis(), 0, numbers_made_++);
        auto opened = co_await shared_.parts.directory.open_direct(loop_, user, other, candidate);
        if (opened.ok()) {
            remember(user, other, opened->number);
            co_return opened->number;
        }
        if (opened.error().code != ErrorCode::conflict) {
            co_return std::move(opened).error();
        }
    }
    co_return Error{ErrorCode::unavailable, "no free conversation number"};
}

runtime::Task<Result<ports::ConversationDirectory::ReservedGroup>> Messaging::Local::reserve_group(
    const core::CreateGroup* request, bool make
) {
    ports::ConversationDirectory::NewGroup group{
        .creator = request->creator,
        .client_id = request->client_id,
        .members = {request->creator},
        .make = make
    };
    group.members.insert(group.members.end(), request->members.begin(), request->members.end());
    for (int attempt = 0; attempt < kNumberAttempts; ++attempt) {
        const ConversationNumber candidate =
            make_conversation_number(loop_.clock().wall().millis(), 0, numbers_made_++);
        auto reserved = co_await shared_.parts.directory.reserve_group(loop_, group, candidate);
        if (reserved.ok()) {
            co_return *reserved;
        }
        if (reserved.error().code != ErrorCode::conflict) {
            co_return std::move(reserved).error();
        }
    }
    co_return Error{ErrorCode::unavailable, "no free conversation number"};
}

void Messaging::Local::mark(MarkRequest request, MarkDone done) {
    const ConversationNumber number = request.conversation;
    MarkJob job{.request = request, .done = std::move(done), .home = loop_.id()};
    push(number, std::move(job));
}

void Messaging::Local::push(ConversationNumber number, OwnerJob job) {
    const std::size_t owner = messaging_.owner_of(number).loop().id().value;
    outgoing_[owner].push_back(std::move(job));
    if (mutant(Mutant::sends_reordered)) {
        std::swap(outgoing_[owner].front(), outgoing_[owner].back());
    }
    if (!flush_due_) {
        flush_due_ = true;
        loop_.defer([this] { flush(); });
    }
}

void Messaging::Local::flush() {
    flush_due_ = false;
    for (std::size_t i = 0; i < outgoing_.size(); ++i) {
        if (outgoing_[i].empty()) {
            continue;
        }
        Owner& owner = *messaging_.owners_[i];
        std::vector<OwnerJob> batch = std::exchange(outgoing_[i], {});
        if (owner.loop().id() == loop_.id()) {
            owner.accept(std::move(batch));
        } else {
            owner.loop().post([&owner, batch = std::move(batch)]() mutable {
                owner.accept(std::move(batch));
            });
        }
    }
}

void Messaging::Local::type(Typing typing) {
    push(typing.conversation, TypingJob{typing});
}

void Messaging::Local::receive(std::vector<Outgoing> batch) {
    SessionSink& sink = *shared_.sinks[loop_.id().value];
    for (Outgoing& item : batch) {
        if (auto* answer = std::get_if<SendAnswer>(&item)) {
            answer->done(std::move(answer->result));
        } else if (auto* event = std::get_if<EventOut>(&item)) {
            sink.on_event(
                event->conversation,
                event->event,
                event->audience,
                event->except,
                event->received_at
            );
        } else if (auto* receipt = std::get_if<ReceiptOut>(&item)) {
            sink.on_receipt(receipt->receipt, receipt->audience, receipt->except);
        } else if (auto* typing = std::get_if<TypingOut>(&item)) {
            sink.on_typing(typing->typing, typing->audience);
        } else if (auto* job = std::get_if<Job>(&item)) {
            (*job)();
        } else if (auto* changed = std::get_if<ChangedOut>(&item)) {
            sink.on_changed(changed->conversation, changed->user);
        } else {
            auto& mark = std::get<MarkAnswer>(item);
            mark.done(std::move(mark.result));
        }
    }
    sink.on_batch_end();
}

void Messaging::Local::close(Job done) {
    scope_.close(std::move(done));
}

}  // namespace parley::messaging
