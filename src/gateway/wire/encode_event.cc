#include "base/json_writer.h"
#include "gateway/wire/wire.h"

namespace parley::wire {

std::string_view message_type_name(core::MessageType type) noexcept {
    switch (type) {
        case core::MessageType::text:
            return "text";
        case core::MessageType::image:
            return "image";
        case core::MessageType::video:
            return "video";
        case core::MessageType::audio:
            return "audio";
        case core::MessageType::file:
            return "file";
    }
    return "text";
}

namespace {

std::string_view name_of(core::EventType type) noexcept {
    switch (type) {
        case core::EventType::void_place:
            return "void";
        case core::EventType::message:
            return "new_message";
        case core::EventType::message_edited:
            return "message_edited";
        case core::EventType::message_deleted:
            return "message_deleted";
        case core::EventType::group_created:
            return "group_created";
        case core::EventType::member_added:
            return "member_added";
        case core::EventType::member_removed:
            return "member_removed";
        case core::EventType::member_role:
            return "member_role";
        case core::EventType::group_updated:
            return "group_updated";
        case core::EventType::group_deleted:
            return "group_deleted";
        case core::EventType::reaction:
            return "reaction";
        case core::EventType::conversation_updated:
            return "conversation_updated";
    }
    return "void";
}

/// An account that is gone is null.
void put_user(JsonWriter& json, std::string_view name, const UserId& user) {
    json.name(name);
    user.is_nil() ? json.null() : json.uuid(user.uuid);
}

void put_users(JsonWriter& json, std::string_view name, const std::vector<UserId>& users) {
    json.name(name).begin_array();
    for (const UserId& user : users) {
        user.is_nil() ? json.null() : json.uuid(user.uuid);
    }
    json.end_array();
}

void put(JsonWriter& json, const core::MessageEdited& change) {
    json.field("target_id", change.target.uuid).field("content", change.content);
}
void put(JsonWriter& json, const core::MessageDeleted& change) {
    json.field("target_id", change.target.uuid);
}
void put(JsonWriter& json, const core::GroupCreated& change) {
    json.field("name", change.name);
    put_users(json, "members", change.members);
}
void put(JsonWriter& json, const core::MemberAdded& change) {
    put_user(json, "user_id", change.user);
    json.field("role", role_name(change.role));
}
void put(JsonWriter& json, const core::MemberRemoved& change) {
    put_user(json, "user_id", change.user);
}
void put(JsonWriter& json, const core::RoleChanged& change) {
    put_user(json, "user_id", change.user);
    json.field("role", role_name(change.role));
}
void put(JsonWriter& json, const core::GroupUpdated& change) {
    if (change.name) {
        json.field("name", *change.name);
    }
    if (change.description) {
        json.field("description", *change.description);
    }
    if (change.avatar) {
        json.name("avatar_media_id");
        change.avatar->is_nil() ? json.null() : json.uuid(change.avatar->uuid);
    }
    if (change.members_can_add) {
        json.field("members_can_add", *change.members_can_add);
    }
}
void put(JsonWriter& /*json*/, const core::GroupDeleted& /*change*/) {}
void put(JsonWriter& json, const core::Reaction& change) {
    json.field("target_id", change.target.uuid).field("emoji", change.emoji);
    if (change.removed) {
        json.field("removed", true);
    }
}
void put(JsonWriter& json, const core::ConversationUpdated& change) {
    if (change.ttl_seconds) {
        json.field("ttl_seconds", *change.ttl_seconds);
    }
    if (change.pinned) {
        json.name("pinned_message_ids").begin_array();
        for (const MessageId& id : *change.pinned) {
            json.uuid(id.uuid);
        }
        json.end_array();
    }
}

void put_reactions(JsonWriter& json, const std::vector<core::ReactionCount>& reactions) {
    json.name("reactions").begin_array();
    for (const core::ReactionCount& reaction : reactions) {
        json.begin_object().field("emoji", reaction.emoji);
        put_users(json, "user_ids", reaction.users);
        json.end_object();
    }
    json.end_array();
}

void put_amendment(JsonWriter& json, const core::Amendment& amendment) {
    if (amendment.edited_at) {
        json.field("edited_at", *amendment.edited_at);
    }
    if (amendment.deleted) {
        json.field("deleted", true);
    }
    if (!amendment.reactions.empty()) {
        put_reactions(json, amendment.reactions);
    }
}

void put_message(JsonWriter& json, const core::Event& event) {
    if (!core::is_deleted(event)) {
        json.field("content", event.content);
    }
    json.field("message_type", message_type_name(event.message_type));
    if (!event.media.is_nil()) {
        json.field("media_id", event.media.uuid);
    }
    if (event.reply_to) {
        json.field("reply_to", event.reply_to->uuid);
    }
    if (!event.mentions.empty()) {
        put_users(json, "mentions", event.mentions);
    }
    if (event.ttl_seconds != 0) {
        json.field("ttl_seconds", event.ttl_seconds);
    }
    if (event.amendment != nullptr) {
        put_amendment(json, *event.amendment);
    }
}

}  // namespace

std::string_view role_name(core::Role role) noexcept {
    switch (role) {
        case core::Role::member:
            return "member";
        case core::Role::admin:
            return "admin";
        case core::Role::owner:
            return "owner";
    }
    return "member";
}

void append_event(
    std::string& out, ConversationNumber conversation, const core::Event& event, bool own
) {
    const bool message = event.type == core::EventType::message;
    JsonWriter json{out};
    json.begin_object();
    if (!message && event.change == nullptr) {
        // Void for this reader, or erased: only its place is left.
        json.field("type", "void");
        json.field("conversation_id", conversation_id(conversation).uuid);
        json.field("seq", event.seq.value).end_object();
        return;
    }
    json.field("type", name_of(event.type));
    json.field("message_id", message_id(conversation, event.time).uuid);
    json.field("conversation_id", conversation_id(conversation).uuid);
    json.field("seq", event.seq.value);
    put_user(json, "sender_id", event.sender);
    if (message) {
        put_message(json, event);
    } else {
        std::visit([&json](const auto& change) { put(json, change); }, *event.change);
    }
    json.name("sender_device_id");
    event.sender_device.is_nil() ? json.null() : json.uuid(event.sender_device.uuid);
    if (own && !event.client_id.empty()) {
        json.field("client_id", event.client_id);
    }
    json.field("timestamp", event.time);
    json.end_object();
}

void append_found(
    std::string& out,
    ConversationNumber conversation,
    const core::Event& event,
    std::span<const core::SnippetPart> snippet,
    bool own
) {
    append_event(out, conversation, event, own);
    out.pop_back();  // The object goes on.
    out.append(R"(,"highlight":)");
    JsonWriter json{out};
    json.begin_array();
    for (const core::SnippetPart& part : snippet) {
        json.begin_object().field("text", part.text).field("match", part.match).end_object();
    }
    json.end_array();
    out.push_back('}');
}

}  // namespace parley::wire
