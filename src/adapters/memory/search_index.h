#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "ports/search_index.h"

namespace parley::memory {

/// Searches by looking at every document: for tests and the simulation, and the truth that the real index is
/// held against. Every call is done when its Task first runs. Thread-safe.
class SearchIndex final : public ports::SearchIndex {
public:
    /// A value: what is there, in order.
    struct State {
        std::map<ConversationNumber, std::map<Seq, ports::SearchDocument>> documents;
        ports::SearchProgress progress;
    };

    explicit SearchIndex(State start = {}) : now_(start), flushed_(std::move(start)) {}

    [[nodiscard]] Result<ports::SearchProgress> progress() override;
    [[nodiscard]] runtime::Task<Result<void>> write(runtime::Loop& home, ports::SearchBatch batch)
        override;
    [[nodiscard]] runtime::Task<Result<Seq>> newest(runtime::Loop& home, ConversationNumber number)
        override;
    [[nodiscard]] runtime::Task<Result<std::vector<ports::SearchHit>>> find(
        runtime::Loop& home, ports::SearchRequest request
    ) override;
    [[nodiscard]] runtime::Task<Result<LogPosition>> flush(runtime::Loop& home) override;
    [[nodiscard]] runtime::Task<Result<bool>> scrub(runtime::Loop& home) override;
    [[nodiscard]] runtime::Task<Result<void>> reset(runtime::Loop& home) override;

    /// What a crash leaves.
    [[nodiscard]] State durable() const;
    /// What there is now.
    [[nodiscard]] State state() const;
    /// The next `calls` of write answer `error` and change nothing.
    void refuse_next(std::size_t calls, Error error);

private:
    [[nodiscard]] std::vector<ports::SearchHit> look(const ports::SearchRequest& request) const;

    mutable std::mutex mutex_;
    // All below is guarded.
    State now_;
    State flushed_;
    std::size_t refusals_ = 0;
    Error refusal_;
};

}  // namespace parley::memory
