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
         *     difference to any answer: the new account shows it to its owner, and the login stays the other's. A server
         *     may take registrations by invite alone, or none: `forbidden`. The first account of all is an operator.
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
         *     one whose refresh token has been unused for longest. The right password of a disabled account is `forbidden`.
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
         *
         *     A device that gave a `jwk` at registration or login has to show it with each refresh: `DPoP` is a proof as RFC
         *     9449 section 4.2 has it, a compact JWS of type `dpop+jwt` by ES256 with the key in its header, `htm` POST,
         *     `htu` the address of this call, `iat` within 120 s of the server's clock (which every answer's `Date` tells)
         *     and a `jti` that is new. Without it, or with one that is wrong or was shown before, the answer is
         *     `unauthorized` and nothing has happened: a stolen token alone is worth nothing, and cannot end the device either.
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
        /**
         * End one's own account
         * @description Needs the password: a wrong one is `forbidden`, and so is somebody else's id. When it answers, the account is
         *     gone: username, e-mail and phone are free, every device's tokens and sessions end, exports go. Messages stay,
         *     with `sender_id` null. The id disappears from every conversation within seconds, `group_created` and
         *     `member_added` included; a group that it leaves without an owner is handed on. What nobody is left to read is
         *     erased. It cannot be undone. The last operator of a server with other users has to make another one first:
         *     `conflict`.
         */
        delete: operations["deleteAccount"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/me/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Have all of one's own data made into a zip
         * @description It is made in the background; `url` says where to fetch it. One at a time: a wish within an hour after another,
         *     or while one is being made, is that one. A new one replaces an older one when it is ready. It can be fetched
         *     until `expires_at`. The zip has `profile.json`, `devices.json`, `contacts.json`, and for each conversation
         *     what the caller may read of it, as `messages.json` in the shapes of this document and as `messages.txt` for people.
         */
        post: operations["wishExport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/me/export/{export_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The export, when it is ready */
        get: operations["getExport"];
        put?: never;
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
         *     caller's own. What is absent stays; `muted_until` and `draft` are cleared by null. A refusal means that
         *     nothing of it has happened.
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
        /**
         * React to a message
         * @description With a `client_id`, the same request again is the same reaction, once it has made one, whatever has become of it
         *     meanwhile; without, it is one of its own, and does nothing where the caller's reaction is there already.
         */
        put: operations["addReaction"];
        post?: never;
        /**
         * Take a reaction back
         * @description A `client_id` is what it is for a reaction.
         */
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
    "/api/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Find messages by their words
         * @description Of the conversations that the caller may read, the messages that have all words of `q`, newest first, as
         *     they are now. Case and accents do not matter. `wor*` is what begins so, and so is the last word when it has
         *     two characters or more; `"two words"` are words that follow each other; anything that is no letter, digit or
         *     symbol only separates. Chinese, Japanese, Korean and Thai are found by any part of them. A message is found
         *     within a second of being sent.
         */
        get: operations["searchMessages"];
        put?: never;
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
         *     members, more is `too_large`. How many groups a user makes is limited (by default 20, and as many an hour):
         *     `rate_limited`.
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
         *     already stays as they are. Rights, room, and whether all exist are looked at before anyone is added. How many
         *     members a user adds is limited (by default 1,000, and as many an hour), those of new groups included:
         *     `rate_limited`.
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
        /**
         * A page that says that the server runs, and how to try it; and the shortest client's WebSocket
         * @description A WebSocket here speaks two shapes alone: `{to, msg}` says something to a `user_id` or username, answered by
         *     `{ack, to}` once it is durable, or `{error, detail, to}`; `{from, msg}` is what somebody else says, in any
         *     conversation of the user's (asyncapi.json, channel `short`). The handshake tells who one is: by the cookie of
         *     a login with `cookie: true`, from a page of the server itself; by `?token=`, an access token, which is taken
         *     in an address here alone; or by `Authorization`.
         */
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
    "/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** These documents, for people */
        get: operations["getDocs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs/page.css": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Of /docs */
        get: operations["getDocsStyle"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs/page.js": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Of /docs */
        get: operations["getDocsScript"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set a new password by the token that an operator has handed over
         * @description A token is good once, until it is over or the operator makes another. Any other token is `unauthorized`; a
         *     password that is refused leaves the token good. Then log in.
         */
        post: operations["resetPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tell the operators of a message or of a user
         * @description Of a message they get a copy as the caller sees it now, also when it is edited or deleted later. A message that
         *     the caller may not read is `not_found`. The same once more, while it is open, is the same report.
         */
        post: operations["createReport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All accounts, by username */
        get: operations["listAccounts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{account}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A user's id, or `@` and the username */
                account: components["parameters"]["Account"];
            };
            cookie?: never;
        };
        /** One account */
        get: operations["getAccount"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Disable or enable an account, or change its role
         * @description A disabled account's devices end at once: tokens are refused, and sessions close with 4003 within 2 s. Its
         *     messages stay. The last operator is kept (`conflict`), nobody disables themselves, and the server's own account
         *     cannot be changed (`forbidden`).
         */
        patch: operations["changeAccount"];
        trace?: never;
    };
    "/api/admin/users/{account}/reset": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A user's id, or `@` and the username */
                account: components["parameters"]["Account"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Void a password and end all devices
         * @description Hand the token to the user, who sets a new password with it (`/api/auth/reset`). It is told this once.
         */
        post: operations["beginPasswordReset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/invites": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Invites, newest first */
        get: operations["listInvites"];
        put?: never;
        /**
         * Let somebody register
         * @description `code` goes into `invite` of a registration. It is told this once; the server keeps its hash. With 1,000 invites
         *     standing another is `conflict`.
         */
        post: operations["createInvite"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/invites/{invite_id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                invite_id: components["schemas"]["Uuid"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Nobody registers by it any more */
        delete: operations["revokeInvite"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What users reported, newest first */
        get: operations["listReports"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/reports/{report_id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                report_id: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Close a report
         * @description One that is closed already stays as it is.
         */
        patch: operations["resolveReport"];
        trace?: never;
    };
    "/api/admin/statistics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Figures of the server */
        get: operations["getStatistics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/broadcasts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say something to everybody
         * @description Each user who is not disabled gets it as a message from the server's own account, in the direct conversation
         *     with it. It is sent behind the answer; the audit log says when it has ended, and how many it reached. One that
         *     was interrupted goes on when it is repeated with the same `client_id`, and reaches nobody twice. Only one runs
         *     at a time (`conflict`).
         */
        post: operations["broadcast"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What operators did, and what happened at the door, newest first
         * @description Nothing can change it. Of what anybody can cause, the newest 100,000 entries are kept.
         */
        get: operations["listAudit"];
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
        /** @description A date, or a time with or without milliseconds */
        DateOrTime: string;
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
            /** @description The code of an invite, where the server wants one */
            invite?: string | null;
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
            /**
             * @description A public key on P-256 (RFC 7517) that the device keeps the private part of: from then on its refresh
             *     token is renewed only with a proof by it (RFC 9449). A login on a known device without it ends that.
             */
            jwk?: ({
                /** @constant */
                kty: "EC";
                /** @constant */
                crv: "P-256";
                x: string;
                y: string;
            } & {
                [key: string]: unknown;
            }) | null;
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
            /** @description No control characters, and none that turn the direction of text */
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
        FoundList: {
            items: components["schemas"]["FoundMessage"][];
            /** @description Value of `before` for the next page */
            next: null | components["schemas"]["TimeUuid"];
            /** @description False while the index is being made, after it was lost; older messages may be missing then */
            complete: boolean;
        };
        /** @description A message, as its event shows it, and what of it was searched for */
        FoundMessage: {
            /** @constant */
            type: "new_message";
            message_id: components["schemas"]["TimeUuid"];
            conversation_id: components["schemas"]["TimeUuid"];
            seq: components["schemas"]["Seq"];
            sender_id: components["schemas"]["UuidOrGone"];
            content: components["schemas"]["Content"];
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
            /**
             * @description A piece of `content` around the first match, in parts: put together they are that piece, to be shown as
             *     text.
             */
            highlight: {
                text: string;
                /** @description This part was searched for */
                match: boolean;
            }[];
        };
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
            /**
             * @description Everyone but the sender; empty where there are more than 100 members. While one of the two of a direct
             *     conversation has blocked the other, it says `sent`, whatever has been read.
             */
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
        ReactionRequest: {
            client_id?: null | components["schemas"]["ClientId"];
        };
        GroupList: {
            items: components["schemas"]["Group"][];
            /** @description Value of `cursor` for the next page */
            next: null | components["schemas"]["Cursor"];
        };
        MemberList: {
            items: components["schemas"]["ConversationMember"][];
            /** @description Value of `cursor` for the next page */
            next: null | components["schemas"]["Seq"];
        };
        AccountDeletion: {
            password: string;
        };
        Export: {
            export_id: components["schemas"]["Uuid"];
            /** @enum {string} */
            status: "in_work" | "ready";
            /** @description Where to fetch it */
            url: string;
            created_at: components["schemas"]["Timestamp"];
            expires_at: components["schemas"]["Timestamp"];
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
        /** @description Grows from one to the next */
        Number: string;
        NewPassword: {
            reset_token: string;
            /** @description None that is guessed first */
            password: string;
        };
        NewReport: {
            message_id?: null | components["schemas"]["TimeUuid"];
            user_id?: null | components["schemas"]["Uuid"];
            reason: string;
        } & ({
            message_id: string;
            user_id?: null;
        } | {
            user_id: string;
            message_id?: null;
        });
        ReportMade: {
            report_id: components["schemas"]["Number"];
        };
        /** @description An account as operators see it */
        Account: {
            user_id: components["schemas"]["Uuid"];
            username: string;
            display_name: string;
            about: string;
            avatar_media_id: components["schemas"]["UuidOrGone"];
            /** @enum {string} */
            status: "online" | "away" | "offline";
            last_seen: null | components["schemas"]["Timestamp"];
            email: string | null;
            phone: string | null;
            /** @description Then `status` is offline and `last_seen` null for operators too */
            hide_presence: boolean;
            created_at: components["schemas"]["Timestamp"];
            /**
             * @description The first account of a server is its operator; the server speaks by one of its own
             * @enum {string}
             */
            role: "user" | "operator" | "server";
            disabled_at: null | components["schemas"]["Timestamp"];
        };
        AccountList: {
            items: components["schemas"]["Account"][];
            /** @description Value of `cursor` for the next page */
            next: string | null;
        };
        AccountChange: {
            disabled?: boolean | null;
            /** @enum {string|null} */
            role?: "user" | "operator" | null;
        };
        PasswordReset: {
            user_id: components["schemas"]["Uuid"];
            reset_token: string;
            expires_at: components["schemas"]["Timestamp"];
        };
        NewInvite: {
            /** @default 1 */
            uses?: number | null;
            /** @default 7 */
            days?: number | null;
            /** @description For whom it is */
            note?: string | null;
        };
        Invite: {
            invite_id: components["schemas"]["Uuid"];
            note: string;
            uses: number;
            uses_max: number;
            /** @description Null too for who sat at the machine */
            created_by: components["schemas"]["UuidOrGone"];
            created_at: components["schemas"]["Timestamp"];
            expires_at: components["schemas"]["Timestamp"];
            revoked_at: null | components["schemas"]["Timestamp"];
            /** @description Only where it was made */
            code?: string;
        };
        InviteList: {
            items: components["schemas"]["Invite"][];
            next: null;
        };
        /** @description As the reporter saw it then */
        ReportedMessage: {
            message_id: components["schemas"]["TimeUuid"];
            conversation_id: components["schemas"]["TimeUuid"];
            sender_id: components["schemas"]["UuidOrGone"];
            timestamp: components["schemas"]["Timestamp"];
            message_type: components["schemas"]["MessageType"];
            content: components["schemas"]["Content"];
        };
        Report: {
            report_id: components["schemas"]["Number"];
            reporter_id: components["schemas"]["UuidOrGone"];
            /** @description Whom it is about, or who sent the message */
            user_id: components["schemas"]["UuidOrGone"];
            message: null | components["schemas"]["ReportedMessage"];
            reason: string;
            created_at: components["schemas"]["Timestamp"];
            resolved_at: null | components["schemas"]["Timestamp"];
            /** @description Null too for who sat at the machine */
            resolved_by: components["schemas"]["UuidOrGone"];
            /** @description The operator's */
            note: string;
        };
        ReportList: {
            items: components["schemas"]["Report"][];
            /** @description Value of `cursor` for the next page */
            next: null | components["schemas"]["Number"];
        };
        ReportChange: {
            /** @constant */
            resolved: true;
            note?: string | null;
        };
        Statistics: {
            users: {
                total: number;
                disabled: number;
                operators: number;
                created_within_day: number;
                created_within_week: number;
            };
            /** @description Logged in */
            devices: number;
            /** @description WebSockets just now */
            sessions: number;
            connections: number;
            /** @enum {string} */
            registrations: "open" | "invite" | "closed";
            server_time: components["schemas"]["Timestamp"];
        };
        NewBroadcast: {
            /** @description At most 16 KiB as UTF-8, more is `too_large` */
            content: string;
            client_id?: null | components["schemas"]["ClientId"];
        };
        Broadcast: {
            client_id: components["schemas"]["ClientId"];
            /** @description How many there are */
            users: number;
        };
        AuditEntry: {
            number: number;
            time: components["schemas"]["Timestamp"];
            /** @description Null for who sat at the machine, and where nobody is known */
            actor_id: components["schemas"]["UuidOrGone"];
            /** @description What happened to what, like `user.disabled` */
            action: string;
            /** @description An id */
            subject: string;
            detail: string;
            /** @description The client's; `local` for who sat at the machine */
            address: string;
        };
        AuditList: {
            items: components["schemas"]["AuditEntry"][];
            /** @description Value of `cursor` for the next page */
            next: null | components["schemas"]["Number"];
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
        /** @description A user's id, or `@` and the username */
        Account: components["schemas"]["Uuid"] | string;
        /** @description `next` of the page before */
        NumberCursor: components["schemas"]["Number"];
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
         *     cleared by logout. Over TLS its name begins with `__Host-` and it is `Secure`. Beside it comes one with the
         *     access token, which the WebSocket on `/` alone takes, from a page of the server itself.
         */
        RefreshCookie: string & (unknown & unknown & unknown);
    };
    pathItems: never;
}
export type Uuid = components['schemas']['Uuid'];
export type TimeUuid = components['schemas']['TimeUuid'];
export type Timestamp = components['schemas']['Timestamp'];
export type DateOrTime = components['schemas']['DateOrTime'];
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
export type FoundList = components['schemas']['FoundList'];
export type FoundMessage = components['schemas']['FoundMessage'];
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
export type ReactionRequest = components['schemas']['ReactionRequest'];
export type GroupList = components['schemas']['GroupList'];
export type MemberList = components['schemas']['MemberList'];
export type AccountDeletion = components['schemas']['AccountDeletion'];
export type Export = components['schemas']['Export'];
export type Health = components['schemas']['Health'];
export type Readiness = components['schemas']['Readiness'];
export type Number = components['schemas']['Number'];
export type NewPassword = components['schemas']['NewPassword'];
export type NewReport = components['schemas']['NewReport'];
export type ReportMade = components['schemas']['ReportMade'];
export type Account = components['schemas']['Account'];
export type AccountList = components['schemas']['AccountList'];
export type AccountChange = components['schemas']['AccountChange'];
export type PasswordReset = components['schemas']['PasswordReset'];
export type NewInvite = components['schemas']['NewInvite'];
export type Invite = components['schemas']['Invite'];
export type InviteList = components['schemas']['InviteList'];
export type ReportedMessage = components['schemas']['ReportedMessage'];
export type Report = components['schemas']['Report'];
export type ReportList = components['schemas']['ReportList'];
export type ReportChange = components['schemas']['ReportChange'];
export type Statistics = components['schemas']['Statistics'];
export type NewBroadcast = components['schemas']['NewBroadcast'];
export type Broadcast = components['schemas']['Broadcast'];
export type AuditEntry = components['schemas']['AuditEntry'];
export type AuditList = components['schemas']['AuditList'];
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
export type ParameterAccount = components['parameters']['Account'];
export type ParameterNumberCursor = components['parameters']['NumberCursor'];
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
            403: components["responses"]["Forbidden"];
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
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    refreshTokens: {
        parameters: {
            query?: never;
            header?: {
                DPoP?: string;
            };
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
    deleteAccount: {
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
                "application/json": components["schemas"]["AccountDeletion"];
            };
        };
        responses: {
            /** @description The account is gone */
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
    wishExport: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is being made, or is ready */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Export"];
                };
            };
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    getExport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                export_id: components["schemas"]["Uuid"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The zip */
            200: {
                headers: {
                    "Content-Disposition": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": string;
                };
            };
            /** @description It is being made */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Export"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
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
                cursor?: number;
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
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ReactionRequest"];
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
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ReactionRequest"];
            };
        };
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
    searchMessages: {
        parameters: {
            query: {
                /** @description What to search for; without any word in it nothing is found */
                q: string;
                /** @description In this conversation only */
                conversation_id?: components["schemas"]["Uuid"];
                /** @description By this user only; `me` works */
                sender_id?: components["schemas"]["Uuid"] | "me";
                /** @description At or after this date or time, in UTC */
                after?: components["schemas"]["DateOrTime"];
                /** @description Before this date or time, in UTC; or the `next` of the page before this one */
                before?: components["schemas"]["DateOrTime"] | components["schemas"]["TimeUuid"];
                /** @description How many at most; more than 50 is cut to 50 */
                limit?: number;
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
                    "application/json": components["schemas"]["FoundList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    listGroups: {
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
                    "application/json": components["schemas"]["GroupList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
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
            query?: {
                /** @description Of a WebSocket; an access token */
                token?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A WebSocket */
            101: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
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
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
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
    getDocs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page that needs nothing from elsewhere */
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
    getDocsStyle: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How it looks */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/css": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getDocsScript: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it does */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/javascript": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    resetPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPassword"];
            };
        };
        responses: {
            /** @description The password is set */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    createReport: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewReport"];
            };
        };
        responses: {
            /** @description The operators will see it */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportMade"];
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
    listAccounts: {
        parameters: {
            query?: {
                /** @description Only usernames that begin so, without regard to case */
                query?: string;
                /** @description `next` of the page before */
                cursor?: string;
                /** @description How many at most; more than 200 is cut to 200 */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    getAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A user's id, or `@` and the username */
                account: components["parameters"]["Account"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
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
    changeAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A user's id, or `@` and the username */
                account: components["parameters"]["Account"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AccountChange"];
            };
        };
        responses: {
            /** @description The account as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    beginPasswordReset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A user's id, or `@` and the username */
                account: components["parameters"]["Account"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The password is void */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasswordReset"];
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
    listInvites: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All that stand, and some that are over */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InviteList"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    createInvite: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewInvite"];
            };
        };
        responses: {
            /** @description The invite */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invite"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    revokeInvite: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                invite_id: components["schemas"]["Uuid"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is revoked */
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
    listReports: {
        parameters: {
            query?: {
                state?: "open" | "all";
                /** @description `next` of the page before */
                cursor?: components["parameters"]["NumberCursor"];
                /** @description How many at most; more than 200 is cut to 200 */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    resolveReport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                report_id: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReportChange"];
            };
        };
        responses: {
            /** @description The report as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Report"];
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
    getStatistics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As they are now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Statistics"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    broadcast: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewBroadcast"];
            };
        };
        responses: {
            /** @description It is on its way */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Broadcast"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: components["parameters"]["NumberCursor"];
                /** @description How many at most; more than 200 is cut to 200 */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
            default: components["responses"]["Problem"];
        };
    };
}
