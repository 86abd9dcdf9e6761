// Bytes as the commands of one conversation, in log order: what the rules make of them holds against a model
// that keeps everything and counts from the beginning (invariants R1, R4, R5, R7 of ARCHITECTURE.md).

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/assert.h"
#include "core/conversation.h"
#include "fuzz/support/target.h"
#include "ports/record_codec.h"

namespace {

using parley::ErrorCode;
using parley::LogPosition;
using parley::UserId;
using parley::fuzz::Choices;
namespace core = parley::core;

constexpr UserId user(std::uint64_t number) {
    return {{.high = 0x1234, .low = number}};
}

/// What has been said, by a plain list.
struct Model {
    struct Said {
        UserId sender;
        std::string client_id;
        std::string content;
        core::MessageType type = core::MessageType::text;
        parley::Timestamp time;
    };
    struct Cursor {
        std::uint64_t delivered = 0;
        std::uint64_t read = 0;
    };
    std::vector<UserId> members;
    std::vector<Said> said;
    std::map<UserId, Cursor> cursors;

    [[nodiscard]] bool has(UserId who) const {
        return std::ranges::find(members, who) != members.end();
    }
    /// The newest kSendRingEntries sends of a member are remembered: the place of this one, if it is among them.
    [[nodiscard]] std::optional<std::size_t> remembered(UserId who, std::string_view client_id)
        const {
        std::size_t seen = 0;
        for (std::size_t i = said.size(); i-- > 0 && seen < core::kSendRingEntries;) {
            seen += said[i].sender == who ? 1U : 0U;
            if (said[i].sender == who && said[i].client_id == client_id) {
                return i;
            }
        }
        return std::nullopt;
    }
};

core::Command read_command(Choices& choices, const core::ConversationState& state) {
    const UserId who = user(choices.below(4));
    switch (choices.below(8)) {
        case 0: {
            const UserId other = user(choices.below(3));
            return core::OpenDirect{.first = std::min(who, other), .second = std::max(who, other)};
        }
        case 1:
        case 2: {
            // Around the head, where the edges are; now and then far away.
            const auto place = [&choices](std::uint64_t head) {
                return choices.below(8) == 7 ? choices.number(8) : head + 2 - choices.below(6);
            };
            core::MoveCursor move{.user = who};
            move.delivered = {place(state.head.value)};
            move.read = {place(state.head.value)};
            // Admission looks the ordinal up: in a conversation of messages alone it is the place.
            move.read_ordinal = {move.read.value};
            return move;
        }
        default: {
            core::SendMessage send;
            send.sender = who;
            send.client_id = "c" + std::to_string(choices.byte());
            send.content = choices.flag() ? std::string{"same"} : std::string{choices.text()};
            send.message_type = static_cast<core::MessageType>(1 + choices.below(5));
            return send;
        }
    }
}

void expect_opened(Model& model, const core::OpenDirect& open, const core::Decision& decision) {
    PARLEY_ASSERT(std::holds_alternative<core::Opened>(decision.outcome) == model.members.empty());
    if (model.members.empty()) {
        model.members = {open.first};
        if (open.second != open.first) {
            model.members.push_back(open.second);
        }
    }
}

void expect_sent(
    Model& model,
    const core::SendMessage& send,
    const core::Decision& decision,
    parley::Timestamp now
) {
    const auto* error = std::get_if<parley::Error>(&decision.outcome);
    if (!model.has(send.sender)) {
        PARLEY_ASSERT(error != nullptr && error->code == ErrorCode::not_found);
        return;
    }
    if (const auto before = model.remembered(send.sender, send.client_id)) {
        const Model::Said& said = model.said[*before];
        PARLEY_ASSERT(decision.event == nullptr);
        if (said.content != send.content || said.type != send.message_type) {
            PARLEY_ASSERT(error != nullptr && error->code == ErrorCode::conflict);
            return;
        }
        const auto& sent = std::get<core::Sent>(decision.outcome);
        PARLEY_ASSERT(sent.repeated && sent.seq.value == *before + 1 && sent.time == said.time);
        return;
    }
    const auto& sent = std::get<core::Sent>(decision.outcome);
    PARLEY_ASSERT(!sent.repeated && decision.event != nullptr);
    PARLEY_ASSERT(sent.seq.value == model.said.size() + 1);
    PARLEY_ASSERT(decision.event->seq == sent.seq && decision.event->content == send.content);
    PARLEY_ASSERT(model.said.empty() || sent.time > model.said.back().time);
    PARLEY_ASSERT(sent.time >= now);
    model.said.push_back(
        {.sender = send.sender,
         .client_id = send.client_id,
         .content = send.content,
         .type = send.message_type,
         .time = sent.time}
    );
    model.cursors[send.sender] = {.delivered = sent.seq.value, .read = sent.seq.value};
}

void expect_moved(Model& model, const core::MoveCursor& move, const core::Decision& decision) {
    const auto* error = std::get_if<parley::Error>(&decision.outcome);
    PARLEY_ASSERT(decision.event == nullptr);
    if (!model.has(move.user)) {
        PARLEY_ASSERT(error != nullptr && error->code == ErrorCode::not_found);
        return;
    }
    const std::uint64_t head = model.said.size();
    if (move.delivered.value > head || move.read.value > head) {
        PARLEY_ASSERT(error != nullptr && error->code == ErrorCode::invalid_request);
        return;
    }
    Model::Cursor& cursor = model.cursors[move.user];
    const Model::Cursor before = cursor;
    cursor.read = std::max(cursor.read, move.read.value);
    cursor.delivered = std::max({cursor.delivered, move.delivered.value, cursor.read});
    const bool grew = cursor.read > before.read || cursor.delivered > before.delivered;
    PARLEY_ASSERT(std::holds_alternative<core::CursorMoved>(decision.outcome) == grew);
    PARLEY_ASSERT(grew || std::holds_alternative<core::Unchanged>(decision.outcome));
}

void expect_state(const Model& model, const core::ConversationState& state) {
    PARLEY_ASSERT(state.head.value == model.said.size());
    PARLEY_ASSERT(state.members.size() == model.members.size());
    for (const core::Member& member : state.members) {
        const auto at = model.cursors.find(member.user);
        const Model::Cursor cursor = at == model.cursors.end() ? Model::Cursor{} : at->second;
        PARLEY_ASSERT(member.cursor.delivered.value == cursor.delivered);
        PARLEY_ASSERT(member.cursor.read.value == cursor.read);
        PARLEY_ASSERT(state.unread(member) == model.said.size() - cursor.read);
        PARLEY_ASSERT(member.sends.entries().size() <= core::kSendRingEntries);
    }
}

/// As the log keeps it.
core::Record stored(const core::Record& record) {
    std::string bytes;
    parley::ports::encode_record(record, bytes);
    auto back = parley::ports::decode_record(std::as_bytes(std::span(bytes)));
    PARLEY_ASSERT(back.ok() && *back == record);
    return *std::move(back);
}

void check_admission(
    const core::Conversation& conversation,
    const core::Record& record,
    const core::Decision& decision
) {
    const auto admitted = conversation.admit(record.command);
    if (!admitted) {
        return;  // it is to be logged
    }
    // What is answered without the log is what the log would have given.
    PARLEY_ASSERT(decision.event == nullptr);
    PARLEY_ASSERT(admitted->index() == decision.outcome.index());
    const auto* sent = std::get_if<core::Sent>(&decision.outcome);
    PARLEY_ASSERT(sent == nullptr || std::get<core::Sent>(*admitted) == *sent);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Choices choices{data, size};
    const auto number = parley::make_conversation_number(1'750'000'000'000, 1, 2);
    core::Conversation conversation{number};
    core::Conversation twin{number};  // reads the log behind: R7
    Model model;
    parley::Timestamp now = parley::Timestamp::from_millis(1'750'000'000'000);
    LogPosition at{.epoch = 1, .offset = 0};
    for (int steps = 0; steps < 1'000 && !choices.empty(); ++steps) {
        ++at.offset;
        now.ticks +=
            static_cast<std::int64_t>(choices.byte()) - 128;  // a clock that also goes back
        const core::Record record{
            .conversation = number,
            .time = now,
            .rules = core::kRulesNow,
            .command = read_command(choices, conversation.state())
        };
        const core::Decision decision = conversation.plan(record);
        check_admission(conversation, record, decision);
        if (const auto* open = std::get_if<core::OpenDirect>(&record.command)) {
            expect_opened(model, *open, decision);
        } else if (const auto* send = std::get_if<core::SendMessage>(&record.command)) {
            expect_sent(model, *send, decision, now);
        } else {
            expect_moved(model, std::get<core::MoveCursor>(record.command), decision);
        }
        conversation.commit(record, decision, at);
        expect_state(model, conversation.state());
        const core::Record read = stored(record);
        twin.commit(read, twin.plan(read), at);
    }
    PARLEY_ASSERT(twin.state() == conversation.state());
    return 0;
}
