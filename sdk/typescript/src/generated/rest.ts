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
         * @description `email` and `phone` are there for their owner only.
         */
        get: operations["getUser"];
        put?: never;
        post?: never;
        delete?: never;
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
        patch?: never;
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
        delete?: never;
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
            user_id: components["schemas"]["Uuid"];
            username: string;
            display_name: string;
        };
        /** @description A conversation as one member sees it */
        Conversation: {
            conversation_id: components["schemas"]["TimeUuid"];
            /** @enum {string} */
            type: "direct" | "group";
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
        ConversationList: {
            items: components["schemas"]["Conversation"][];
            /** @description Value of `cursor` for the next page */
            next: null | components["schemas"]["Cursor"];
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
            /** @description Everyone but the sender */
            recipients: {
                user_id: components["schemas"]["Uuid"];
                /** @enum {string} */
                status: "sent" | "delivered" | "read";
                /** @description When, as far as it is known */
                timestamp: null | components["schemas"]["Timestamp"];
            }[];
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
        ConversationId: components["schemas"]["Uuid"];
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
export type Device = components['schemas']['Device'];
export type DeviceList = components['schemas']['DeviceList'];
export type Jwks = components['schemas']['Jwks'];
export type OpenConversation = components['schemas']['OpenConversation'];
export type ConversationMember = components['schemas']['ConversationMember'];
export type Conversation = components['schemas']['Conversation'];
export type ConversationList = components['schemas']['ConversationList'];
export type NewMessage = components['schemas']['NewMessage'];
export type Void = components['schemas']['Void'];
export type Event = components['schemas']['Event'];
export type EventList = components['schemas']['EventList'];
export type NewMessageRequest = components['schemas']['NewMessageRequest'];
export type Sent = components['schemas']['Sent'];
export type SetMessageStatus = components['schemas']['SetMessageStatus'];
export type ReceiptStatus = components['schemas']['ReceiptStatus'];
export type MessageStatus = components['schemas']['MessageStatus'];
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
export type ParameterConversationId = components['parameters']['ConversationId'];
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
