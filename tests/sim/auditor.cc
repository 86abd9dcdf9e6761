#include "tests/sim/auditor.h"

#include <utility>

namespace parley::sim {

Auditor::Auditor(World& world, std::uint32_t number, std::uint32_t user, DeviceId device)
    : world_(world), number_(number), user_(user), device_(device) {}

void Auditor::start() {
    asked_ = world_.simulation.now();
    link_ = std::make_unique<ClientLink>(world_.simulation, world_.network, world_.deflater, *this);
    link_->connect({});
}

void Auditor::on_open() {
    token_ = world_.token(world_.users.at(user_), device_);
    link_->send(JsonObject{"auth"}.add("token", token_).take());
}

void Auditor::on_down(int status) {
    if (!done_) {
        problem_ = "the connection ended with status " + std::to_string(status);
    }
}

void Auditor::on_text(std::string_view payload) {
    const auto frame = parse_json(payload);
    if (!frame || done_) {
        return;
    }
    check_names(payload);
    const std::string& type = frame->string("type");
    if (type == "auth_success") {
        server_time_ = frame->string("server_time");
        asked_ = world_.simulation.now();
        link_->send(JsonObject{"sync"}.add("ref", "y").take());
    } else if (type == "conversation") {
        on_conversation(*frame);
    } else if (type == "sync_complete") {
        ask_next();
    } else if (type == "events" && !frame->string("ref").empty()) {
        on_events(*frame);
    } else if (type == "error" || type == "auth_error") {
        problem_ = frame->string("code") + ": " + frame->string("detail");
    }
}

void Auditor::on_conversation(const Json& frame) {
    const std::string& name = frame.string("conversation_id");
    HistoryEvent& event = world_.history.events.emplace_back();
    event.op = Op::view;
    event.time = world_.simulation.now();
    event.device = number_;
    event.conversation = world_.history.conversations.number(name);
    event.extra = static_cast<std::uint32_t>(world_.history.views.size());
    const history::View& view = world_.history.views.emplace_back(to_view(frame, asked_));
    views_[name] = {view.head, view.read, view.delivered, view.unread};
    rooms_[name].take_settings(frame);
    if (frame.flag("left")) {
        left_.insert(name);
    }
    if (view.head > 0) {
        unread_.push_back(name);
    }
}

void Auditor::ask_next() {
    if (unread_.empty()) {
        get("/api/conversations?limit=200", &Auditor::on_list);
        return;
    }
    link_->send(JsonObject{"history"}
                    .add("conversation_id", unread_.front())
                    .add("after_seq", after_)
                    .add("ref", "a")
                    .take());
}

void Auditor::record_event(const Json& item, Source source) {
    HistoryEvent& event = world_.history.events.emplace_back();
    event.op = Op::recv;
    event.source = source;
    event.time = world_.simulation.now();
    event.device = number_;
    event.conversation = world_.history.conversations.number(item.string("conversation_id"));
    const Line line = read_line(world_, item);
    record_line(world_, line, event);
    check_time(item);
    if (source == Source::audit) {
        rooms_[unread_.front()].take(line);
        if (line.detail.what == history::What::removed && line.detail.user == user_) {
            rooms_[unread_.front()].note_gap();
        }
        firsts_.try_emplace(unread_.front(), line.seq);
    }
}

/// What has disappeared is shown to nobody.
void Auditor::check_time(const Json& item) {
    const std::uint64_t ttl = item.integer("ttl_seconds");
    const auto sent = parse_rfc3339(item.string("timestamp"));
    const auto now = parse_rfc3339(server_time_);
    const bool is_message = item.string("type") == "new_message";
    if (is_message && ttl != 0 && sent && now &&
        sent->millis() + static_cast<std::int64_t>(ttl) * 1'000 < now->millis()) {
        world_.breaches.emplace_back("a message that has disappeared can be read");
    }
}

/// Nothing says who somebody was whose account has ended.
void Auditor::check_names(std::string_view text) {
    if (world_.ending != 0 &&
        (text.find(kEndingName) != std::string_view::npos ||
         text.find(to_string(world_.users.at(world_.ending).uuid)) != std::string_view::npos)) {
        world_.breaches.emplace_back("somebody whose account has ended is shown");
    }
}

/// What this user has in the end, which is what each of their devices must have.
void Auditor::record_hold(const std::string& name) {
    const auto& [head, read, delivered, unread] = views_.at(name);
    if (left_.contains(name)) {
        return;
    }
    const Room& room = rooms_.at(name);
    if (const std::uint64_t beyond = room.beyond(read); beyond != unread) {
        world_.breaches.push_back(
            "unread is " + std::to_string(unread) + " for user " + std::to_string(user_) +
            ", and " + std::to_string(beyond) +
            " messages stand beyond the cursor (I11), in conversation " +
            std::to_string(world_.history.conversations.number(name))
        );
    }
    HistoryEvent& event = world_.history.events.emplace_back();
    event.op = Op::hold;
    event.time = world_.simulation.now();
    event.device = number_;
    event.conversation = world_.history.conversations.number(name);
    event.extra = static_cast<std::uint32_t>(world_.history.views.size());
    world_.history.views.push_back(
        {.head = head,
         .read = read,
         .unread = room.unread(read),
         .own = room.own(),
         .contents = room.contents(world_.ending)}
    );
}

/// The conversation at hand was read to its end, and nobody sends any more.
void Auditor::record_end() {
    HistoryEvent& event = world_.history.events.emplace_back();
    event.op = Op::read;
    event.final = true;
    event.time = world_.simulation.now();
    event.device = number_;
    event.conversation = world_.history.conversations.number(unread_.front());
    event.seq = after_;
    event.extra = static_cast<std::uint32_t>(world_.history.readings.size());
    world_.history.readings.push_back({.asked = asked_, .count = std::exchange(read_, 0)});
}

void Auditor::on_events(const Json& frame) {
    const Json* const events = frame.find("events");
    if (events == nullptr || unread_.empty() ||
        frame.string("conversation_id") != unread_.front()) {
        problem_ = "an events frame that answers nothing";
        return;
    }
    for (const Json& item : events->items) {
        record_event(item, Source::audit);
        after_ = item.integer("seq");
    }
    read_ += events->items.size();
    if (!frame.flag("has_more")) {
        record_end();
        record_hold(unread_.front());
        unread_.pop_front();
        after_ = 0;
    } else if (events->items.empty()) {
        problem_ = "an empty page that says there is more";
        return;
    }
    ask_next();
}

// --- REST -----------------------------------------------------------------------------------------

void Auditor::get(std::string target, void (Auditor::*then)(const Json&)) {
    if (call_ != nullptr) {
        world_.simulation.after_event([over = std::move(call_)] {});
    }
    call_ = std::make_unique<RestCall>(
        world_.simulation,
        world_.network,
        RestCall::Request{
            .method = "GET", .target = std::move(target), .token = token_, .body = {}
        },
        [this, then](const RestCall::Answer& answer) {
            check_names(answer.text);
            if (answer.status != 200 || !answer.body) {
                problem_ = "REST answered " + std::to_string(answer.status);
                return;
            }
            (this->*then)(*answer.body);
        }
    );
}

void Auditor::on_list(const Json& body) {
    const Json* const items = body.find("items");
    std::size_t same = 0;
    for (const Json& item : items == nullptr ? std::vector<Json>{} : items->items) {
        const std::string& name = item.string("conversation_id");
        const std::array<std::uint64_t, 4> view{
            item.integer("last_seq"),
            item.integer("read_seq"),
            item.integer("delivered_seq"),
            item.integer("unread")
        };
        const auto seen = views_.find(name);
        if (seen != views_.end() && seen->second == view) {
            ++same;
        }
        if (backwards_.empty() && view.front() > 0) {
            backwards_ = name;
            before_ = view.front() + 1;
        }
    }
    if (same != views_.size()) {
        problem_ = "the conversations that REST lists are not those of the sync";
        return;
    }
    ask_older();
}

void Auditor::ask_older() {
    if (backwards_.empty()) {
        done_ = true;
        link_->close();
        return;
    }
    get("/api/conversations/" + backwards_ +
            "/messages?limit=60&before_seq=" + std::to_string(before_),
        &Auditor::on_older);
}

void Auditor::on_older(const Json& body) {
    const Json* const items = body.find("items");
    if (items != nullptr && items->items.empty() && before_ == firsts_[backwards_]) {
        backwards_.clear();
        ask_older();
        return;
    }
    if (items == nullptr || items->items.empty()) {
        problem_ = "REST has nothing before seq " + std::to_string(before_);
        return;
    }
    for (const Json& item : items->items) {
        if (item.integer("seq") + 1 != before_) {
            problem_ = "REST skips what is before seq " + std::to_string(before_);
            return;
        }
        before_ = item.integer("seq");
        record_event(item, Source::history);
    }
    if (before_ == 1) {
        backwards_.clear();
    }
    ask_older();
}

}  // namespace parley::sim
