#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/binary.h"
#include "core/conversation.h"
#include "core/event.h"
#include "core/record.h"

/// The stored form of core's values, for the log and for every store: each type names its fields once,
/// and writing and reading both go through them (docs/formats.md has the alphabet). Ids are uuids, places
/// and counts varints, times i64, texts bytes, flags and enumerations u8; an optional is a flag before
/// its value, a list is a count before its items, and a variant its index before its value.

namespace parley::ports {

// --- which values an enumeration has ------------------------------------------------------------

[[nodiscard]] constexpr bool is_known(core::MessageType type) noexcept {
    return type >= core::MessageType::text && type <= core::MessageType::file;
}
[[nodiscard]] constexpr bool is_known(core::EventType type) noexcept {
    return type >= core::EventType::message && type <= core::EventType::conversation_updated;
}
[[nodiscard]] constexpr bool is_known(core::Role role) noexcept {
    return role >= core::Role::member && role <= core::Role::owner;
}

// --- writing and reading ---------------------------------------------------------------------------

/// Appends values to a string.
class FieldWriter {
public:
    explicit FieldWriter(std::string& out) noexcept : out_(out) {}

    template <class... T>
    void operator()(const T&... values) {
        (put(values), ...);
    }

private:
    template <class Tag>
    void put(const UuidId<Tag>& id) {
        binary::put_uuid(out_, id.uuid);
    }
    void put(const Seq& seq) { binary::put_varint(out_, seq.value); }
    void put(const Ordinal& ordinal) { binary::put_varint(out_, ordinal.value); }
    void put(const Timestamp& time) {
        binary::put_u64(out_, static_cast<std::uint64_t>(time.ticks));
    }
    void put(const std::string& text) { binary::put_bytes(out_, text); }
    void put(bool flag) { binary::put_u8(out_, flag ? 1 : 0); }
    void put(std::uint32_t number) { binary::put_varint(out_, number); }
    void put(std::uint64_t number) { binary::put_varint(out_, number); }
    template <class Enum>
        requires std::is_enum_v<Enum>
    void put(Enum value) {
        binary::put_u8(out_, static_cast<std::uint8_t>(value));
    }
    template <class T>
    void put(const std::optional<T>& value) {
        put(value.has_value());
        if (value) {
            put(*value);
        }
    }
    template <class T>
    void put(const std::vector<T>& values) {
        binary::put_varint(out_, values.size());
        for (const T& value : values) {
            put(value);
        }
    }
    template <class... T>
    void put(const std::variant<T...>& value) {
        binary::put_u8(out_, static_cast<std::uint8_t>(value.index()));
        std::visit([this](const auto& one) { this->put(one); }, value);
    }
    /// Null is a flag.
    template <class T>
    void put(const std::shared_ptr<const T>& value) {
        put(value != nullptr);
        if (value != nullptr) {
            put(*value);
        }
    }
    template <class T>
        requires std::is_class_v<T>
    void put(const T& value) {
        fields(*this, value);
    }

    std::string& out_;
};

/// Reads what FieldWriter wrote; a failure is the reader's.
class FieldReader {
public:
    /// `version`: of the format that is read, for fields that came later.
    explicit FieldReader(binary::Reader& in, std::uint8_t version) noexcept
        : in_(in), version_(version) {}

