#include <algorithm>
#include <utility>

#include "base/mutant.h"
#include "services/messaging/owner.h"
#include "services/messaging/shared.h"

namespace parley::messaging {
namespace {

/// States read at once before a replay: the store answers in parallel, the records are applied in order.
constexpr std::size_t kPrefetches = 32;

}  // namespace

runtime::Task<void> Messaging::Owner::prefetch(
    const std::vector<ConversationNumber>* numbers, std::size_t* next
) {
    while (*next < numbers->size()) {
        const ConversationNumber number = (*numbers)[(*next)++];
        // A failure is met again, and answered, where the record is applied.
        const auto loaded = co_await cell(number);
        if (!loaded.ok()) {
            co_return;
        }
    }
}

runtime::Task<Result<void>> Messaging::Owner::replay_one(
    Cell* cell, const core::Record* record, LogPosition position
) {
    core::Command command = record->command;
    const core::Target* target = target_of(command);
    if (target != nullptr && target->seq <= cell->state().head) {
        ++cell->amended[target->seq].holders;
        const bool deletes = std::holds_alternative<core::DeleteMessage>(command);
        auto loaded = co_await hold(cell, target->seq, deletes);
        if (!loaded.ok()) {
            co_return loaded;
        }
    }
    if (const auto* expire = std::get_if<core::Expire>(&command)) {
        auto erased = co_await erase_again(cell, expire->expiring);
        if (!erased.ok()) {
            co_return erased;
        }
    }
    const core::Decision decision = cell->conversation.plan(*record);
    apply(*cell, *record, decision, position);
    if (target != nullptr && cell->amended.contains(target->seq)) {
        release(*cell, target->seq);
    }
    co_return Result<void>{};
}

runtime::Task<Result<void>> Messaging::Owner::replay(Records records, LogPosition from) {
    covered_ = from;
    std::vector<ConversationNumber> numbers;
    for (const auto& [position, record] : records) {
        numbers.push_back(record.conversation);
    }
    std::ranges::sort(numbers);
    numbers.erase(std::ranges::unique(numbers).begin(), numbers.end());
    std::size_t next = 0;
    runtime::TaskScope prefetching;
    for (std::size_t i = 0; i < kPrefetches; ++i) {
        prefetching.spawn(prefetch(&numbers, &next));
    }
    runtime::Callback<bool> fetched;
    auto over = fetched.completion();
    prefetching.close([&over] { over(true); });
    co_await fetched.wait();

    for (auto& [position, record] : records) {
        auto found = co_await cell(record.conversation);
        CO_TRY(Cell * cell, std::move(found));
        if (cell->state().rev != 0 && position <= cell->state().position) {
            continue;  // The store has it.
        }
        if (mutant(Mutant::clock_in_replay)) {
            record.time = loop_.clock().wall();
        }
        auto applied = co_await replay_one(cell, &record, position);
        if (!applied.ok()) {
            co_return applied;
        }
    }
    replaying_ = false;
    co_return co_await write_all();
}

}  // namespace parley::messaging
