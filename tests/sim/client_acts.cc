#include <algorithm>
#include <array>
#include <utility>

#include "tests/sim/client.h"

/// What people do beside talking: groups and who is in them, changing what was said, settings, blocks.

namespace parley::sim {
namespace {

using namespace std::chrono_literals;
using EventWhat = history::What;

constexpr std::array<std::string_view, 4> kEmoji{"\xF0\x9F\x91\x8D", "\xE2\x9D\xA4", "+1", "ok"};
/// The same, as a path has them.
constexpr std::array<std::string_view, 4> kEmojiPaths{"%F0%9F%91%8D", "%E2%9D%A4", "%2B1", "ok"};
constexpr std::array<std::string_view, 3> kRoles{"member", "admin", "owner"};
constexpr std::size_t kAskedMax = 12;  // the server takes 16 questions of a session at once

/// The contract's refusals for what somebody else may have changed meanwhile; 408 for what came too slowly.
bool is_fair(int status) {
    static constexpr std::array kRefusals{0, 401, 403, 404, 408, 409, 413, 429};
    return status / 100 == 2 || status >= 500 || std::ranges::count(kRefusals, status) != 0;
}

}  // namespace

// --- choosing -------------------------------------------------------------------------------------

Client::Conversation* Client::some_group(bool active) {
    std::vector<Conversation*> found;
    for (auto& [name, in] : conversations_) {
        if (in.known && in.is_group && in.active == active) {
            found.push_back(&in);
        }
    }
    return found.empty() ? nullptr : rng_.pick(found);
}

Client::Conversation* Client::some_conversation() {
    std::vector<Conversation*> found;
    for (auto& [name, in] : conversations_) {
        if (in.known) {
            found.push_back(&in);
        }
    }
    return found.empty() ? nullptr : rng_.pick(found);
}

/// Mostly one of the newest.
const Line* Client::some_message(const Conversation& in, bool own) {
    std::vector<const Line*> found;
    const auto& lines = in.room.lines();
    for (auto at = lines.rbegin(); at != lines.rend() && found.size() < 30; ++at) {
        const Line& line = at->second;
        if (line.kind == history::Kind::message && (line.sender == user_) == own) {
            found.push_back(&line);
        }
    }
    if (found.empty()) {
        return nullptr;
    }
    return rng_.chance(0.5) ? found.front() : rng_.pick(found);
}

std::uint32_t Client::some_user() {
    return static_cast<std::uint32_t>(1 + rng_.below(world_.users.size() - 1));
}

std::string Client::id_of(std::uint32_t user) const {
    return to_string(world_.users.at(user).uuid);
}

void Client::act() {
    if (asked_.size() >= kAskedMax || calls_.size() >= kAskedMax) {
        return;
    }
    if (rng_.chance(0.1) && world_.groups.size() < habits_.groups_max) {
        create_group();
        return;
    }
    if (rng_.chance(habits_.block)) {
        if (const Conversation* in = some_conversation(); in != nullptr && !in->is_group) {
            block(*in);
        }
        return;
    }
    if (rng_.chance(habits_.fade / 4)) {
        change_settings();
        return;
    }
    switch (rng_.below(8)) {
        case 0:
        case 1:
        case 2:
            change_members();
            break;
        case 3:
        case 4:
        case 5:
            change_message();
            break;
        case 6:
            change_settings();
            break;
        default:
            be_busy();
            break;
    }
}

// --- asking ---------------------------------------------------------------------------------------

/// Over the WebSocket, where the answer is an ack with the request's ref.
void Client::ask(JsonObject frame, Asked asked) {
    asked.at = world_.simulation.now();
    const std::uint32_t ref = next_ask_++;
    frame.add("ref", "u" + std::to_string(ref));
    asked_.emplace(ref, std::move(asked));
    send(frame.take());
}

/// Over REST: what happens comes as an event to all of the user's sessions, this one included.
void Client::call_about(RestCall::Request request, Asked asked) {
    asked.at = world_.simulation.now();
    request.token = token_;
    const std::string what = request.method + " " + request.target;
    call(request, [this, asked = std::move(asked), what](const RestCall::Answer& answer) {
        if (answer.status == 401) {
            renew_token();
        }
        if (!is_fair(answer.status)) {
            world_.breaches.push_back(
                "an honest " + what + " was answered with " + std::to_string(answer.status) + ": " +
                (answer.body ? answer.body->string("detail") : "")
            );
        }
        settle(asked, answer.status / 100 == 2);
    });
}

void Client::on_asked(const Json& frame) {
    const auto at =
        asked_.find(static_cast<std::uint32_t>(std::stoul(frame.string("ref").substr(1))));
    if (at == asked_.end()) {
        return;
    }
    Asked asked = std::move(at->second);
    asked_.erase(at);
    const bool done = frame.string("type") == "ack";
    Conversation& in = conversation(asked.conversation);
    if (done && frame.find("seq") != nullptr && asked.line.kind == history::Kind::event) {
        // The answer is the event, for this session.
        asked.line.seq = frame.integer("seq");
        asked.line.message = world_.history.messages.number(frame.string("message_id"));
        asked.line.sender = user_;
        HistoryEvent& seen = record(Op::recv);
        seen.source = Source::live;
        seen.conversation = in.number;
        record_line(world_, asked.line, seen);
        take(in, asked.line, Source::live);
    }
    settle(asked, done);
}

/// What hides something has an end of its own in the history.
void Client::settle(const Asked& asked, bool done) {
    if (asked.hidden == 0 && asked.blocked == 0) {
        return;
    }
    HistoryEvent& event = record(asked.hidden != 0 ? Op::hide : Op::block);
    event.connection = 0;
    event.conversation = world_.history.conversations.number(asked.conversation);
    event.seq = asked.hidden;
    event.user = asked.blocked;
    event.off = asked.off;
    event.cur = static_cast<std::uint64_t>(asked.at.count());
    event.definite = done;
}

/// What a conversation is called and who is in it, says its object.
void Client::look_at(Conversation& in) {
    if (in.looking) {
        return;
    }
    in.looking = true;
    call(
        {.method = "GET", .target = "/api/conversations/" + in.name, .token = token_, .body = {}},
        [this, name = in.name, asked = world_.simulation.now()](const RestCall::Answer& answer) {
            conversation(name).looking = false;
            if (answer.status == 401) {
                renew_token();
            } else if (answer.status == 200 && answer.body) {
                on_conversation(*answer.body, asked);
            } else if (!is_fair(answer.status)) {
                world_.breaches.push_back(
                    "a conversation was answered with " + std::to_string(answer.status)
                );
            }
        }
    );
}

void Client::look_around() {
    for (auto& [name, in] : conversations_) {
        if (!in.known && !in.looking) {
            look_at(in);
            return;
        }
    }
}

// --- groups ---------------------------------------------------------------------------------------

void Client::create_group() {
    std::set<std::uint32_t> members;
    const std::uint64_t wanted = 1 + rng_.below(habits_.members_max);
    for (std::uint64_t i = 0; i < wanted; ++i) {
        members.insert(some_user());
    }
    std::string list;
    for (const std::uint32_t member : members) {
        list += (list.empty() ? "\"" : ",\"") + id_of(member) + "\"";
    }
    const std::string id = "g" + std::to_string(number_) + "-" + std::to_string(next_ask_++);
    JsonObject body;
    body.add("name", "group " + id).add("client_id", id).add_raw("member_ids", "[" + list + "]");
    if (rng_.chance(0.3)) {
        body.add("history", rng_.chance(0.8) ? "all" : "joined");
    }
    if (rng_.chance(0.3)) {
        body.add_flag("members_can_add", true);
    }
    RestCall::Request request{
        .method = "POST", .target = "/api/groups", .token = {}, .body = body.take()
    };
    if (rng_.chance(0.1)) {
        call_about(request, {});  // as after an impatient retry: it is one group all the same
    }
    call_about(std::move(request), {});
}

void Client::change_members() {
    Conversation* group = some_group(!rng_.chance(0.05));
    if (group == nullptr) {
        return;
    }
    change_group(*group);
}

void Client::change_group(Conversation& group) {
    const std::string path = "/api/groups/" + group.name;
    Asked asked{.conversation = group.name, .line = {}};
    switch (rng_.below(20)) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4:
        case 5:
            call_about(
                {.method = "POST",
                 .target = path + "/members",
                 .token = {},
                 .body = JsonObject{}.add_raw("user_ids", "[\"" + id_of(some_user()) + "\"]").take()
                },
                asked
            );
            break;
        case 6:
        case 7:
        case 8:
        case 9:
            call_about(
                {.method = "DELETE",
                 .target = path + "/members/" + id_of(some_user()),
                 .token = {},
                 .body = {}},
                asked
            );
            break;
        case 10:
        case 11:
            call_about(
                {.method = "DELETE", .target = path + "/members/me", .token = {}, .body = {}}, asked
            );
            break;
        case 12:
        case 13:
        case 14:
            call_about(
                {.method = "PUT",
                 .target = path + "/members/" + id_of(some_user()),
                 .token = {},
                 .body = JsonObject{}.add("role", rng_.pick(kRoles)).take()},
                asked
            );
            break;
        case 15:
            if (rng_.chance(0.1)) {
                call_about({.method = "DELETE", .target = path, .token = {}, .body = {}}, asked);
                break;
            }
            [[fallthrough]];
        case 16:
            call_about(
                {.method = "PUT",
                 .target = path,
                 .token = {},
                 .body = JsonObject{}.add("name", "name " + std::to_string(next_ask_++)).take()},
                asked
            );
            break;
        default:
            call_about({.method = "GET", .target = path, .token = {}, .body = {}}, asked);
            break;
    }
}