    [[nodiscard]] std::uint8_t version() const noexcept { return version_; }
    template <class... T>
    void operator()(T&... values) {
        (get(values), ...);
    }

private:
    template <class Tag>
    void get(UuidId<Tag>& id) {
        id.uuid = in_.uuid();
    }
    void get(Seq& seq) { seq.value = in_.varint(); }
    void get(Ordinal& ordinal) { ordinal.value = in_.varint(); }
    void get(Timestamp& time) { time.ticks = static_cast<std::int64_t>(in_.u64()); }
    void get(std::string& text) { text = in_.bytes(); }
    void get(bool& flag) {
        const std::uint8_t value = in_.u8();
        flag = value == 1;
        if (value > 1) {
            in_.fail();
        }
    }
    void get(std::uint32_t& number) {
        const std::uint64_t value = in_.varint();
        number = static_cast<std::uint32_t>(value);
        if (number != value) {
            in_.fail();
        }
    }
    void get(std::uint64_t& number) { number = in_.varint(); }
    template <class Enum>
        requires std::is_enum_v<Enum>
    void get(Enum& value) {
        const std::uint8_t number = in_.u8();
        if (!is_known(static_cast<Enum>(number))) {
            in_.fail();
            return;
        }
        value = static_cast<Enum>(number);
    }
    template <class T>
    void get(std::optional<T>& value) {
        bool there = false;
        get(there);
        if (there) {
            get(value.emplace());
        }
    }
    template <class T>
    void get(std::vector<T>& values) {
        const std::uint64_t count = in_.varint();
        // Every item has a byte at least: what promises more is damage.
        if (count > in_.left()) {
            in_.fail();
            return;
        }
        for (std::uint64_t i = 0; i < count && in_.ok(); ++i) {
            get(values.emplace_back());
        }
    }
    template <class... T>
    void get(std::variant<T...>& value) {
        const std::uint8_t index = in_.u8();
        if (index >= sizeof...(T)) {
            in_.fail();
            return;
        }
        get_alternative(value, index, std::index_sequence_for<T...>{});
    }
    template <class Variant, std::size_t... I>
    void get_alternative(Variant& value, std::uint8_t index, std::index_sequence<I...> /*all*/) {
        ((index == I ? get(value.template emplace<I>()) : void()), ...);
    }
    template <class T>
    void get(std::shared_ptr<const T>& value) {
        bool there = false;
        get(there);
        if (there) {
            auto made = std::make_shared<T>();
            get(*made);
            value = std::move(made);
        }
    }
    template <class T>
        requires std::is_class_v<T>
    void get(T& value) {
        fields(*this, value);
    }

