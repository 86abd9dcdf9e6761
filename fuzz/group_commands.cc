// Bytes as the commands of one group, in log order, every kind that there is: what must always hold of a group does
// after each, admission promises what planning gives, and the log read again gives the same state.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/assert.h"
#include "core/conversation.h"
#include "fuzz/support/target.h"
#include "ports/record_codec.h"

namespace {

using parley::LogPosition;
using parley::Seq;
using parley::UserId;
using parley::fuzz::Choices;
namespace core = parley::core;

const auto kNumber = parley::make_conversation_number(1'750'000'000'000, 1, 2);
constexpr std::uint64_t kUsers = 6;
constexpr UserId user(std::uint64_t number) {
    return {{.high = 0x1234, .low = number + 1}};
}

class Story {
public:
    explicit Story(Choices& choices) : choices_(choices) {}

    void tell() {
        run(create());
        for (int steps = 0; steps < 1'000 && !choices_.empty(); ++steps) {
            run(next());
        }
        core::Conversation twin{kNumber};  // reads the log behind: R7
        LogPosition at{.epoch = 1, .offset = 0};
        for (const std::string& bytes : log_) {
            ++at.offset;
            const auto record = parley::ports::decode_record(std::as_bytes(std::span(bytes)));
            PARLEY_ASSERT(record.ok());
            twin.commit(*record, twin.plan(*record), at);
        }
        PARLEY_ASSERT(twin.state() == state());
    }

private:
    [[nodiscard]] const core::ConversationState& state() const { return conversation_.state(); }
    UserId who() { return user(choices_.below(kUsers)); }
    Seq place() { return {1 + choices_.below(state().head.value + 2)}; }
    std::string client_id() { return "c" + std::to_string(choices_.byte() % 40); }

    /// Only messages are deleted for oneself, and of those only what can be seen: admission looks it up.
    Seq message_place() {
        const Seq seq = place();
        const bool message =
            seq <= state().head && events_[seq.value - 1]->type == core::EventType::message;
        return message ? seq : state().head.next();
    }

    core::Target target() {
        const Seq seq = place();
        if (seq > state().head) {
            return {.message = {}, .seq = state().head, .sender = who()};
        }
        const core::Event& event = *events_[seq.value - 1];
        return {
            .message = parley::message_id(kNumber, event.time),
            .seq = seq,
            .sender = event.sender,
            .hidden = event.hidden
        };
    }

    core::Command create() {
        core::CreateGroup create{.creator = user(0), .device = {}, .client_id = "c", .name = "n"};
        create.history_for_all = choices_.flag();
        create.members_can_add = choices_.flag();
        for (std::uint64_t i = 1; i <= choices_.below(kUsers); ++i) {
            create.members.push_back(user(i));
        }
        return create;
    }

    core::Command about_message() {
        switch (choices_.below(4)) {
            case 0:
                return core::EditMessage{
                    .actor = who(),
                    .device = {},
                    .client_id = client_id(),
                    .target = target(),
                    .content = std::string{choices_.text()}
                };
            case 1:
                return core::DeleteMessage{.actor = who(), .device = {}, .target = target()};
            case 2:
                return core::HideMessage{.user = who(), .seq = message_place()};
            default:
                return core::React{
                    .actor = who(),
                    .device = {},
                    .client_id = choices_.flag() ? client_id() : std::string{},
                    .target = target(),
                    .emoji = choices_.flag() ? "x" : "y",
                    .removed = choices_.flag()
                };
        }
    }

    core::Command about_members() {
        switch (choices_.below(6)) {
            case 0:
                return core::AddMember{
                    .actor = who(), .device = {}, .user = who(), .members_max = kUsers - 1
                };
            case 1:
                return core::RemoveMember{.actor = who(), .device = {}, .user = who()};
            case 2:
                return core::SetRole{
                    .actor = who(),
                    .device = {},
                    .user = who(),
                    .role = static_cast<core::Role>(1 + choices_.below(3))
                };
            case 3:
                return core::DeleteGroup{.actor = who(), .device = {}};
            case 4:
                return core::ForgetUser{.user = who()};
            default:
                return create();
        }
    }

    core::Command about_settings() {
        switch (choices_.below(4)) {
            case 0: {
                core::UpdateGroup update{.actor = who(), .device = {}, .what = {}};
                update.what.name = choices_.flag() ? "n" : "m";
                update.what.members_can_add = choices_.flag();
                return update;
            }
            case 1: {
                core::UpdateConversation update{.actor = who(), .device = {}, .what = {}};
                update.what.ttl_seconds = static_cast<std::uint32_t>(choices_.below(100));
                update.what.pinned = std::vector<parley::MessageId>{target().message};
                return update;
            }
            case 2: {
                core::ChangeSettings settings{.user = who()};
                settings.pinned = choices_.flag();
                settings.draft = std::string{choices_.text()};
                return settings;
            }
            default: {
                const Seq through{choices_.below(state().head.value + 1)};
                const parley::Ordinal ordinal =
                    through == Seq{} ? parley::Ordinal{} : events_[through.value - 1]->ordinal;
                return core::Expire{.through = through, .ordinal = ordinal};
            }
        }
    }