// --- messages -------------------------------------------------------------------------------------

void Client::change_message() {
    const Conversation* in = some_conversation();
    const bool own = rng_.chance(0.6);
    const Line* line = in == nullptr ? nullptr : some_message(*in, own);
    if (line == nullptr) {
        return;
    }
    switch (rng_.below(6)) {
        case 0:
        case 1:
            edit(*in, *line, !own);
            break;
        case 2:
            remove(*in, *line);
            break;
        default:
            react(*in, *line);
            break;
    }
}

void Client::edit(const Conversation& in, const Line& line, bool foreign) {
    if (outbox_.size() >= 40 || (foreign && !rng_.chance(0.2))) {
        return;
    }
    Sending sending;
    sending.id = (static_cast<std::uint64_t>(number_) << 32U) | ++sends_;
    sending.conversation = in.name;
    sending.target = world_.history.messages.name(line.message);
    sending.content = "edited " + make_content(sending.id);
    outbox_.push_back(std::move(sending));
}

void Client::remove(const Conversation& in, const Line& line) {
    const std::string id{world_.history.messages.name(line.message)};
    const bool for_me = rng_.chance(0.4);
    Asked asked{.conversation = in.name, .line = {}};
    if (for_me) {
        asked.hidden = line.seq;
    } else {
        asked.line.kind = history::Kind::event;
        asked.line.detail = {.what = EventWhat::deleted, .target = line.message};
    }
    if (rng_.chance(0.3)) {
        call_about(
            {.method = "DELETE",
             .target = "/api/messages/" + id + (for_me ? "?for=me" : ""),
             .token = {},
             .body = {}},
            std::move(asked)
        );
        return;
    }
    JsonObject frame{"delete_message"};
    frame.add("message_id", id);
    if (for_me || rng_.chance(0.3)) {
        frame.add("for", for_me ? "me" : "everyone");
    }
    ask(std::move(frame), std::move(asked));
}