    binary::Reader& in_;
    std::uint8_t version_;
};

// --- the fields ---------------------------------------------------------------------------------

/// `T`, constant when written and not when read.
template <class T, class Of>
concept Is = std::same_as<std::remove_const_t<T>, Of>;

template <class Archive, Is<core::MessageEdited> T>
void fields(Archive& archive, T& value) {
    archive(value.target, value.target_seq, value.content);
}
template <class Archive, Is<core::MessageDeleted> T>
void fields(Archive& archive, T& value) {
    archive(value.target, value.target_seq);
}
template <class Archive, Is<core::GroupCreated> T>
void fields(Archive& archive, T& value) {
    archive(value.name, value.members);
}
template <class Archive, Is<core::MemberAdded> T>
void fields(Archive& archive, T& value) {
    archive(value.user, value.role);
}
template <class Archive, Is<core::MemberRemoved> T>
void fields(Archive& archive, T& value) {
    archive(value.user);
}
template <class Archive, Is<core::RoleChanged> T>
void fields(Archive& archive, T& value) {
    archive(value.user, value.role);
}
template <class Archive, Is<core::GroupUpdated> T>
void fields(Archive& archive, T& value) {
    archive(value.name, value.description, value.avatar, value.members_can_add);
}
template <class Archive, Is<core::GroupDeleted> T>
void fields(Archive& /*archive*/, T& /*value*/) {}
template <class Archive, Is<core::Reaction> T>
void fields(Archive& archive, T& value) {
    archive(value.target, value.target_seq, value.emoji, value.removed);
}
template <class Archive, Is<core::ConversationUpdated> T>
void fields(Archive& archive, T& value) {
    archive(value.ttl_seconds, value.pinned);
}
template <class Archive, Is<core::ReactionCount> T>
void fields(Archive& archive, T& value) {
    archive(value.emoji, value.users);
}
template <class Archive, Is<core::Shadow> T>
void fields(Archive& archive, T& value) {
    archive(value.viewer, value.edited_at, value.content, value.reactions);
}
template <class Archive, Is<core::Amendment> T>
void fields(Archive& archive, T& value) {
    archive(
        value.edited_at, value.deleted, value.original, value.edits, value.reactions, value.shadows
    );
}

template <class Archive, Is<core::Cursor> T>
void fields(Archive& archive, T& value) {
    archive(value.delivered, value.read, value.read_ordinal);
}
template <class Archive, Is<core::MemberExtra::Stay> T>
void fields(Archive& archive, T& value) {
    archive(value.first, value.last);
}
template <class Archive, Is<core::MemberExtra> T>
void fields(Archive& archive, T& value) {
    archive(
        value.earlier,
        value.left_name,
        value.hidden,
        value.muted_until,
        value.pinned,
        value.archived,
        value.blocks,
        value.draft
    );
}
/// All but the ring.
template <class Archive, Is<core::Member> T>
void fields(Archive& archive, T& value) {
    archive(
        value.user,
        value.role,
        value.joined_at,
        value.first,
        value.last,
        value.changed_at,
        value.cursor,
        value.extra
    );
}
template <class Archive, Is<core::ConversationInfo> T>
void fields(Archive& archive, T& value) {
    archive(
        value.name,
        value.description,
        value.avatar,
        value.created_by,
        value.history_for_all,
        value.members_can_add,
        value.deleted,
        value.ttl_seconds,
        value.pinned,
        value.forgotten
    );
}

template <class Archive, Is<core::OpenDirect> T>
void fields(Archive& archive, T& value) {
    archive(value.first, value.second);
}
template <class Archive, Is<core::SendMessage> T>
void fields(Archive& archive, T& value) {
    archive(
        value.sender,
        value.sender_device,
        value.client_id,
        value.message_type,
        value.content,
        value.reply_to,
        value.mentions
    );
    if constexpr (std::is_const_v<T>) {
        archive(value.media);
    } else if (archive.version() > 1) {
        archive(value.media);
    }
}
template <class Archive, Is<core::MoveCursor> T>
void fields(Archive& archive, T& value) {
    archive(value.user, value.delivered, value.read, value.read_ordinal);
}
template <class Archive, Is<core::Target> T>
void fields(Archive& archive, T& value) {
    archive(value.message, value.seq, value.sender, value.hidden, value.expires);
}
template <class Archive, Is<core::EditMessage> T>
void fields(Archive& archive, T& value) {
    archive(value.actor, value.device, value.client_id, value.target, value.content);
}
template <class Archive, Is<core::DeleteMessage> T>
void fields(Archive& archive, T& value) {
    archive(value.actor, value.device, value.target);
}
template <class Archive, Is<core::HideMessage> T>
void fields(Archive& archive, T& value) {
    archive(value.user, value.seq);
}
template <class Archive, Is<core::React> T>
void fields(Archive& archive, T& value) {
    archive(value.actor, value.device, value.client_id, value.target, value.emoji, value.removed);
}
template <class Archive, Is<core::CreateGroup> T>
void fields(Archive& archive, T& value) {
    archive(
        value.creator,
        value.device,
        value.client_id,
        value.name,
        value.description,
        value.avatar,
        value.history_for_all,
        value.members_can_add,
        value.members
    );
}
template <class Archive, Is<core::AddMember> T>
void fields(Archive& archive, T& value) {
    archive(value.actor, value.device, value.user, value.members_max);
}
template <class Archive, Is<core::RemoveMember> T>
void fields(Archive& archive, T& value) {
    archive(value.actor, value.device, value.user);
}
template <class Archive, Is<core::SetRole> T>
void fields(Archive& archive, T& value) {
    archive(value.actor, value.device, value.user, value.role);
}
template <class Archive, Is<core::UpdateGroup> T>
void fields(Archive& archive, T& value) {
    archive(value.actor, value.device, value.what);
}
template <class Archive, Is<core::DeleteGroup> T>
void fields(Archive& archive, T& value) {
    archive(value.actor, value.device);
}
template <class Archive, Is<core::UpdateConversation> T>
void fields(Archive& archive, T& value) {
    archive(value.actor, value.device, value.what);
}
template <class Archive, Is<core::ChangeSettings> T>
void fields(Archive& archive, T& value) {
    archive(value.user, value.muted_until, value.pinned, value.archived, value.draft);
}
template <class Archive, Is<core::SetBlock> T>
void fields(Archive& archive, T& value) {
    archive(value.user, value.blocked);
}
template <class Archive, Is<core::ForgetUser> T>
void fields(Archive& archive, T& value) {
    archive(value.user);
}
template <class Archive, Is<core::GoneMessages> T>
void fields(Archive& archive, T& value) {
    archive(value.after, value.last, value.first_seq, value.last_seq);
}
template <class Archive, Is<core::Expire> T>
void fields(Archive& archive, T& value) {
    archive(value.through, value.ordinal, value.expiring, value.expires_at, value.gone);
}

}  // namespace parley::ports
