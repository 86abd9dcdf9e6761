#include "core/record.h"

#include "base/uuid.h"

namespace parley::core {
namespace {

Hash128 with(const Uuid& uuid, Hash128 so_far) {
    return hash128(to_string(uuid), so_far);
}

Hash128 with(char byte, Hash128 so_far) {
    return hash128({&byte, 1}, so_far);
}

}  // namespace

UserId actor_of(const Command& command) noexcept {
    return std::visit(
        [](const auto& one) -> UserId {
            if constexpr (requires { one.sender; }) {
                return one.sender;
            } else if constexpr (requires { one.actor; }) {
                return one.actor;
            } else if constexpr (requires { one.creator; }) {
                return one.creator;
            } else if constexpr (requires { one.user; }) {
                return one.user;
            } else {
                return {};
            }
        },
        command
    );
}

std::uint64_t payload_hash(const SendMessage& send) noexcept {
    Hash128 hash = hash128(send.content);
    hash = with(static_cast<char>(send.message_type), hash);
    if (!send.media.is_nil()) {
        hash = with('m', hash);
        hash = with(send.media.uuid, hash);
    }
    if (send.reply_to) {
        hash = with(send.reply_to->uuid, hash);
    }
    for (const UserId& user : send.mentions) {
        hash = with(user.uuid, hash);
    }
    return hash.low;
}

std::uint64_t payload_hash(const EditMessage& edit) noexcept {
    Hash128 hash = hash128("edit");
    hash = with(edit.target.message.uuid, hash);
    return hash128(edit.content, hash).low;
}

std::uint64_t payload_hash(const React& react) noexcept {
    Hash128 hash = hash128("react");
    hash = with(react.target.message.uuid, hash);
    hash = with(react.removed ? 'r' : 'a', hash);
    return hash128(react.emoji, hash).low;
}

std::uint64_t payload_hash(const CreateGroup& create) noexcept {
    Hash128 hash = hash128("group");
    hash = hash128(create.name, hash);
    hash = hash128(create.description, hash);
    hash = with(create.avatar.uuid, hash);
    hash = with(create.history_for_all ? 'a' : 'j', hash);
    hash = with(create.members_can_add ? 'm' : 'a', hash);
    for (const UserId& user : create.members) {
        hash = with(user.uuid, hash);
    }
    return hash.low;
}

}  // namespace parley::core
