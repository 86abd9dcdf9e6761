#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/job.h"
#include "base/metrics.h"
#include "base/result.h"
#include "core/search_query.h"
#include "ports/command_log.h"
#include "ports/conversation_directory.h"
#include "ports/rate_limiter.h"
#include "ports/search_index.h"
#include "runtime/loop.h"
#include "runtime/task.h"
#include "services/messaging/messaging.h"

namespace parley::search {

inline constexpr std::size_t kLimitMax = 50;       ///< items of one answer; more is cut to it
inline constexpr std::size_t kSnippetBytes = 300;  ///< about so much of a message is marked

struct Options {
    /// How long a change waits for others, so that they share a write.
    Duration gather_interval = std::chrono::milliseconds{100};
    /// Events in one write, and places that wait to be read, per loop; past it everything is looked at again.
    std::size_t batch_events_max = 1'000;
    std::size_t pending_max = 200'000;
    /// The index is made durable so often; the log keeps what it has not.
    Duration flush_interval = std::chrono::seconds{30};
    /// Erased words leave the disk within about this.
    Duration scrub_interval = std::chrono::minutes{10};
    /// The log is not kept for an index that is further behind: everything is looked at again instead.
    std::uint64_t lag_records_max = 5'000'000;
    /// Searches per user; above: `rate_limited`.
    ports::RateRule searches{.per_second = 5, .burst = 20};
    /// One search takes no longer; above: `unavailable`.
    Duration deadline = std::chrono::seconds{5};
};

struct Request {
    UserId user;                                     ///< who asks
    std::string q;                                   ///< as they typed it
    std::optional<ConversationNumber> conversation;  ///< nothing: all of theirs
    std::optional<UserId> sender;
    Timestamp after{};                         ///< at or after this
    std::optional<ports::SearchPlace> before;  ///< below this
    std::size_t limit = kLimitMax;
};

struct Found {
    ConversationNumber conversation;
    core::EventPtr event;                    ///< as the user sees it now
    std::vector<core::SnippetPart> snippet;  ///< of its content, with what was searched for marked
};

struct Page {
    std::vector<Found> items;       ///< newest first
    std::optional<MessageId> next;  ///< where the next page begins: below it; nothing: this is all
    bool complete = false;  ///< false: the index is being made, and older messages may be missing
};

/// Finds messages by their words: only what the user may read, as it is now. Follows Messaging's changes.
/// Callable from any loop; one for the process.
class Search final : public messaging::ChangeListener {
public:
    struct Dependencies {
        std::vector<runtime::Loop*> loops;
        messaging::Messaging& messaging;
        ports::SearchIndex& index;
        ports::ConversationDirectory& directory;
        ports::RateLimiter& limiter;
        const ports::CommandLog& log;  ///< for its length alone
    };
    /// Listens to `messaging`. Reads how far the index is: blocks.
    Search(Options options, Dependencies dependencies);
    Search(const Search&) = delete;
    Search& operator=(const Search&) = delete;
    Search(Search&&) = delete;
    Search& operator=(Search&&) = delete;
    ~Search() override;

    /// After Messaging has started. On loop 0.
    void start();
    /// Before Messaging stops; what is not indexed yet is at the next start. On loop 0.
    void stop(Job done);

    /// Errors: parse_search_query's; `not_found` (a conversation that is not the user's), `rate_limited`,
    /// `unavailable` (the index is damaged and being made anew, or too busy).
    [[nodiscard]] runtime::Task<Result<Page>> find(runtime::Loop& home, Request request);

    [[nodiscard]] std::optional<LogPosition> replay_from() override;
    void on_record(runtime::LoopId lane, const core::Record& record) override;
    void on_gap() override;
    void on_change(runtime::LoopId lane, ConversationNumber number, Seq seq) override;
    void on_expired(runtime::LoopId lane, ConversationNumber number, Seq through) override;
    void on_forgotten(runtime::LoopId lane, ConversationNumber number, UserId user) override;
    [[nodiscard]] LogPosition passed() const noexcept override;

    void register_metrics(metrics::Registry& registry);

private:
    class Lane;
    class Keeper;
    struct Shared;
    struct Looking;

    [[nodiscard]] runtime::Task<Result<std::vector<ports::SearchScope>>> scopes_of(
        runtime::Loop* home, const Request* request
    );
    [[nodiscard]] runtime::Task<Result<std::vector<ports::SearchHit>>> candidates(
        Looking* looking, std::size_t limit
    );
    [[nodiscard]] runtime::Task<Result<std::vector<core::EventPtr>>> shown(
        const Looking* looking, const std::vector<ports::SearchHit>* hits
    );
    [[nodiscard]] runtime::Task<Result<Page>> look(Looking* looking);

    std::unique_ptr<Shared> shared_;
    std::vector<std::unique_ptr<Lane>> lanes_;
    std::unique_ptr<Keeper> keeper_;
};

}  // namespace parley::search