void Client::react(const Conversation& in, const Line& line) {
    const std::string id{world_.history.messages.name(line.message)};
    const std::size_t emoji = rng_.below(kEmoji.size());
    const bool off = rng_.chance(0.3);
    Asked asked{.conversation = in.name, .line = {}};
    asked.line.kind = history::Kind::event;
    asked.line.detail = {
        .what = EventWhat::reaction,
        .off = off,
        .target = line.message,
        .word = world_.history.texts.number(kEmoji.at(emoji))
    };
    if (rng_.chance(0.3)) {
        call_about(
            {.method = off ? "DELETE" : "PUT",
             .target = "/api/messages/" + id + "/reactions/" + std::string{kEmojiPaths.at(emoji)},
             .token = {},
             .body = {}},
            std::move(asked)
        );
        return;
    }
    JsonObject frame{"react"};
    frame.add("message_id", id).add("emoji", kEmoji.at(emoji));
    if (off) {
        frame.add_flag("removed", true);
    }
    ask(std::move(frame), std::move(asked));
}

// --- settings -------------------------------------------------------------------------------------

void Client::change_settings() {
    const Conversation* in = some_conversation();
    if (in == nullptr) {
        return;
    }
    Asked asked{.conversation = in->name, .line = {}};
    if (rng_.chance(0.3)) {
        JsonObject frame{"mute"};
        frame.add("conversation_id", in->name);
        rng_.chance(0.5) ? frame.add_raw("until", "null")
                         : frame.add("until", "2199-01-01T00:00:00.000Z");
        ask(std::move(frame), std::move(asked));
        return;
    }
    JsonObject body;
    if (rng_.chance(0.6)) {
        body.add("draft", rng_.chance(0.3) ? "" : "draft " + std::to_string(rng_.below(1'000)));
    }
    if (rng_.chance(0.4)) {
        body.add_flag("archived", rng_.chance(0.5));
    }
    if (rng_.chance(0.4)) {
        body.add_flag("pinned", rng_.chance(0.5));
    }
    if (rng_.chance(habits_.fade)) {
        body.add("ttl_seconds", rng_.chance(0.4) ? std::uint64_t{0} : 5 + rng_.below(15));
    }
    if (const Line* line = some_message(*in, rng_.chance(0.5));
        line != nullptr && rng_.chance(0.3)) {
        const std::string id{world_.history.messages.name(line->message)};
        body.add_raw("pinned_message_ids", rng_.chance(0.3) ? "[]" : "[\"" + id + "\"]");
    }
    call_about(
        {.method = "PATCH",
         .target = "/api/conversations/" + in->name,
         .token = {},
         .body = body.take()},
        std::move(asked)
    );
}

void Client::block(const Conversation& in) {
    const auto other =
        std::ranges::find_if(direct_, [&in](const auto& entry) { return entry.second == in.name; });
    if (other == direct_.end() || other->first == user_ || other->first == world_.ending) {
        return;
    }
    world_.blocks.insert(std::minmax(user_, other->first));
    const bool off = rng_.chance(0.5);
    Asked asked{.conversation = in.name, .line = {}, .blocked = other->first, .off = off};
    call_about(
        {.method = "PATCH",
         .target = "/api/conversations/" + in.name,
         .token = {},
         .body = JsonObject{}.add_flag("blocked", !off).take()},
        std::move(asked)
    );
}

void Client::watch() {
    if (state_ != State::live) {
        return;  // the end of the sync does
    }
    online_.clear();
    std::string list;
    for (std::uint32_t other = 1; other <= habits_.people; ++other) {
        if (other != user_) {
            list += (list.empty() ? "\"" : ",\"") + id_of(other) + "\"";
        }
    }
    send(JsonObject{"watch_presence"}.add("ref", "p").add_raw("user_ids", "[" + list + "]").take());
}

std::optional<bool> Client::sees_online(std::uint32_t user) const {
    const auto at = online_.find(user);
    return at == online_.end() ? std::nullopt : std::optional{at->second};
}

/// What leaves nothing behind.
void Client::be_busy() {
    const Conversation* in = some_conversation();
    if (in == nullptr) {
        return;
    }
    send(JsonObject{"typing"}
             .add("conversation_id", in->name)
             .add_flag("active", rng_.chance(0.7))
             .take());
}

}  // namespace parley::sim
