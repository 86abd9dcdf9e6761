#pragma once

#include <optional>
#include <vector>

#include "runtime/scope.h"
#include "services/search/lane.h"

namespace parley::search {

/// The index's one writer: what lanes have gathered, and how far the index is. Looks at every conversation when
/// the index is new or has lost touch (a sweep), makes it durable now and then, removes erased words from the
/// disk, and makes the index anew when it is damaged. On loop 0.
class Search::Keeper {
public:
    Keeper(Shared& shared, std::vector<std::unique_ptr<Lane>>& lanes, ports::SearchProgress found);

    /// What the index had at start, for the log's replay; nothing when a sweep looks at everything anyway.
    [[nodiscard]] std::optional<LogPosition> replay_from() const;
    [[nodiscard]] LogPosition passed() const noexcept { return passed_; }

    void start();
    /// `done` on loop 0, when the lanes have ended and what is written is durable.
    void stop(Job done);

    /// Writes it, on behalf of a lane; `covers` when the lane has nothing left up to there. Awaited on the
    /// lane's loop, `home`.
    [[nodiscard]] runtime::Task<Result<void>> write(
        runtime::Loop* home, Gathered gathered, std::optional<std::uint64_t> covers
    );
    /// Everything is looked at from the beginning. On loop 0.
    void start_over(const char* why);
    /// The index is damaged: makes it anew. On loop 0.
    void mend();

private:
    struct Reply;

    runtime::Task<void> write_here(Gathered gathered, Reply reply);
    [[nodiscard]] runtime::Task<Result<void>> write_batch(ports::SearchBatch batch);
    [[nodiscard]] ports::SearchProgress progress() const;
    runtime::Task<void> sweep();
    [[nodiscard]] runtime::Task<Result<bool>> sweep_some();
    runtime::Task<void> look_at(const std::vector<ConversationNumber>* numbers);
    runtime::Task<void> flush_now_and_then();
    [[nodiscard]] runtime::Task<Result<void>> flush();
    runtime::Task<void> ask_lanes();
    runtime::Task<void> scrub_now_and_then();
    runtime::Task<void> make_anew();
    runtime::Task<void> end(Job done);
    [[nodiscard]] runtime::Task<bool> pause(Duration delay);

    Shared& shared_;
    std::vector<std::unique_ptr<Lane>>& lanes_;
    runtime::Loop& loop_;
    ports::SearchProgress progress_;  ///< but for the position, which is the lowest of covered_
    std::vector<std::uint64_t>
        covered_;  ///< by lane: the offset up to which it has written everything
    LogPosition passed_;
    LogPosition begun_at_;      ///< the index's position at start
    std::uint64_t sweeps_ = 0;  ///< begun: an older one's page does not count
    bool sweeping_ = false;
    bool started_ = false;
    bool stopping_ = false;
    std::vector<runtime::Callback<bool>*> pauses_;
    runtime::TaskScope scope_;
};

}  // namespace parley::search
