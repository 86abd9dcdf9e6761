#include "tests/sim/auditor.h"

#include <charconv>

namespace parley::sim {

Auditor::Auditor(World& world, std::uint32_t number, std::uint32_t user, DeviceId device)
    : world_(world), number_(number), user_(user), device_(device) {}

void Auditor::start() {
    asked_ = world_.simulation.now();
    link_ = std::make_unique<ClientLink>(world_.simulation, world_.network, world_.deflater, *this);
    link_->connect({});
}

void Auditor::on_open() {
    link_->send(
        JsonObject{"auth"}.add("token", world_.token(world_.users.at(user_), device_)).take()
    );
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
    const std::string& type = frame->string("type");
    if (type == "auth_success") {
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
    event.asked = asked_;
    event.device = number_;
    event.conversation = world_.history.conversations.number(name);
    event.head = frame.integer("last_seq");
    event.read_seq = frame.integer("read_seq");
    event.delivered_seq = frame.integer("delivered_seq");
    event.unread = frame.integer("unread");
    if (event.head > 0) {
        unread_.push_back(name);
    }
}

void Auditor::ask_next() {
    if (unread_.empty()) {
        done_ = true;
        link_->close();
        return;
    }
    link_->send(JsonObject{"history"}
                    .add("conversation_id", unread_.front())
                    .add("after_seq", after_)
                    .add("ref", "a")
                    .take());
}

void Auditor::on_events(const Json& frame) {
    const Json* const events = frame.find("events");
    if (events == nullptr || unread_.empty() ||
        frame.string("conversation_id") != unread_.front()) {
        problem_ = "an events frame that answers nothing";
        return;
    }
    for (const Json& item : events->items) {
        HistoryEvent& event = world_.history.events.emplace_back();
        event.op = Op::received;
        event.source = Source::audit;
        event.time = world_.simulation.now();
        event.device = number_;
        event.conversation = world_.history.conversations.number(item.string("conversation_id"));
        event.seq = item.integer("seq");
        event.message = world_.history.messages.number(item.string("message_id"));
        const auto sender = world_.user_numbers.find(item.string("sender_id"));
        event.user = sender == world_.user_numbers.end() ? 0 : sender->second;
        event.payload = fnv1a(item.string("content"));
        const std::string& client_id = item.string("client_id");
        if (!client_id.empty()) {
            std::from_chars(client_id.data() + 1, client_id.data() + client_id.size(), event.send);
        }
        after_ = event.seq;
    }
    if (!frame.flag("has_more")) {
        unread_.pop_front();
        after_ = 0;
    } else if (events->items.empty()) {
        problem_ = "an empty page that says there is more";
        return;
    }
    ask_next();
}

}  // namespace parley::sim
