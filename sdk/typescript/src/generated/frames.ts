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
        /** @description The answer to a send; it has a `client_id` */
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
            /** @description Both of a direct one; one's notes have one member */
            members: components["schemas"]["ConversationMember"][];
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
            user_id: components["schemas"]["Uuid"];
            username: string;
            display_name: string;
        };
        /** @description A message */
        NewMessage: {
            /** @constant */
            type: "new_message";
            message_id: components["schemas"]["TimeUuid"];
            conversation_id: components["schemas"]["TimeUuid"];
            seq: components["schemas"]["Seq"];
            sender_id: components["schemas"]["Uuid"];
            content: components["schemas"]["Content"];
            message_type: components["schemas"]["MessageType"];
            sender_device_id: components["schemas"]["Uuid"];
            /** @description For the sender's own devices only */
            client_id?: components["schemas"]["ClientId"];
            timestamp: components["schemas"]["Timestamp"];
            /** @description The message that this one answers */
            reply_to?: components["schemas"]["TimeUuid"];
            mentions?: components["schemas"]["Uuid"][];
        };
        /** @description The place of something that the reader may not see, or that has expired */
        Void: {
            /** @constant */
            type: "void";
            conversation_id: components["schemas"]["TimeUuid"];
            seq: components["schemas"]["Seq"];
        };
        /** @description One entry of a conversation's log. Clients count an unknown `type` as `void`. */
        Event: components["schemas"]["NewMessage"] | components["schemas"]["Void"];
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
export type Heartbeat = components['schemas']['Heartbeat'];
export type AuthSuccess = components['schemas']['AuthSuccess'];
export type AuthError = components['schemas']['AuthError'];
export type SendAck = components['schemas']['SendAck'];
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
export type NewMessage = components['schemas']['NewMessage'];
export type Void = components['schemas']['Void'];
export type Event = components['schemas']['Event'];
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
