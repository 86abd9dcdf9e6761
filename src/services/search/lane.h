#pragma once

#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "runtime/scope.h"
#include "services/search/shared.h"

namespace parley::search {

/// The conversations of one loop, as far as the index lacks them: remembers which places have changed, reads
/// them from their owner on this same loop, and hands them to the Keeper. One batch at a time, so that what is
/// read later is written later. Belongs to its loop; what waits is bounded by Options::pending_max.
class Search::Lane {
public:
    Lane(Shared& shared, runtime::Loop& loop) : shared_(shared), loop_(loop) {}

    void attach(Keeper& keeper) noexcept { keeper_ = &keeper; }
    void start();
    /// Ends what is under way; the rest is dropped. `done` on this loop.
    void stop(Job done);

    void changed(ConversationNumber number, Seq seq);
    void expired(ConversationNumber number, Seq through);
    void forgotten(ConversationNumber number, UserId user);
    /// Whatever is newer than the index's newest.
    void grown(ConversationNumber number);
    /// All of it; `done` once it is written, or given up.
    void look_again(ConversationNumber number, Job done);

    /// The offset up to which nothing waits and nothing is under way; nothing when something is.
    [[nodiscard]] std::optional<std::uint64_t> idle_at() const;

private:
    struct Pending {
        Seq first;  ///< of a range of places; 0: none
        Seq last;
        std::vector<Seq> changed;  ///< single ones
        Seq expired;
        std::vector<UserId> forgotten;
        bool grown = false;
        std::vector<Job> done;
    };
    struct Taken {
        ConversationNumber number;
        Pending what;
        bool finished = false;  ///< all of it is in the batch
        Seq resume;             ///< else, when some of it is: where its range goes on
        Seq resume_last;
    };

    [[nodiscard]] Pending& pending(ConversationNumber number);
    void put_back(Taken taken);
    static void widen(Pending& pending, Seq first, Seq last);
    /// Too much waits: forgets it all, and asks for everything to be looked at again.
    void bound();
    void arm(Duration delay);
    runtime::Task<void> run();
    [[nodiscard]] runtime::Task<bool> run_once();
    [[nodiscard]] runtime::Task<Result<void>> gather(std::vector<Taken>* taken, Gathered* into);
    [[nodiscard]] runtime::Task<Result<void>> gather_one(Taken* taken, Gathered* into);
    [[nodiscard]] runtime::Task<Result<Seq>> gather_range(
        ConversationNumber number, Seq first, Seq last, Gathered* into
    );
    void finish(std::vector<Taken> taken, bool ok);

    Shared& shared_;
    runtime::Loop& loop_;
    Keeper* keeper_ = nullptr;
    std::unordered_map<ConversationNumber, Pending> pending_;
    std::deque<ConversationNumber> order_;  ///< the keys of pending_, as they came
    std::size_t singles_ = 0;               ///< single places in pending_
    bool started_ = false;
    bool stopping_ = false;
    bool running_ = false;
    runtime::TimerId timer_;
    runtime::TaskScope scope_;
};

}  // namespace parley::search