    core::Command next() {
        switch (choices_.below(8)) {
            case 0:
            case 1:
                return about_members();
            case 2:
            case 3:
                return about_message();
            case 4:
                return about_settings();
            case 5: {
                const Seq seq = place();
                core::MoveCursor move{.user = who(), .delivered = seq, .read = place()};
                if (move.read <= state().head) {
                    move.read_ordinal = events_[move.read.value - 1]->ordinal;
                }
                return move;
            }
            default: {
                core::SendMessage send;
                send.sender = who();
                send.client_id = client_id();
                send.content = choices_.flag() ? "same" : std::string{choices_.text()};
                return send;
            }
        }
    }

    void run(core::Command command) {
        ++at_.offset;
        now_.ticks += static_cast<std::int64_t>(choices_.byte()) - 128;
        const core::Record record{
            .conversation = kNumber,
            .time = now_,
            .rules = core::kRulesNow,
            .command = std::move(command)
        };
        parley::ports::encode_record(record, log_.emplace_back());
        const core::Decision decision = conversation_.plan(record);
        if (const auto admitted = conversation_.admit(record.command)) {
            PARLEY_ASSERT(decision.event == nullptr);
            PARLEY_ASSERT(admitted->index() == decision.outcome.index());
        }
        const core::ConversationState before = state();
        conversation_.commit(record, decision, at_);
        check_events(decision);
        check_members(before, record.command);
        check_state();
    }

    void check_events(const core::Decision& decision) {
        for (const core::EventPtr& event : {decision.event, decision.follow_up}) {
            if (event == nullptr) {
                continue;
            }
            PARLEY_ASSERT(event->seq.value == events_.size() + 1);
            PARLEY_ASSERT(events_.empty() || event->time > events_.back()->time);
            PARLEY_ASSERT(events_.empty() || event->ordinal >= events_.back()->ordinal);
            events_.push_back(event);
        }
        PARLEY_ASSERT(state().head.value == events_.size());
    }

    /// The store is told of those that a command names, and of no others.
    void check_members(const core::ConversationState& before, const core::Command& command) const {
        if (std::holds_alternative<core::DeleteGroup>(command) || before.members.empty()) {
            return;
        }
        std::vector<UserId> named = core::users_changed_by(command);
        if (const core::Member* next = core::successor_after(before, command)) {
            named.push_back(next->user);
        }
        for (std::size_t i = 0; i < before.members.size(); ++i) {
            const core::Member& member = before.members[i];
            const bool told = std::ranges::count(named, member.user) != 0;
            PARLEY_ASSERT(told || member == state().members[i]);
            // What could be read can be read, and what could not be read while they were out stays so.
            const core::Member& now = state().members[i];
            PARLEY_ASSERT(
                now.user.is_nil() || !member.can_read(before.head) || now.can_read(before.head)
            );
        }
    }

    void check_state() const {
        const auto owns = [](const core::Member& m) {
            return m.active() && m.role == core::Role::owner;
        };
        const auto& members = state().members;
        PARLEY_ASSERT(state().active == std::ranges::count_if(members, &core::Member::active));
        PARLEY_ASSERT(state().active == 0 || std::ranges::any_of(members, owns));
        PARLEY_ASSERT(!state().info->deleted || state().active == 0);
        for (const core::Member& member : members) {
            PARLEY_ASSERT(member.cursor.read <= member.cursor.delivered);
            PARLEY_ASSERT(member.cursor.delivered <= state().head);
            PARLEY_ASSERT(state().unread(member) <= state().ordinal.value);
            PARLEY_ASSERT(member.active() || member.role == core::Role::member);
            PARLEY_ASSERT(member.active() || !member.can_read(state().head.next()));
            PARLEY_ASSERT(!member.active() || member.can_read(state().head));
        }
    }

    Choices& choices_;
    core::Conversation conversation_{kNumber};
    std::vector<core::EventPtr> events_;
    std::vector<std::string> log_;
    parley::Timestamp now_ = parley::Timestamp::from_millis(1'750'000'000'000);
    LogPosition at_{.epoch = 1, .offset = 0};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Choices choices{data, size};
    Story{choices}.tell();
    return 0;
}
