// Generated from api/openapi.yaml by scripts/generate.js: do not edit.
export interface paths {
    "/api/auth/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make an account and log in
         * @description A username that is taken is `conflict`. An e-mail or phone by which another account logs in makes no
         *     difference to any answer: the new account shows it to its owner, and the login stays the other's.
         */
        post: operations["registerUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in with a username, e-mail or phone
         * @description An unknown login and a wrong password are the same `unauthorized`. With `device_id` a device of the
         *     caller's logs in again, and its earlier refresh tokens end; one that is not, or has been logged out, is
         *     left alone, and the answer has a new `device_id`. A user has at most 256 devices: one more logs out the
         *     one whose refresh token has been unused for longest.
         */
        post: operations["logIn"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A new pair of tokens; the old refresh token dies
         * @description The token stands in the body, or in the cookie of a page of the server itself (`Origin` must be the
         *     server's own); without one it is `invalid_request`. Shown again within 10 s while its successor has not been used, it answers the same
         *     successor: the first answer may have been lost. If the server has restarted since, there are no 10 s:
         *     until its successor is used, it answers the same. Otherwise a used token that is shown again ends the
         *     device: its tokens die and its sessions close with 4003. An address may refresh 50 times a second, and
         *     1,000 times at once (`rate_limited`).
         */
        post: operations["refreshTokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End this device's tokens and sessions */
        post: operations["logOut"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's devices, newest first */
        get: operations["listDevices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/devices/{device_id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                device_id: components["schemas"]["Uuid"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Log one of the caller's devices out
         * @description Its sessions close with 4003 within 2 s. A device of somebody else is `not_found`.
         */
        delete: operations["deleteDevice"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A user's id, or `me` */
                user_id: components["schemas"]["Uuid"] | "me";
            };
            cookie?: never;
        };
        /**
         * A profile
         * @description `email`, `phone` and `hide_presence` are there for their owner only. `status` and `last_seen` are for those
         *     who share a conversation or a contact with the user, where neither blocks the other and the user does not
         *     hide: to everyone else they look offline, never seen.
         */
        get: operations["getUser"];
        /**
         * Change one's own profile
         * @description What is absent stays as it is. Another user's is `forbidden`.
         */
        put: operations["changeUser"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Find users by the beginning of their username or display name
         * @description Without regard to case: first those found by username, in its order, then those by display name. At most
         *     1,000 over all pages.
         */
        get: operations["findUsers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{user_id}/contacts": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A user's id, or `me` */
                user_id: components["parameters"]["UserId"];
            };
            cookie?: never;
        };
        /** One's own contacts, by `user_id` */
        get: operations["listContacts"];
        put?: never;
        /**
         * Add a contact, perhaps blocked at once
         * @description Who is a contact already stays one, with what is given changed. A contact sees one's presence, and one
         *     theirs; a block ends both, and from its place in the direct conversation on their messages are void here.
         */
        post: operations["addContact"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{user_id}/contacts/{contact_user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A user's id, or `me` */
                user_id: components["parameters"]["UserId"];
                contact_user_id: components["schemas"]["Uuid"];
            };
            cookie?: never;
        };
        get?: never;
        /** Change a contact's nickname, block them, or end that */
        put: operations["changeContact"];
        post?: never;
        /**
         * Remove a contact
         * @description A block outlives it, and is seen in the conversation; whoever adds the contact again can end it.
         */
        delete: operations["removeContact"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's conversations, newest activity first */
        get: operations["listConversations"];
        put?: never;
        /**
         * Open the direct conversation with a user
         * @description There is one for two users. With oneself it is one's notes.
         */
        post: operations["openConversation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/conversations/{conversation_id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conversation_id: components["parameters"]["ConversationId"];
            };
            cookie?: never;
        };
        /**
         * One conversation, as the caller sees it
         * @description A conversation that the caller is not in is `not_found`, like one that never was.
         */
        get: operations["getConversation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change what the caller alone has set, or what is for everyone
         * @description `ttl_seconds` and `pinned_message_ids` are for everyone, and for admins alone in groups; the rest is the
         *     caller's own. What is absent stays; `muted_until` and `draft` are cleared by null.
         */
        patch: operations["updateConversation"];
        trace?: never;
    };
    "/api/conversations/{conversation_id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conversation_id: components["parameters"]["ConversationId"];
            };
            cookie?: never;
        };
        /**
         * Its events, a page at a time
         * @description Newest first with `before_seq` and by default, oldest first with `after_seq`; not both. `next` is the
         *     value that the same parameter takes for the page behind this one.
         */
        get: operations["listConversationMessages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a message
         * @description Answered when the message is durable. The same `client_id` again, by the same user in the same
         *     conversation, answers what the first send answered, with 200, until that user has made 128 later sends
         *     there; with another payload it is `conflict`. Without `client_id` the send is not idempotent.
         */
        post: operations["sendMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/messages/{message_id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                message_id: components["parameters"]["MessageId"];
            };
            cookie?: never;
        };
        /**
         * One event, as it now is
         * @description An event of a conversation that the caller is not in is `not_found`, like one that never was.
         */
        get: operations["getMessage"];
        put?: never;
        post?: never;
        /**
         * Delete a message
         * @description For everyone, one's own and as an admin of a group anyone's; or for oneself alone.
         */
        delete: operations["deleteMessage"];
        options?: never;
        head?: never;
        /** Give one's own message another content */
        patch: operations["editMessage"];
        trace?: never;
    };
    "/api/messages/{message_id}/reactions/{emoji}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                message_id: components["parameters"]["MessageId"];
                emoji: components["schemas"]["Emoji"];
            };
            cookie?: never;
        };
        get?: never;
        /** React to a message */
        put: operations["addReaction"];
        post?: never;
        /** Take a reaction back */
        delete: operations["removeReaction"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/messages/{message_id}/status": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                message_id: components["parameters"]["MessageId"];
            };
            cookie?: never;
        };
        /** How far a message has come */
        get: operations["getMessageStatus"];
        /**
         * Move the caller's cursor up to this event
         * @description It covers every earlier event too. `read` implies `delivered`. A cursor never goes back: marking an
         *     earlier event changes nothing.
         */
        put: operations["setMessageStatus"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The groups that the caller is in, newest activity first */
        get: operations["listGroups"];
        put?: never;
        /**
         * Make a group
         * @description The caller owns it. The same `client_id` again, by the same user, is the same group; with another
         *     payload it is `conflict`. `member_ids` may have repeats, and the caller. By default a group has at most 500
         *     members, more is `too_large`.
         */
        post: operations["createGroup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/groups/{group_id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group_id: components["parameters"]["GroupId"];
            };
            cookie?: never;
        };
        /**
         * One group, as the caller sees it
         * @description Who has left sees it as it was then, without its members.
         */
        get: operations["getGroup"];
        /**
         * Change the group, as an admin
         * @description What is absent stays.
         */
        put: operations["updateGroup"];
        post?: never;
        /**
         * End the group, as its owner
         * @description Everyone leaves it, and keeps what they could read.
         */
        delete: operations["deleteGroup"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/groups/{group_id}/members": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group_id: components["parameters"]["GroupId"];
            };
            cookie?: never;
        };
        /** Who is in it now, in the order in which they first came */
        get: operations["listMembers"];
        put?: never;
        /**
         * Add members
         * @description As an admin, or as anyone where the group has `members_can_add`. Each is an event of its own; who is in it
         *     already stays as they are. The first who cannot be added ends the call.
         */
        post: operations["addMembers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/groups/{group_id}/members/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group_id: components["parameters"]["GroupId"];
                user_id: components["schemas"]["Uuid"];
            };
            cookie?: never;
        };
        get?: never;
        /**
         * Give a member a role, as an owner
         * @description A group has an owner always, so the last one is `conflict`.
         */
        put: operations["setRole"];
        post?: never;
        /**
         * Remove a member, or leave
         * @description Oneself, or as an admin a member, or as an owner anyone. When the last owner leaves, the admin who has
         *     been there longest is the owner, else the member who has.
         */
        delete: operations["removeMember"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/groups/{group_id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group_id: components["parameters"]["GroupId"];
            };
            cookie?: never;
        };
        /** Its events, as those of any conversation */
        get: operations["listGroupMessages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ws": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The WebSocket; its frames are in /asyncapi.json
         * @description RFC 6455, with permessage-deflate (RFC 7692, no context takeover) when the client offers it. The
         *     subprotocol `parley.v1` is echoed when asked for, and not required. A token in `Authorization` makes
         *     the `auth` frame unnecessary. An `Origin` that is not the server's own is refused unless configured.
         */
        get: operations["openWebSocket"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A page that says that the server runs, and how to try it */
        get: operations["getStartPage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The public keys that access tokens are signed with (RFC 7517) */
        get: operations["getJwks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process is alive */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The server can serve, with the state of each back end */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Prometheus text */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["getOpenApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/asyncapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The frames of the WebSocket */
        get: operations["getAsyncApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** Format: uuid */
        Uuid: string;
        /**
         * Format: uuid
         * @description A UUID of version 1
         */
        TimeUuid: string;
        /** Format: date-time */
        Timestamp: string;
        /** @description Where a page ends; opaque, in the form of a UUID */
        Cursor: string;
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
        Problem: {
            /** Format: uri-reference */
            type: string;
            title: string;
            status: number;
            /** @description One sentence for a person */
            detail: string;
            code: components["schemas"]["ErrorCode"];
            /** @description That of the request, as it came */
            client_id?: string;
        };
        Registration: {
            /** @description Unique without regard to case */
            username: string;
            /** @description None that is guessed first */
            password: string;
            email?: string | null;
            /**
             * @description The country first, 7 to 15 digits
             * @example +49 30 123456
             */
            phone?: string | null;
            /** @description Without it the username */
            display_name?: string | null;
            device?: null | components["schemas"]["DeviceInfo"];
            /**
             * @description The refresh token goes into a cookie, not into the body
             * @default false
             */
            cookie?: boolean | null;
        };
        Login: {
            /** @description A username, e-mail or phone */
            login: string;
            password: string;
            device?: null | components["schemas"]["DeviceInfo"];
            /** @description The device that logs in again */
            device_id?: null | components["schemas"]["Uuid"];
            /**
             * @description The refresh token goes into a cookie, not into the body
             * @default false
             */
            cookie?: boolean | null;
        };
        Refresh: {
            refresh_token?: string | null;
        };
        DeviceInfo: {
            name?: string | null;
            platform?: string | null;
        };
        Grant: {
            user: components["schemas"]["User"];
            device_id: components["schemas"]["Uuid"];
            access_token: string;
            /** @description Seconds that the access token lasts */
            expires_in: number;
            /** @description Absent when it is in the cookie */
            refresh_token?: string;
        };
        User: {
            user_id: components["schemas"]["Uuid"];
            username: string;
            display_name: string;
            about: string;
            avatar_media_id: null | components["schemas"]["Uuid"];
            /** @enum {string} */
            status: "online" | "away" | "offline";
            last_seen: null | components["schemas"]["Timestamp"];
            created_at: components["schemas"]["Timestamp"];
            /** @description For its owner only */
            email?: string | null;
            /** @description For its owner only */
            phone?: string | null;
            /** @description For its owner only */
            hide_presence?: boolean;
        };
        UserList: {
            items: components["schemas"]["User"][];
            next: string | null;
        };
        ProfileChange: {
            /** @description No control characters */
            display_name?: string | null;
            /** @description Of control characters, line ends and tabs only */
            about?: string | null;
            avatar_media_id?: null | components["schemas"]["Uuid"];
            /** @description Looks offline to all others, never seen; sees the others as before */
            hide_presence?: boolean | null;
        };
        /** @description No control characters; null or empty is none */
        Nickname: string | null;
        Contact: {
            contact_id: components["schemas"]["Uuid"];
            user_id: components["schemas"]["Uuid"];
            nickname: components["schemas"]["Nickname"];
            blocked: boolean;
            created_at: components["schemas"]["Timestamp"];
        };
        ContactList: {
            items: components["schemas"]["Contact"][];
            next: null | components["schemas"]["Uuid"];
        };
        NewContact: {
            user_id: components["schemas"]["Uuid"];
            nickname?: components["schemas"]["Nickname"];
            blocked?: boolean | null;
        };
        ContactChange: {
            nickname?: components["schemas"]["Nickname"];
            blocked?: boolean | null;
        };
        Device: {
            device_id: components["schemas"]["Uuid"];
            name: string;
            platform: string;
            created_at: components["schemas"]["Timestamp"];
            /** @description Of its refresh token */
            last_used_at: components["schemas"]["Timestamp"];
            /** @description This one asks */
            current: boolean;
        };
        DeviceList: {
            items: components["schemas"]["Device"][];
            next: null;
        };
        Jwks: {
            keys: {
                /** @constant */
                kty: "EC";
                /** @constant */
                crv: "P-256";
                x: string;
                y: string;
                kid: string;
                /** @constant */
                alg: "ES256";
                /** @constant */
                use: "sig";
            }[];
        };
        OpenConversation: {
            user_id: components["schemas"]["Uuid"];
        };
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
        /** @description A conversation as one member sees it */
        Conversation: {
            conversation_id: components["schemas"]["TimeUuid"];
            /** @enum {string} */
            type: "direct" | "group";
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
        ConversationList: {
            items: components["schemas"]["Conversation"][];
            /** @description Value of `cursor` for the next page */
            next: null | components["schemas"]["Cursor"];
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
            user_ids: components["schemas"]["UuidOrGone"][];
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
        /** @description The place of something that the reader may not see, or that has expired */
        Void: {
            /** @constant */
            type: "void";
            conversation_id: components["schemas"]["TimeUuid"];
            seq: components["schemas"]["Seq"];
        };
        /** @description One entry of a conversation's log. Clients count an unknown `type` as `void`. */
        Event: components["schemas"]["NewMessage"] | components["schemas"]["MessageEdited"] | components["schemas"]["MessageDeleted"] | components["schemas"]["GroupCreated"] | components["schemas"]["MemberAdded"] | components["schemas"]["MemberRemoved"] | components["schemas"]["MemberRole"] | components["schemas"]["GroupUpdated"] | components["schemas"]["GroupDeleted"] | components["schemas"]["Reaction"] | components["schemas"]["ConversationUpdated"] | components["schemas"]["Void"];
        EventList: {
            items: components["schemas"]["Event"][];
            /** @description Value of `before_seq` or `after_seq` for the next page */
            next: null | components["schemas"]["Seq"];
        };
        NewMessageRequest: {
            /** @description Where to; it wins over receiver_id */
            conversation_id?: null | components["schemas"]["TimeUuid"];
            /** @description To whom; opens the direct conversation if need be */
            receiver_id?: null | components["schemas"]["Uuid"];
            client_id?: null | components["schemas"]["ClientId"];
            content: components["schemas"]["Content"];
            /** @default text */
            message_type?: null | components["schemas"]["MessageType"];
            reply_to?: null | components["schemas"]["TimeUuid"];
            mentions?: components["schemas"]["Uuid"][] | null;
        };
        Sent: {
            message_id: components["schemas"]["TimeUuid"];
            conversation_id: components["schemas"]["TimeUuid"];
            seq: components["schemas"]["Seq"];
            timestamp: components["schemas"]["Timestamp"];
            /** @constant */
            status: "sent";
        };
        SetMessageStatus: {
            status: components["schemas"]["ReceiptStatus"];
        };
        /** @enum {string} */
        ReceiptStatus: "delivered" | "read";
        MessageStatus: {
            /** @enum {string} */
            status: "sent" | "delivered" | "read";
            /** @description How many were to get it */
            sent_to: number;
            /** @description How many of them have it */
            delivered_to: number;
            read_by: number;
            /** @description Everyone but the sender; empty where there are more than 100 members */
            recipients: {
                user_id: components["schemas"]["Uuid"];
                /** @enum {string} */
                status: "sent" | "delivered" | "read";
                /** @description When, as far as it is known */
                timestamp: null | components["schemas"]["Timestamp"];
            }[];
        };
        ConversationPatch: {
            muted_until?: null | string;
            pinned?: boolean | null;
            archived?: boolean | null;
            /** @description At most 16 KiB as UTF-8, more is `too_large` */
            draft?: string | null;
            /** @description Of a direct conversation; what the other one does from here on is void for the caller, and they are not told */
            blocked?: boolean | null;
            ttl_seconds?: null | 0 | number;
            pinned_message_ids?: components["schemas"]["TimeUuid"][] | null;
        };
        MessageChange: {
            /** @description At most 16 KiB as UTF-8, more is `too_large` */
            content: string;
            client_id?: null | components["schemas"]["ClientId"];
        };
        NewGroup: {
            name: components["schemas"]["GroupName"];
            description?: string | null;
            avatar_media_id?: null | components["schemas"]["Uuid"];
            member_ids?: components["schemas"]["Uuid"][] | null;
            client_id?: null | components["schemas"]["ClientId"];
            /** @description From where new members read; without it, from the event that adds them */
            history?: null | components["schemas"]["GroupHistory"];
            /** @default false */
            members_can_add?: boolean | null;
        };
        GroupChanges: {
            name?: string | null;
            description?: string | null;
            avatar_media_id?: null | components["schemas"]["Uuid"];
            members_can_add?: boolean | null;
        };
        NewMembers: {
            user_ids: components["schemas"]["Uuid"][];
        };
        RoleChange: {
            role: components["schemas"]["Role"];
        };
        /** @description A group as one member sees it */
        Group: {
            /** @description Its conversation_id, too */
            group_id: components["schemas"]["TimeUuid"];
            name: components["schemas"]["GroupName"];
            description: components["schemas"]["GroupDescription"];
            avatar_media_id: components["schemas"]["UuidOrGone"];
            created_by: components["schemas"]["UuidOrGone"];
            members_can_add: boolean;
            history: components["schemas"]["GroupHistory"];
            /** @description Absent when there are more than 100; they are listed by page */
            members?: components["schemas"]["ConversationMember"][];
            member_count: number;
            created_at: components["schemas"]["Timestamp"];
        };
        GroupList: {
            items: components["schemas"]["Group"][];
            next: null;
        };
        MemberList: {
            items: components["schemas"]["ConversationMember"][];
            /** @description Value of `cursor` for the next page */
            next: null | components["schemas"]["Seq"];
        };
        Health: {
            /** @constant */
            status: "ok";
        };
        Readiness: {
            /** @enum {string} */
            status: "ready" | "starting" | "stopping" | "unavailable";
            /** @description Each back end by name, and `ok` or what is wrong with it */
            checks: {
                [key: string]: string;
            };
        };
    };
    responses: {
        /** @description `invalid_request` */
        InvalidRequest: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `unauthorized`, or `token_expired` when only the token's time is over */
        Unauthorized: {
            headers: {
                "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `forbidden` or `blocked` */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `not_found`: there is none, or none that the caller may see */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The path has other methods */
        MethodNotAllowed: {
            headers: {
                Allow: components["headers"]["Allow"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `conflict` */
        Conflict: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `too_large` */
        TooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `rate_limited` */
        RateLimited: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `unavailable`: outcome unknown, try again */
        Unavailable: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Any other error */
        Problem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        /** @description How many at most; more than 200 is cut to 200 */
        Limit: number;
        /** @description A user's id, or `me` */
        UserId: components["schemas"]["Uuid"] | "me";
        ConversationId: components["schemas"]["Uuid"];
        GroupId: components["schemas"]["Uuid"];
        MessageId: components["schemas"]["Uuid"];
    };
    requestBodies: never;
    headers: {
        /** @description Seconds to wait before trying again */
        RetryAfter: string;
        /** @description The methods that the path has */
        Allow: string;
        /** @description Where the new thing is */
        Location: string;
        /** @description RFC 6750 */
        WwwAuthenticate: string;
        /**
         * @description Only when the refresh token travels in a cookie: asked for by `cookie: true`, renewed by refresh,
         *     cleared by logout. Over TLS its name begins with `__Host-` and it is `Secure`.
         */
        RefreshCookie: string & (unknown & unknown & unknown);
    };
    pathItems: never;
}
export type Uuid = components['schemas']['Uuid'];
export type TimeUuid = components['schemas']['TimeUuid'];
export type Timestamp = components['schemas']['Timestamp'];
export type Cursor = components['schemas']['Cursor'];
export type Seq = components['schemas']['Seq'];
export type SeqOrNone = components['schemas']['SeqOrNone'];
export type ClientId = components['schemas']['ClientId'];
export type MessageType = components['schemas']['MessageType'];
export type Content = components['schemas']['Content'];
export type ErrorCode = components['schemas']['ErrorCode'];
export type Problem = components['schemas']['Problem'];
export type Registration = components['schemas']['Registration'];
export type Login = components['schemas']['Login'];
export type Refresh = components['schemas']['Refresh'];
export type DeviceInfo = components['schemas']['DeviceInfo'];
export type Grant = components['schemas']['Grant'];
export type User = components['schemas']['User'];
export type UserList = components['schemas']['UserList'];
export type ProfileChange = components['schemas']['ProfileChange'];
export type Nickname = components['schemas']['Nickname'];
export type Contact = components['schemas']['Contact'];
export type ContactList = components['schemas']['ContactList'];
export type NewContact = components['schemas']['NewContact'];
export type ContactChange = components['schemas']['ContactChange'];
export type Device = components['schemas']['Device'];
export type DeviceList = components['schemas']['DeviceList'];
export type Jwks = components['schemas']['Jwks'];
export type OpenConversation = components['schemas']['OpenConversation'];
export type ConversationMember = components['schemas']['ConversationMember'];
export type Conversation = components['schemas']['Conversation'];
export type ConversationList = components['schemas']['ConversationList'];
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
export type EventList = components['schemas']['EventList'];
export type NewMessageRequest = components['schemas']['NewMessageRequest'];
export type Sent = components['schemas']['Sent'];
export type SetMessageStatus = components['schemas']['SetMessageStatus'];
export type ReceiptStatus = components['schemas']['ReceiptStatus'];
export type MessageStatus = components['schemas']['MessageStatus'];
export type ConversationPatch = components['schemas']['ConversationPatch'];
export type MessageChange = components['schemas']['MessageChange'];
export type NewGroup = components['schemas']['NewGroup'];
export type GroupChanges = components['schemas']['GroupChanges'];
export type NewMembers = components['schemas']['NewMembers'];
export type RoleChange = components['schemas']['RoleChange'];
export type Group = components['schemas']['Group'];
export type GroupList = components['schemas']['GroupList'];
export type MemberList = components['schemas']['MemberList'];
export type Health = components['schemas']['Health'];
export type Readiness = components['schemas']['Readiness'];
export type ResponseInvalidRequest = components['responses']['InvalidRequest'];
export type ResponseUnauthorized = components['responses']['Unauthorized'];
export type ResponseForbidden = components['responses']['Forbidden'];
export type ResponseNotFound = components['responses']['NotFound'];
export type ResponseMethodNotAllowed = components['responses']['MethodNotAllowed'];
export type ResponseConflict = components['responses']['Conflict'];
export type ResponseTooLarge = components['responses']['TooLarge'];
export type ResponseRateLimited = components['responses']['RateLimited'];
export type ResponseUnavailable = components['responses']['Unavailable'];
export type ResponseProblem = components['responses']['Problem'];
export type ParameterLimit = components['parameters']['Limit'];
export type ParameterUserId = components['parameters']['UserId'];
export type ParameterConversationId = components['parameters']['ConversationId'];
export type ParameterGroupId = components['parameters']['GroupId'];
export type ParameterMessageId = components['parameters']['MessageId'];
export type HeaderRetryAfter = components['headers']['RetryAfter'];
export type HeaderAllow = components['headers']['Allow'];
export type HeaderLocation = components['headers']['Location'];
export type HeaderWwwAuthenticate = components['headers']['WwwAuthenticate'];
export type HeaderRefreshCookie = components['headers']['RefreshCookie'];
export type $defs = Record<string, never>;
export interface operations {
    registerUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Registration"];
            };
        };
        responses: {
            /** @description The account is there, and this device is logged in */
            201: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Set-Cookie": components["headers"]["RefreshCookie"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Grant"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    logIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Login"];
            };
        };
        responses: {
            /** @description Logged in */
            200: {
                headers: {
                    "Set-Cookie": components["headers"]["RefreshCookie"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Grant"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    refreshTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Refresh"];
            };
        };
        responses: {
            /** @description A new pair */
            200: {
                headers: {
                    "Set-Cookie": components["headers"]["RefreshCookie"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Grant"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    logOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Logged out */
            204: {
                headers: {
                    "Set-Cookie": components["headers"]["RefreshCookie"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    listDevices: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceList"];
                };
            };
            401: components["responses"]["Unauthorized"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    deleteDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                device_id: components["schemas"]["Uuid"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its tokens and sessions have ended */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    getUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A user's id, or `me` */
                user_id: components["schemas"]["Uuid"] | "me";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The profile */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    changeUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A user's id, or `me` */
                user_id: components["schemas"]["Uuid"] | "me";
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProfileChange"];
            };
        };
        responses: {
            /** @description The profile as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    findUsers: {
        parameters: {
            query: {
                query: string;
                /** @description How many at most; more than 200 is cut to 200 */
                limit?: components["parameters"]["Limit"];
                /** @description `next` of the page before */
                cursor?: components["schemas"]["SeqOrNone"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    listContacts: {
        parameters: {
            query?: {
                /** @description How many at most; more than 200 is cut to 200 */
                limit?: components["parameters"]["Limit"];
                /** @description `next` of the page before */
                cursor?: components["schemas"]["Uuid"];
            };
            header?: never;
            path: {
                /** @description A user's id, or `me` */
                user_id: components["parameters"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContactList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    addContact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A user's id, or `me` */
                user_id: components["parameters"]["UserId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewContact"];
            };
        };
        responses: {
            /** @description They were a contact already */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contact"];
                };
            };
            /** @description Added */
            201: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contact"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    changeContact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A user's id, or `me` */
                user_id: components["parameters"]["UserId"];
                contact_user_id: components["schemas"]["Uuid"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ContactChange"];
            };
        };
        responses: {
            /** @description The contact as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contact"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    removeContact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A user's id, or `me` */
                user_id: components["parameters"]["UserId"];
                contact_user_id: components["schemas"]["Uuid"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    listConversations: {
        parameters: {
            query?: {
                /** @description How many at most; more than 200 is cut to 200 */
                limit?: components["parameters"]["Limit"];
                /** @description `next` of the page before */
                cursor?: components["schemas"]["Cursor"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    openConversation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OpenConversation"];
            };
        };
        responses: {
            /** @description It was there already */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            /** @description It is new */
            201: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    getConversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conversation_id: components["parameters"]["ConversationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The conversation */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    updateConversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conversation_id: components["parameters"]["ConversationId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConversationPatch"];
            };
        };
        responses: {
            /** @description The conversation as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    listConversationMessages: {
        parameters: {
            query?: {
                /** @description Only events with a smaller `seq` */
                before_seq?: components["schemas"]["SeqOrNone"];
                /** @description Only events with a larger `seq` */
                after_seq?: components["schemas"]["SeqOrNone"];
                /** @description How many at most; more than 200 is cut to 200 */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path: {
                conversation_id: components["parameters"]["ConversationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    sendMessage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMessageRequest"];
            };
        };
        responses: {
            /** @description It was sent before; the same answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sent"];
                };
            };
            /** @description Sent */
            201: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sent"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    getMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                message_id: components["parameters"]["MessageId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The event */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Event"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    deleteMessage: {
        parameters: {
            query?: {
                for?: "everyone" | "me";
            };
            header?: never;
            path: {
                message_id: components["parameters"]["MessageId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or it was gone already */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    editMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                message_id: components["parameters"]["MessageId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MessageChange"];
            };
        };
        responses: {
            /** @description The message as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Event"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    addReaction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                message_id: components["parameters"]["MessageId"];
                emoji: components["schemas"]["Emoji"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or it was there already */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    removeReaction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                message_id: components["parameters"]["MessageId"];
                emoji: components["schemas"]["Emoji"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or it was not there */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    getMessageStatus: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                message_id: components["parameters"]["MessageId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description `status` is what every recipient has reached */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageStatus"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    setMessageStatus: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                message_id: components["parameters"]["MessageId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetMessageStatus"];
            };
        };
        responses: {
            /** @description Done, or it was there already */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    listGroups: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GroupList"];
                };
            };
            401: components["responses"]["Unauthorized"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    createGroup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewGroup"];
            };
        };
        responses: {
            /** @description It was made before */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Group"];
                };
            };
            /** @description It is new */
            201: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Group"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    getGroup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group_id: components["parameters"]["GroupId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The group */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Group"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    updateGroup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group_id: components["parameters"]["GroupId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GroupChanges"];
            };
        };
        responses: {
            /** @description The group as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Group"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    deleteGroup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group_id: components["parameters"]["GroupId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or it was gone already */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    listMembers: {
        parameters: {
            query?: {
                /** @description How many at most; more than 200 is cut to 200 */
                limit?: components["parameters"]["Limit"];
                /** @description `next` of the page before */
                cursor?: components["schemas"]["SeqOrNone"];
            };
            header?: never;
            path: {
                group_id: components["parameters"]["GroupId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    addMembers: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group_id: components["parameters"]["GroupId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMembers"];
            };
        };
        responses: {
            /** @description The group as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Group"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    setRole: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group_id: components["parameters"]["GroupId"];
                user_id: components["schemas"]["Uuid"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoleChange"];
            };
        };
        responses: {
            /** @description Done, or it was so already */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    removeMember: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group_id: components["parameters"]["GroupId"];
                user_id: components["schemas"]["Uuid"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done, or they were out of it already */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    listGroupMessages: {
        parameters: {
            query?: {
                /** @description Only events with a smaller `seq` */
                before_seq?: components["schemas"]["SeqOrNone"];
                /** @description Only events with a larger `seq` */
                after_seq?: components["schemas"]["SeqOrNone"];
                /** @description How many at most; more than 200 is cut to 200 */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path: {
                group_id: components["parameters"]["GroupId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    openWebSocket: {
        parameters: {
            query?: never;
            header: {
                Upgrade: string;
                "Sec-WebSocket-Key": string;
                "Sec-WebSocket-Version": "13";
                "Sec-WebSocket-Protocol"?: string;
                "Sec-WebSocket-Extensions"?: string;
                Origin?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Frames from here on */
            101: {
                headers: {
                    "Sec-WebSocket-Accept": string;
                    "Sec-WebSocket-Protocol"?: "parley.v1";
                    "Sec-WebSocket-Extensions"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description Not a WebSocket request of version 13 */
            426: {
                headers: {
                    "Sec-WebSocket-Version"?: "13";
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    getStartPage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description For people */
            200: {
                headers: {
                    "Content-Security-Policy": string;
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getJwks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The keys that are valid now; the newest signs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Jwks"];
                    "application/jwk-set+json": components["schemas"]["Jwks"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It can */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description It cannot, now */
            503: {
                headers: {
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The exposition format 0.0.4 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getOpenApi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getAsyncApi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description AsyncAPI 3.0 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
}
