// Generated from api/asyncapi.yaml by scripts/generate.js: do not edit.
export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A mark of the client's own, repeated by the answer; at most 128 bytes */
        Ref: string | number;
        Auth: {
            /** @constant */
            type: "auth";
            ref?: components["schemas"]["Ref"];
            /** @description An access token */
            token: string;
        };
        SendMessage: {
            /** @constant */
            type: "send_message";
            ref?: components["schemas"]["Ref"];
            /** @description Without it the server takes one, and the send is not idempotent */
            client_id?: components["schemas"]["ClientId"];
            /** @description Where to; it wins over receiver_id */
            conversation_id?: components["schemas"]["TimeUuid"];
            /** @description To whom; opens the direct conversation if need be */
            receiver_id?: components["schemas"]["Uuid"];
            content: components["schemas"]["Content"];
            /** @default text */
            message_type?: components["schemas"]["MessageType"];
            reply_to?: components["schemas"]["TimeUuid"];
            mentions?: components["schemas"]["Uuid"][];
        };
        /** @description Covers every event up to that place; a client acknowledges only what it has without a gap */
        Receipt: {
            /** @constant */
            type: "ack";
            ref?: components["schemas"]["Ref"];
            message_id?: components["schemas"]["TimeUuid"];
            conversation_id?: components["schemas"]["TimeUuid"];
            seq?: components["schemas"]["Seq"];
            status: components["schemas"]["ReceiptStatus"];
        };
        /** @description Newest first with before_seq and by default, oldest first with after_seq; not both */
        History: {
            /** @constant */
            type: "history";
            ref?: components["schemas"]["Ref"];
            conversation_id: components["schemas"]["TimeUuid"];
            after_seq?: components["schemas"]["SeqOrNone"];
            before_seq?: components["schemas"]["Seq"];
            /**
             * @description More than 200 is cut to 200
             * @default 200
             */
            limit?: number;
        };
        Sync: {
            /** @constant */
            type: "sync";
            ref?: components["schemas"]["Ref"];
            /** @description The newest `seq` that the client has, by conversation */
            cursors?: {
                [key: string]: components["schemas"]["SeqOrNone"];
            };
            /** @description The token of the last sync_complete */
            since?: string;
            /**
             * @description Another sync frame with further cursors follows
             * @default false
             */
            more?: boolean;
        };
        /** @description One's own message gets another content */
        EditMessage: {
            /** @constant */
            type: "edit_message";
            ref?: components["schemas"]["Ref"];
            client_id?: components["schemas"]["ClientId"];
            message_id: components["schemas"]["TimeUuid"];
            content: components["schemas"]["Content"];
        };
        /** @description One's own message; in a group admins delete those of others, too */
        DeleteMessage: {
            /** @constant */
            type: "delete_message";
            ref?: components["schemas"]["Ref"];
            message_id: components["schemas"]["TimeUuid"];
            /**
             * @default everyone
             * @enum {string}
             */
            for?: "everyone" | "me";
        };
        React: {
            /** @constant */
            type: "react";
            ref?: components["schemas"]["Ref"];
            client_id?: components["schemas"]["ClientId"];
            message_id: components["schemas"]["TimeUuid"];
            emoji: components["schemas"]["Emoji"];
            /** @default false */
            removed?: boolean;
        };
        /** @description For oneself; without `until` or with one that has passed it is muted no more */
        Mute: {
            /** @constant */
            type: "mute";
            ref?: components["schemas"]["Ref"];
            conversation_id: components["schemas"]["TimeUuid"];
            /** Format: date-time */
            until?: string;
        };
        /**
         * @description Nothing answers it. One types in one conversation at a time; it is passed on at most every 2.5 s, and ends
         *     6 s after it was said last, with its session, or with `active` false.
         */
        Typing: {
            /** @constant */
            type: "typing";
            ref?: components["schemas"]["Ref"];
            conversation_id: components["schemas"]["TimeUuid"];
            /** @default true */
            active?: boolean;
        };
        /** @description Nothing answers it; of several sessions of a user the one that is most there counts */
        Presence: {
            /** @constant */
            type: "presence";
            ref?: components["schemas"]["Ref"];
            /** @enum {string} */
            status: "online" | "away";
        };
        /**
         * @description The whole list each time, none to watch nobody. Each of them that the user may see is answered by a
         *     `presence`, which repeats `ref`; those with whom they share neither a conversation nor a contact, and where
         *     one blocks the other, are not answered and not watched. Who may not be seen any more looks offline, and
         *     that is the last that is heard of them.
         */
        WatchPresence: {
            /** @constant */
            type: "watch_presence";
            ref?: components["schemas"]["Ref"];
            user_ids: components["schemas"]["Uuid"][];
        };
        Heartbeat: {
            /** @constant */
            type: "heartbeat";
            ref?: components["schemas"]["Ref"];
        };
        AuthSuccess: {
            /** @constant */
            type: "auth_success";
            ref?: components["schemas"]["Ref"];
            user_id: components["schemas"]["Uuid"];
            session_id: components["schemas"]["Uuid"];
            device_id: components["schemas"]["Uuid"];
            /** @description Seconds */
            heartbeat_interval: number;
            server_time: components["schemas"]["Timestamp"];
            /** @description When it differs from the last one seen, the client drops its cache and positions */
            epoch: number;
        };
        AuthError: {
            /** @constant */
            type: "auth_error";
            ref?: components["schemas"]["Ref"];
            /** @enum {string} */
            code: "unauthorized" | "token_expired" | "rate_limited" | "unavailable";
            detail?: string;
        };
        /** @description The answer to a send, an edit or a reaction with a `client_id` */
        SendAck: {
            /** @constant */
            type: "ack";
            ref?: components["schemas"]["Ref"];
            client_id: components["schemas"]["ClientId"];
            message_id: components["schemas"]["TimeUuid"];
            conversation_id: components["schemas"]["TimeUuid"];
            seq: components["schemas"]["Seq"];
            /** @constant */
            status: "sent";
            timestamp: components["schemas"]["Timestamp"];
        };
        /**
         * @description The answer to an edit, a deletion, a reaction or a mute. The event that it made has a `seq`, and counts as
         *     received; where there was nothing to do, or it is the caller's own affair, there is none. With a `client_id`
         *     and an event it is a SendAck.
         */
        CommandAck: {
            /** @constant */
            type: "ack";
            ref?: components["schemas"]["Ref"];
            client_id?: components["schemas"]["ClientId"];
            /** @description That of the new event */
            message_id?: components["schemas"]["TimeUuid"];
            conversation_id: components["schemas"]["TimeUuid"];
            seq?: components["schemas"]["Seq"];
            /** @constant */
            status: "sent";
            timestamp?: components["schemas"]["Timestamp"];
        };
        /** @description Someone types; it ends by itself after 6 s without another */
        TypingNotice: {
            /** @constant */
            type: "typing";
            conversation_id: components["schemas"]["TimeUuid"];
            user_id: components["schemas"]["Uuid"];
            active: boolean;
        };
        /**
         * @description How someone looks. Offline is 5 s after their last session's end; who hides looks offline, never seen.
         *     `last_seen` of one who is online is now.
         */
        PresenceNotice: {
            /** @constant */
            type: "presence";
            ref?: components["schemas"]["Ref"];
            user_id: components["schemas"]["Uuid"];
            /** @enum {string} */
            status: "online" | "away" | "offline";
            last_seen: null | components["schemas"]["Timestamp"];
        };
        /** @description A receipt; it has a `user_id` */
        ReceiptAck: {
            /** @constant */
            type: "ack";
            conversation_id: components["schemas"]["TimeUuid"];
            /** @description That of the event at `seq` */
            message_id: components["schemas"]["TimeUuid"];
            seq: components["schemas"]["Seq"];
            /** @description Who received or read */
            user_id: components["schemas"]["Uuid"];
            status: components["schemas"]["ReceiptStatus"];
            timestamp: components["schemas"]["Timestamp"];
        };
        /**
         * @description A piece of a conversation's log: the answer to `history` in the order asked for, or a part of a sync,
         *     oldest first
         */
        Events: {
            /** @constant */
            type: "events";
            ref?: components["schemas"]["Ref"];
            conversation_id: components["schemas"]["TimeUuid"];
            events: components["schemas"]["Event"][];
            /**
             * @description In history: there are further ones in the direction read. In sync: there are some between the
             *     client's cursor and the first of these.
             */
            has_more: boolean;
        };
        /** @description The Conversation of openapi.yaml, whose `type` is `conversation_type` here */
        ConversationChanged: {
            /** @constant */
            type: "conversation";
            ref?: components["schemas"]["Ref"];
            conversation_id: components["schemas"]["TimeUuid"];
            /** @enum {string} */
            conversation_type: "direct" | "group";
            /** @description Of a direct one: the other member's display name */
            title: string;
            /**
             * @description Both of a direct one; one's notes have one member. Those who are in a group now; absent when it has
             *     more than 100, empty when the caller has left.
             */
            members?: components["schemas"]["ConversationMember"][];
            /** @description How many are in it now; 0 when the caller has left */
            member_count: number;
            /** @description Of a group */
            description?: components["schemas"]["GroupDescription"];
            /** @description Of a group */
            avatar_media_id?: components["schemas"]["UuidOrGone"];
            /** @description Of a group */
            created_by?: components["schemas"]["UuidOrGone"];
            /** @description Of a group */
            members_can_add?: boolean;
            /** @description Of a group */
            history?: components["schemas"]["GroupHistory"];
            /** @description The caller's, in a group */
            role?: components["schemas"]["Role"];
            /** @description Of a group: the caller is in it no more, and sees it as it was then */
            left?: boolean;
            ttl_seconds: components["schemas"]["TtlSeconds"];
            pinned_message_ids: components["schemas"]["TimeUuid"][];
            /** @description The newest event's */
            last_seq: components["schemas"]["SeqOrNone"];
            last_event: null | components["schemas"]["Event"];
            /** @description The caller's cursor */
            read_seq: components["schemas"]["SeqOrNone"];
            /** @description The caller's cursor */
            delivered_seq: components["schemas"]["SeqOrNone"];
            /** @description Messages past read_seq */
            unread: number;
            muted: boolean;
            muted_until: null | components["schemas"]["Timestamp"];
            /** @description The caller's own */
            pinned: boolean;
            /** @description The caller's own */
            archived: boolean;
            /** @description The caller's own */
            draft: string | null;
            /** @description Places that the caller has deleted for themselves */
            deleted_for_me?: components["schemas"]["Seq"][];
            /** @description Of a direct one: the caller has blocked the other */
            blocked?: boolean;
            created_at: components["schemas"]["Timestamp"];
        };
        SyncComplete: {
            /** @constant */
            type: "sync_complete";
            ref?: components["schemas"]["Ref"];
            /** @description For `since` of the next sync */
            token: string;
        };
        HeartbeatAck: {
            /** @constant */
            type: "heartbeat_ack";
            ref?: components["schemas"]["Ref"];
            server_time: components["schemas"]["Timestamp"];
        };
        Error: {
            /** @constant */
            type: "error";
            ref?: components["schemas"]["Ref"];
            /** @description That of the request, as it came */
            client_id?: string;
            code: components["schemas"]["ErrorCode"] | "unknown_type";
            /** @description One sentence for a person */
            detail: string;
            /** @description With `rate_limited` and `unavailable`: in how many seconds to try again */
            retry_after?: number;
        };
        Reconnect: {
            /** @constant */
            type: "reconnect";
            /** @description How long to wait, spread over all clients */
            delay_ms: number;
        };
        /** Format: uuid */
        Uuid: string;
        /**
         * Format: uuid
         * @description A UUID of version 1
         */
        TimeUuid: string;
        /** Format: date-time */
        Timestamp: string;
        /** @description An event's place in its conversation, 1, 2, 3 … without gap or repeat */
        Seq: number;
        /** @description A place, or 0 for before the first */
        SeqOrNone: number;
        /** @description The sender's own id for one send */
        ClientId: string;
        /** @enum {string} */
        MessageType: "text" | "image" | "video" | "audio" | "file";
        /** @description At most 16 KiB as UTF-8, more is `too_large`; not empty in a `text` */
        Content: string;
        /** @enum {string} */
        ErrorCode: "invalid_request" | "unauthorized" | "token_expired" | "forbidden" | "not_found" | "conflict" | "too_large" | "rate_limited" | "blocked" | "unavailable" | "internal";
        /** @enum {string} */
        ReceiptStatus: "delivered" | "read";
        ConversationMember: {
            user_id: components["schemas"]["UuidOrGone"];
            /** @description Empty when the account is gone */
            username: string;
            display_name: string;
            /** @description In groups */
            role?: components["schemas"]["Role"];
            /** @description In groups */
            joined_at?: components["schemas"]["Timestamp"];
            /** @description Where everyone sees everyone's: up to 100 members, nobody blocked */
            delivered_seq?: components["schemas"]["SeqOrNone"];
            /** @description Likewise */
            read_seq?: components["schemas"]["SeqOrNone"];
        };
        /** @description Null where there is none, and for an account that is gone */
        UuidOrGone: null | components["schemas"]["Uuid"];
        /** @enum {string} */
        Role: "owner" | "admin" | "member";
        /** @description What people react with; it need not be an emoji, but has no spaces */
        Emoji: string;
        GroupName: string;
        GroupDescription: string;
        /** @description How long messages from then on are there; 0, they stay */
        TtlSeconds: 0 | number;
        /**
         * @description From where new members read, the beginning or the event that added them
         * @enum {string}
         */
        GroupHistory: "all" | "joined";
        /** @description A message has another content */
        MessageEdited: {
            /** @constant */
            type: "message_edited";
            message_id: components["schemas"]["TimeUuid"];
            conversation_id: components["schemas"]["TimeUuid"];
            seq: components["schemas"]["Seq"];
            sender_id: components["schemas"]["UuidOrGone"];
            sender_device_id: components["schemas"]["UuidOrGone"];
            timestamp: components["schemas"]["Timestamp"];
            /** @description For the sender's own devices only */
            client_id?: components["schemas"]["ClientId"];
            /** @description The message */
            target_id: components["schemas"]["TimeUuid"];
            content: components["schemas"]["Content"];
        };
        /** @description A message is gone, for everyone */
        MessageDeleted: {
            /** @constant */
            type: "message_deleted";
            message_id: components["schemas"]["TimeUuid"];
            conversation_id: components["schemas"]["TimeUuid"];
            seq: components["schemas"]["Seq"];
            sender_id: components["schemas"]["UuidOrGone"];
            sender_device_id: components["schemas"]["UuidOrGone"];
            timestamp: components["schemas"]["Timestamp"];
            /** @description The message */
            target_id: components["schemas"]["TimeUuid"];
        };
        /** @description The first event of a group */
        GroupCreated: {
            /** @constant */
            type: "group_created";
            message_id: components["schemas"]["TimeUuid"];
            conversation_id: components["schemas"]["TimeUuid"];
            seq: components["schemas"]["Seq"];
            sender_id: components["schemas"]["UuidOrGone"];
            sender_device_id: components["schemas"]["UuidOrGone"];
            timestamp: components["schemas"]["Timestamp"];
            /** @description For the sender's own devices only */
            client_id?: components["schemas"]["ClientId"];
            name: components["schemas"]["GroupName"];
            members: components["schemas"]["UuidOrGone"][];
        };
        /** @description Someone is in the group from here on */
        MemberAdded: {
            /** @constant */
            type: "member_added";
            message_id: components["schemas"]["TimeUuid"];
            conversation_id: components["schemas"]["TimeUuid"];
            seq: components["schemas"]["Seq"];
            sender_id: components["schemas"]["UuidOrGone"];
            sender_device_id: components["schemas"]["UuidOrGone"];
            timestamp: components["schemas"]["Timestamp"];
            user_id: components["schemas"]["UuidOrGone"];
            role: components["schemas"]["Role"];
        };
        /** @description Someone was removed, or has left, then the sender is the user */
        MemberRemoved: {
            /** @constant */
            type: "member_removed";
            message_id: components["schemas"]["TimeUuid"];
            conversation_id: components["schemas"]["TimeUuid"];
            seq: components["schemas"]["Seq"];
            sender_id: components["schemas"]["UuidOrGone"];
            sender_device_id: components["schemas"]["UuidOrGone"];
            timestamp: components["schemas"]["Timestamp"];
            user_id: components["schemas"]["UuidOrGone"];
        };
        /** @description Someone may do other things from here on */
        MemberRole: {
            /** @constant */
            type: "member_role";
            message_id: components["schemas"]["TimeUuid"];
            conversation_id: components["schemas"]["TimeUuid"];
            seq: components["schemas"]["Seq"];
            sender_id: components["schemas"]["UuidOrGone"];
            sender_device_id: components["schemas"]["UuidOrGone"];
            timestamp: components["schemas"]["Timestamp"];
            user_id: components["schemas"]["UuidOrGone"];
            role: components["schemas"]["Role"];
        };
        /** @description What is there has changed to this */
        GroupUpdated: {
            /** @constant */
            type: "group_updated";
            message_id: components["schemas"]["TimeUuid"];
            conversation_id: components["schemas"]["TimeUuid"];
            seq: components["schemas"]["Seq"];
            sender_id: components["schemas"]["UuidOrGone"];
            sender_device_id: components["schemas"]["UuidOrGone"];
            timestamp: components["schemas"]["Timestamp"];
            name?: components["schemas"]["GroupName"];
            description?: components["schemas"]["GroupDescription"];
            avatar_media_id?: components["schemas"]["UuidOrGone"];
            members_can_add?: boolean;
        };
        /** @description Everyone has left by it */
        GroupDeleted: {
            /** @constant */
            type: "group_deleted";
            message_id: components["schemas"]["TimeUuid"];
            conversation_id: components["schemas"]["TimeUuid"];
            seq: components["schemas"]["Seq"];
            sender_id: components["schemas"]["UuidOrGone"];
            sender_device_id: components["schemas"]["UuidOrGone"];
            timestamp: components["schemas"]["Timestamp"];
        };
        /** @description A reaction was added or taken back */
        Reaction: {
            /** @constant */
            type: "reaction";
            message_id: components["schemas"]["TimeUuid"];
            conversation_id: components["schemas"]["TimeUuid"];
            seq: components["schemas"]["Seq"];
            sender_id: components["schemas"]["UuidOrGone"];
            sender_device_id: components["schemas"]["UuidOrGone"];
            timestamp: components["schemas"]["Timestamp"];
            /** @description For the sender's own devices only */
            client_id?: components["schemas"]["ClientId"];
            /** @description The message */
            target_id: components["schemas"]["TimeUuid"];
            emoji: components["schemas"]["Emoji"];
            /** @constant */
            removed?: true;
        };
        /** @description What is there has changed to this, for everyone */
        ConversationUpdated: {
            /** @constant */
            type: "conversation_updated";
            message_id: components["schemas"]["TimeUuid"];
            conversation_id: components["schemas"]["TimeUuid"];
            seq: components["schemas"]["Seq"];
            sender_id: components["schemas"]["UuidOrGone"];
            sender_device_id: components["schemas"]["UuidOrGone"];
            timestamp: components["schemas"]["Timestamp"];
            ttl_seconds?: components["schemas"]["TtlSeconds"];
            pinned_message_ids?: components["schemas"]["TimeUuid"][];
        };
        ReactionCount: {
            emoji: components["schemas"]["Emoji"];
            /** @description Of a message with more than 100 reactions not all: the caller if they are among them, and at least one. */
            user_ids: components["schemas"]["UuidOrGone"][];
            /** @description How many there are; only where `user_ids` has not all */
            count?: number;
        };
        /** @description A message, as it is now */
        NewMessage: {
            /** @constant */
            type: "new_message";
            message_id: components["schemas"]["TimeUuid"];
            conversation_id: components["schemas"]["TimeUuid"];
            seq: components["schemas"]["Seq"];
            sender_id: components["schemas"]["UuidOrGone"];
            content?: components["schemas"]["Content"];
            message_type: components["schemas"]["MessageType"];
            sender_device_id: components["schemas"]["UuidOrGone"];
            /** @description For the sender's own devices only */
            client_id?: components["schemas"]["ClientId"];
            timestamp: components["schemas"]["Timestamp"];
            /** @description The message that this one answers */
            reply_to?: components["schemas"]["TimeUuid"];
            mentions?: components["schemas"]["Uuid"][];
            /** @description It is void so long after its timestamp */
            ttl_seconds?: number;
            edited_at?: components["schemas"]["Timestamp"];
            /** @constant */
            deleted?: true;
            reactions?: components["schemas"]["ReactionCount"][];
        } & (unknown | unknown);
        /**
         * @description The place of something that the reader may not see, or that has expired; also of what is done to a
         *     message from before the reader's time in the group, and of an edit whose message has been deleted.
         */
        Void: {
            /** @constant */
            type: "void";
            conversation_id: components["schemas"]["TimeUuid"];
            seq: components["schemas"]["Seq"];
        };
        /** @description One entry of a conversation's log. Clients count an unknown `type` as `void`. */
        Event: components["schemas"]["NewMessage"] | components["schemas"]["MessageEdited"] | components["schemas"]["MessageDeleted"] | components["schemas"]["GroupCreated"] | components["schemas"]["MemberAdded"] | components["schemas"]["MemberRemoved"] | components["schemas"]["MemberRole"] | components["schemas"]["GroupUpdated"] | components["schemas"]["GroupDeleted"] | components["schemas"]["Reaction"] | components["schemas"]["ConversationUpdated"] | components["schemas"]["Void"];
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type Ref = components['schemas']['Ref'];
export type Auth = components['schemas']['Auth'];
export type SendMessage = components['schemas']['SendMessage'];
export type Receipt = components['schemas']['Receipt'];
export type History = components['schemas']['History'];
export type Sync = components['schemas']['Sync'];
export type EditMessage = components['schemas']['EditMessage'];
export type DeleteMessage = components['schemas']['DeleteMessage'];
export type React = components['schemas']['React'];
export type Mute = components['schemas']['Mute'];
export type Typing = components['schemas']['Typing'];
export type Presence = components['schemas']['Presence'];
export type WatchPresence = components['schemas']['WatchPresence'];
export type Heartbeat = components['schemas']['Heartbeat'];
export type AuthSuccess = components['schemas']['AuthSuccess'];
export type AuthError = components['schemas']['AuthError'];
export type SendAck = components['schemas']['SendAck'];
export type CommandAck = components['schemas']['CommandAck'];
export type TypingNotice = components['schemas']['TypingNotice'];
export type PresenceNotice = components['schemas']['PresenceNotice'];
export type ReceiptAck = components['schemas']['ReceiptAck'];
export type Events = components['schemas']['Events'];
export type ConversationChanged = components['schemas']['ConversationChanged'];
export type SyncComplete = components['schemas']['SyncComplete'];
export type HeartbeatAck = components['schemas']['HeartbeatAck'];
export type Error = components['schemas']['Error'];
export type Reconnect = components['schemas']['Reconnect'];
export type Uuid = components['schemas']['Uuid'];
export type TimeUuid = components['schemas']['TimeUuid'];
export type Timestamp = components['schemas']['Timestamp'];
export type Seq = components['schemas']['Seq'];
export type SeqOrNone = components['schemas']['SeqOrNone'];
export type ClientId = components['schemas']['ClientId'];
export type MessageType = components['schemas']['MessageType'];
export type Content = components['schemas']['Content'];
export type ErrorCode = components['schemas']['ErrorCode'];
export type ReceiptStatus = components['schemas']['ReceiptStatus'];
export type ConversationMember = components['schemas']['ConversationMember'];
export type UuidOrGone = components['schemas']['UuidOrGone'];
export type Role = components['schemas']['Role'];
export type Emoji = components['schemas']['Emoji'];
export type GroupName = components['schemas']['GroupName'];
export type GroupDescription = components['schemas']['GroupDescription'];
export type TtlSeconds = components['schemas']['TtlSeconds'];
export type GroupHistory = components['schemas']['GroupHistory'];
export type MessageEdited = components['schemas']['MessageEdited'];
export type MessageDeleted = components['schemas']['MessageDeleted'];
export type GroupCreated = components['schemas']['GroupCreated'];
export type MemberAdded = components['schemas']['MemberAdded'];
export type MemberRemoved = components['schemas']['MemberRemoved'];
export type MemberRole = components['schemas']['MemberRole'];
export type GroupUpdated = components['schemas']['GroupUpdated'];
export type GroupDeleted = components['schemas']['GroupDeleted'];
export type Reaction = components['schemas']['Reaction'];
export type ConversationUpdated = components['schemas']['ConversationUpdated'];
export type ReactionCount = components['schemas']['ReactionCount'];
export type NewMessage = components['schemas']['NewMessage'];
export type Void = components['schemas']['Void'];
export type Event = components['schemas']['Event'];
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
