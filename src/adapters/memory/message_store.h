#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

#include "ports/message_store.h"
#include "runtime/loop.h"
#include "runtime/pool.h"
#include "runtime/task.h"

namespace parley::memory {

/// The message store without a disk, for tests and the simulation: ordered maps, so that a run is the
/// same each time. It knows what was flushed, and stops the process when a write breaks the port's rules
/// (a send that is missing from a member's ring, a gap in the events). Thread-safe. With a pool each call
/// runs there, as the real adapter's do; without one it answers at once.
class MessageStore final : public ports::MessageStore {
public:
    struct Conversation {
        core::ConversationState state;
        std::map<std::uint64_t, core::EventPtr> events;  ///< by seq
    };
    struct Content {
        std::map<std::uint64_t, Conversation> conversations;  ///< by number
        std::map<std::uint32_t, LogPosition> lanes;           ///< what each covers
    };
    /// What a restart finds: a value, for simulated crashes. Cheap enough to copy: events are shared.
    using Durable = Content;

    explicit MessageStore(Durable start = {}, runtime::Pool* pool = nullptr);

    [[nodiscard]] runtime::Task<Result<std::optional<core::ConversationState>>> load(
        runtime::Loop& home, ConversationNumber number
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<core::EventPtr>>> read(
        runtime::Loop& home, ports::EventRange range
    ) override;
    [[nodiscard]] runtime::Task<Result<std::optional<Seq>>> find_seq(
        runtime::Loop& home, ConversationNumber number, Seq first, Timestamp time
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> write(runtime::Loop& home, ports::StoreBatch batch)
        override;
    [[nodiscard]] runtime::Task<Result<std::vector<core::ConversationState>>> scan(
        runtime::Loop& home, ConversationNumber after, std::size_t limit
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> reclaim(
        runtime::Loop& home, std::vector<ConversationNumber> numbers
    ) override;
    [[nodiscard]] runtime::Task<Result<LogPosition>> flush(runtime::Loop& home) override;
    [[nodiscard]] Result<LogPosition> replay_from() override;
    [[nodiscard]] Result<void> set_lanes(std::uint32_t lanes, LogPosition position) override;

    /// What a crash leaves now: all that is flushed, and the first `steps` of those that are not. A step
    /// is a batch or a call of set_lanes.
    [[nodiscard]] Durable durable(std::size_t steps = 0) const;
    [[nodiscard]] std::size_t unflushed() const;
    /// The next `calls` of write and flush are refused with `unavailable` and change nothing.
    void refuse_next(std::size_t calls);

private:
    struct SetLanes {
        std::uint32_t lanes = 0;
        LogPosition position;
    };
    using Step = std::variant<ports::StoreBatch, SetLanes>;

    static void apply(const ports::StoreBatch& batch, Content& content);
    static void apply(const SetLanes& change, Content& content);
    static LogPosition lowest(const Content& content);

    Result<std::optional<core::ConversationState>> load_now(ConversationNumber number) const;
    Result<std::vector<core::EventPtr>> read_now(const ports::EventRange& range) const;
    Result<std::optional<Seq>> find_now(ConversationNumber number, Seq first, Timestamp time) const;
    Result<std::vector<core::ConversationState>> scan_now(
        ConversationNumber after, std::size_t limit
    ) const;
    Result<void> write_now(ports::StoreBatch batch);
    Result<LogPosition> flush_now();

    runtime::Pool* const pool_;
    mutable std::mutex mutex_;
    // All below is guarded.
    Content now_;
    Content flushed_;
    std::vector<Step> unflushed_;  // turns flushed_ into now_
    std::size_t refusals_ = 0;
};

}  // namespace parley::memory
