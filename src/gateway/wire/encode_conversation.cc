#include "base/json_writer.h"
#include "gateway/wire/wire.h"

namespace parley::wire {
namespace {

void put_uuid_or_null(JsonWriter& json, std::string_view name, const Uuid& uuid) {
    json.name(name);
    uuid.is_nil() ? json.null() : json.uuid(uuid);
}

const core::ConversationInfo& info_of(const ConversationFields& conversation) {
    static const core::ConversationInfo none;
    return conversation.info == nullptr ? none : *conversation.info;
}

const core::MemberExtra& extra_of(const ConversationFields& conversation) {
    static const core::MemberExtra none;
    return conversation.mine.extra == nullptr ? none : *conversation.mine.extra;
}

void put_members(JsonWriter& json, const ConversationFields& conversation) {
    if (!conversation.members) {
        return;
    }
    json.name("members").begin_array();
    for (const PersonFields& person : *conversation.members) {
        append_person(json, person, conversation.direct);
    }
    json.end_array();
}

void put_last_event(JsonWriter& json, const ConversationFields& conversation) {
    json.name("last_event");
    if (conversation.last_event == nullptr) {
        json.null();
        return;
    }
    std::string event;
    const bool own = conversation.last_event->sender == conversation.mine.user;
    append_event(event, conversation.number, *conversation.last_event, own);
    json.raw(event);
}

/// What the viewer alone has set.
void put_settings(JsonWriter& json, const ConversationFields& conversation) {
    const core::MemberExtra& extra = extra_of(conversation);
    const bool muted = extra.muted_until > conversation.now;
    json.field("muted", muted).name("muted_until");
    muted ? json.time(extra.muted_until) : json.null();
    json.field("pinned", extra.pinned).field("archived", extra.archived);
    json.name("draft");
    extra.draft.empty() ? json.null() : json.string(extra.draft);
    if (!extra.hidden.empty()) {
        json.name("deleted_for_me").begin_array();
        for (const Seq seq : extra.hidden) {
            json.number(seq.value);
        }
        json.end_array();
    }
    if (conversation.direct) {
        json.field("blocked", extra.blocks);
    }
}

void put_group(JsonWriter& json, const core::ConversationInfo& info) {
    json.field("description", info.description);
    put_uuid_or_null(json, "avatar_media_id", info.avatar.uuid);
    put_uuid_or_null(json, "created_by", info.created_by.uuid);
    json.field("members_can_add", info.members_can_add);
    json.field("history", info.history_for_all ? "all" : "joined");
}

}  // namespace

void append_person(JsonWriter& json, const PersonFields& person, bool direct) {
    json.begin_object();
    put_uuid_or_null(json, "user_id", person.user.uuid);
    json.field("username", person.username);
    json.field("display_name", person.display_name);
    if (!direct) {
        json.field("role", role_name(person.role)).field("joined_at", person.joined_at);
    }
    if (person.delivered_seq) {
        json.field("delivered_seq", person.delivered_seq->value);
    }
    if (person.read_seq) {
        json.field("read_seq", person.read_seq->value);
    }
    json.end_object();
}

void append_conversation(std::string& out, const ConversationFields& conversation, bool frame) {
    const core::ConversationInfo& info = info_of(conversation);
    JsonWriter json{out};
    json.begin_object();
    const std::string_view type = conversation.direct ? "direct" : "group";
    if (frame) {
        json.field("type", "conversation");
    }
    json.field("conversation_id", conversation_id(conversation.number).uuid);
    json.field(frame ? "conversation_type" : "type", type);
    json.field("title", conversation.title);
    put_members(json, conversation);
    json.field("member_count", conversation.member_count);
    if (!conversation.direct) {
        put_group(json, info);
        json.field("role", role_name(conversation.mine.role));
        json.field("left", !conversation.mine.active());
    }
    json.field("ttl_seconds", info.ttl_seconds);
    json.name("pinned_message_ids").begin_array();
    for (const MessageId& id : info.pinned) {
        json.uuid(id.uuid);
    }
    json.end_array();
    json.field("last_seq", conversation.last_seq.value);
    put_last_event(json, conversation);
    json.field("read_seq", conversation.mine.cursor.read.value);
    json.field("delivered_seq", conversation.mine.cursor.delivered.value);
    json.field("unread", conversation.unread);
    put_settings(json, conversation);
    json.field("created_at", creation_time(conversation.number));
    json.end_object();
}

void append_group(std::string& out, const ConversationFields& group) {
    const core::ConversationInfo& info = info_of(group);
    JsonWriter json{out};
    json.begin_object();
    json.field("group_id", conversation_id(group.number).uuid);
    json.field("name", info.name);
    put_group(json, info);
    put_members(json, group);
    json.field("member_count", group.member_count);
    json.field("created_at", creation_time(group.number));
    json.end_object();
}

}  // namespace parley::wire
