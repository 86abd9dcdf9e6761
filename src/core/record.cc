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
