#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/conversation.h"
#include "ports/message_store.h"

namespace parley::fakes {

/// A conversation that lives through the rules of core, and what it would write. Two members.
class Talk {
public:
    explicit Talk(std::uint64_t number) : conversation_(ConversationNumber{number}) {
        const UserId alice{{.high = number, .low = 1}};
        const UserId bob{{.high = number, .low = 2}};
        run(core::OpenDirect{.first = alice, .second = bob});
    }
    explicit Talk(core::ConversationState state, std::uint64_t offset)
        : conversation_(std::move(state)), offset_(offset) {
        dirty_.assign(this->state().members.size(), 0);
    }

    void say(std::string content, std::size_t member = 0) {
        core::SendMessage send;
        send.sender = state().members[member].user;
        send.sender_device = {{.high = 7, .low = member}};
        send.client_id = "c" + std::to_string(offset_);
        send.content = std::move(content);
        if (offset_ % 5 == 0) {
            send.reply_to = MessageId{{.high = offset_, .low = 9}};
            send.mentions = {state().members[0].user, state().members[1].user};
        }
        run(std::move(send));
    }
    void read_all(std::size_t member) {
        run(core::MoveCursor{
            .user = state().members[member].user,
            .delivered = state().head,
            .read = state().head,
            .read_ordinal = state().ordinal
        });
    }
    /// Everything since `take`.
    [[nodiscard]] ports::ConversationWrite peek() const {
        ports::ConversationWrite write{.state = state(), .events = {}, .ring_blocks = dirty_};
        write.events.assign(all_.begin() + static_cast<std::ptrdiff_t>(taken_), all_.end());
        return write;
    }
    /// The same, and from now on anew.
    ports::ConversationWrite take() {
        ports::ConversationWrite write = peek();
        taken_ = all_.size();
        dirty_.assign(state().members.size(), 0);
        return write;
    }

    [[nodiscard]] const core::ConversationState& state() const { return conversation_.state(); }
    /// Every event since this object began, oldest first.
    [[nodiscard]] const std::vector<core::EventPtr>& events() const { return all_; }

private:
    void run(core::Command command) {
        ++offset_;
        const core::Record record{
            .conversation = state().number,
            .time = {17'700'000'000'000'000 + static_cast<std::int64_t>(offset_ * 1'000)},
            .rules = core::kRulesNow,
            .command = std::move(command)
        };
        const core::Decision decision = conversation_.plan(record);
        const auto* send = std::get_if<core::SendMessage>(&record.command);
        if (send != nullptr) {
            for (std::size_t m = 0; m < state().members.size(); ++m) {
                if (state().members[m].user == send->sender) {
                    const std::uint64_t place =
                        state().members[m].sends.count() % core::kSendRingEntries;
                    dirty_[m] |=
                        static_cast<std::uint8_t>(1U << (place / core::SendRing::kBlockEntries));
                }
            }
        }
        conversation_.commit(record, decision, {.epoch = 1, .offset = offset_});
        dirty_.resize(state().members.size());
        if (decision.event != nullptr) {
            all_.push_back(decision.event);
        }
    }

    core::Conversation conversation_;
    std::vector<core::EventPtr> all_;
    std::size_t taken_ = 0;
    std::vector<std::uint8_t> dirty_;
    std::uint64_t offset_ = 0;
};

inline bool same(const std::vector<core::EventPtr>& one, const std::vector<core::EventPtr>& other) {
    return std::ranges::equal(one, other, [](const auto& a, const auto& b) { return *a == *b; });
}

}  // namespace parley::fakes
