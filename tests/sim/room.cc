#include "tests/sim/room.h"

#include <array>
#include <charconv>
#include <string_view>
#include <vector>

#include "tests/sim/client.h"

namespace parley::sim {
namespace {

using history::Kind;
using EventWhat = history::What;

struct Named {
    std::string_view type;
    EventWhat what;
};
constexpr std::array<Named, 10> kTypes{{
    {"group_created", EventWhat::created},
    {"member_added", EventWhat::added},
    {"member_removed", EventWhat::removed},
    {"member_role", EventWhat::role},
    {"group_updated", EventWhat::updated},
    {"group_deleted", EventWhat::ended},
    {"message_edited", EventWhat::edited},
    {"message_deleted", EventWhat::deleted},
    {"reaction", EventWhat::reaction},
    {"conversation_updated", EventWhat::settings},
}};

/// Nobody where there is no such field; null is the one whose account has ended.
std::uint32_t user_of(const World& world, const Json* field) {
    if (field == nullptr) {
        return 0;
    }
    if (field->kind == Json::Kind::null) {
        return world.ending;
    }
    const auto at = world.user_numbers.find(field->text);
    return at == world.user_numbers.end() ? 0 : at->second;
}

void read_message(World& world, const Json& event, Line& line) {
    line.kind = Kind::message;
    line.detail.edited = event.find("edited_at") != nullptr;
    line.detail.gone = event.flag("deleted");
    line.detail.fades = event.integer("ttl_seconds") != 0;
    const Json* const reactions = event.find("reactions");
    if (reactions == nullptr) {
        return;
    }
    for (const Json& reaction : reactions->items) {
        const std::uint32_t emoji = world.history.texts.number(reaction.string("emoji"));
        const Json* const users = reaction.find("user_ids");
        for (const Json& user : users == nullptr ? std::vector<Json>{} : users->items) {
            line.detail.reactions.emplace_back(emoji, user_of(world, &user));
        }
    }
}

void read_change(World& world, const Json& event, EventWhat what, Line& line) {
    line.kind = Kind::event;
    line.detail.what = what;
    line.detail.user = user_of(world, event.find("user_id"));
    if (const std::string& target = event.string("target_id"); !target.empty()) {
        line.detail.target = world.history.messages.number(target);
    }
    const std::string& word = event.string(what == EventWhat::reaction ? "emoji" : "role");
    line.detail.word = word.empty() ? 0 : world.history.texts.number(word);
    line.detail.off = event.flag("removed");
    line.sets_ttl = event.find("ttl_seconds") != nullptr;
    line.detail.fades = event.integer("ttl_seconds") != 0;
    if (const Json* const members = event.find("members"); members != nullptr) {
        for (const Json& member : members->items) {
            line.detail.users.push_back(user_of(world, &member));
        }
    }
}

void add(std::uint64_t& sum, std::uint64_t number) {
    sum = (sum ^ number) * 0x9E3779B97F4A7C15ULL;
    sum ^= sum >> 29U;
}

using Reactions = std::set<std::pair<std::uint32_t, std::uint32_t>>;

struct Message {
    std::uint64_t hash = 0;
    bool gone = false;
    Reactions reactions;
};

void change(Message& message, const Line& by) {
    if (by.detail.what == EventWhat::edited) {
        message.hash = by.hash;
    } else if (by.detail.what == EventWhat::deleted) {
        message.gone = true;
    } else if (by.detail.what == EventWhat::reaction && by.detail.off) {
        message.reactions.erase({by.detail.word, by.sender});
    } else if (by.detail.what == EventWhat::reaction) {
        message.reactions.insert({by.detail.word, by.sender});
    }
}

}  // namespace

Line read_line(World& world, const Json& event) {
    Line line;
    line.seq = event.integer("seq");
    const std::string& type = event.string("type");
    if (type == "new_message") {
        read_message(world, event, line);
    } else {
        for (const Named& named : kTypes) {
            if (named.type == type) {
                read_change(world, event, named.what, line);
            }
        }
    }
    if (line.kind == Kind::hidden) {
        return line;
    }
    line.message = world.history.messages.number(event.string("message_id"));
    line.sender = user_of(world, event.find("sender_id"));
    if (const Json* const content = event.find("content"); content != nullptr) {
        line.hash = hash_of(content->text);
    }
    return line;
}

void record_line(World& world, const Line& line, HistoryEvent& event) {
    event.seq = line.seq;
    event.kind = line.kind;
    event.message = line.message;
    event.user = line.sender;
    event.hash = line.hash;
    event.extra = world.history.add_detail(line.detail);
}

void Room::take(const Line& line) {
    fades_ = fades_ || line.sets_ttl || line.detail.fades;
    lines_.insert_or_assign(line.seq, line);
}

void Room::take_settings(const Json& conversation) {
    fades_ = fades_ || conversation.integer("ttl_seconds") != 0;
    settings_.clear();
    for (const char* const name : {"muted_until", "draft"}) {
        settings_ += conversation.string(name) + "|";
    }
    for (const char* const name : {"muted", "pinned", "archived", "blocked"}) {
        settings_ += conversation.flag(name) ? "1" : "0";
    }
    hidden_.clear();
    const Json* const hidden = conversation.find("deleted_for_me");
    for (const Json& seq : hidden == nullptr ? std::vector<Json>{} : hidden->items) {
        hidden_.insert(static_cast<std::uint64_t>(seq.number));
    }
}

std::uint64_t Room::own() const noexcept {
    std::uint64_t sum = hash_of(settings_);
    for (const std::uint64_t seq : hidden_) {
        add(sum, seq);
    }
    return sum;
}

bool Room::counts(const Line& line) const {
    return line.kind == Kind::message && !hidden_.contains(line.seq);
}

std::uint64_t Room::unread(std::uint64_t read) const {
    return fades_ ? 0 : beyond(read);
}

std::uint64_t Room::beyond(std::uint64_t read) const {
    std::uint64_t count = 0;
    for (auto at = lines_.upper_bound(read); at != lines_.end(); ++at) {
        count += counts(at->second) ? 1 : 0;
    }
    return count;
}

std::uint64_t Room::contents(std::uint32_t without) const {
    if (fades_ || gap_) {
        return 0;
    }
    std::map<std::uint32_t, Message> messages;
    for (const auto& [seq, line] : lines_) {
        if (counts(line)) {
            messages[line.message] = {
                .hash = line.hash,
                .gone = line.detail.gone,
                .reactions = {line.detail.reactions.begin(), line.detail.reactions.end()}
            };
        }
    }
    // In the order of the log: what a message had become when it was fetched is said again, and the last wins.
    for (const auto& [seq, line] : lines_) {
        const auto at = messages.find(line.detail.target);
        const bool goes =
            line.detail.what == EventWhat::reaction && without != 0 && line.sender == without;
        if (line.kind == Kind::event && at != messages.end() && !goes) {
            change(at->second, line);
        }
    }
    std::uint64_t sum = 0;
    for (const auto& [number, message] : messages) {
        add(sum, number);
        add(sum, message.gone ? 1 : message.hash);
        for (const auto& [emoji, user] : message.gone ? Reactions{} : message.reactions) {
            if (user != without) {
                add(sum, (std::uint64_t{emoji} << 32U) | user);
            }
        }
    }
    return sum;
}

}  // namespace parley::sim
