#include "tests/history/sends.h"

#include <algorithm>
#include <tuple>

namespace parley::history {
namespace {

/// Numbers of sends are indices when they are not much more than there are events.
constexpr std::uint64_t kSparseMax = 4;

auto order_of(const Sends::Content& content) {
    return std::tie(content.user, content.hash);
}

bool is_of_send(const Event& event) {
    return event.send != 0 && (event.op == Op::send || event.op == Op::ack || event.op == Op::err);
}

}  // namespace

Sends::Sends(const History& history) : history_(history) {
    number_them();
    for (std::uint32_t i = 0; i < history.events.size(); ++i) {
        const Event& event = history.events[i];
        if (!is_of_send(event)) {
            continue;
        }
        Send& send = slot(event.send);
        send.id = event.send;
        if (event.op == Op::send) {
            add_attempt(send, event, i);
        } else if (event.op == Op::ack) {
            add_ack(send, event, i);
        } else {
            add_error(send, event);
        }
    }
    sort_contents();
}

void Sends::number_them() {
    std::uint64_t highest = 0;
    std::size_t count = 0;
    for (const Event& event : history_.events) {
        if (is_of_send(event)) {
            highest = std::max(highest, event.send);
            ++count;
        }
    }
    if (highest / kSparseMax <= count) {
        sends_.resize(highest + 1);
        return;
    }
    ids_.reserve(count);
    for (const Event& event : history_.events) {
        if (is_of_send(event)) {
            ids_.push_back(event.send);
        }
    }
    std::ranges::sort(ids_);
    const auto again = std::ranges::unique(ids_);
    ids_.erase(again.begin(), again.end());
    sends_.resize(ids_.size());
}

Send& Sends::slot(std::uint64_t id) {
    return sends_
        [ids_.empty()
             ? id
             : static_cast<std::size_t>(std::ranges::lower_bound(ids_, id) - ids_.begin())];
}

std::uint32_t Sends::find(std::uint64_t id) const noexcept {
    std::size_t at = id;
    if (!ids_.empty()) {
        at = static_cast<std::size_t>(std::ranges::lower_bound(ids_, id) - ids_.begin());
    }
    return id != 0 && at < sends_.size() && sends_[at].id == id ? static_cast<std::uint32_t>(at)
                                                                : kNone;
}

void Sends::add_attempt(Send& send, const Event& event, std::uint32_t index) {
    const auto number = static_cast<std::uint32_t>(&send - sends_.data());
    const std::uint32_t user = history_.devices[event.device].user;
    if (event.altered) {
        contents_.push_back({.hash = event.hash, .user = user, .send = number, .altered = true});
        return;
    }
    ++send.attempts;
    if (send.first_attempt == kNone) {
        send.device = event.device;
        send.receiver = event.user;
        send.hash = event.hash;
        send.first_attempt = index;
        send.seen_before = event.cur;
        contents_.push_back({.hash = event.hash, .user = user, .send = number});
    } else if (send.hash != event.hash && problem_.empty()) {
        problem_ = "send " + history_.send_name(send.id) + " of " + history_.user_name(user) +
                   " says something else the second time, and is not `altered`";
    }
    if (!send.acked()) {
        send.last_attempt = index;
    }
}

/// The attempt that was refused has put nothing anywhere. An earlier one may still, which is on its way elsewhere.
void Sends::add_error(Send& send, const Event& event) {
    send.refusals += event.definite ? 1 : 0;
    const bool is_last = event.definite && !event.altered && send.last_attempt != kNone &&
                         history_.events[send.last_attempt].attempt == event.attempt;
    if (is_last) {
        send.last_attempt = kNone;
    }
}

void Sends::add_ack(Send& send, const Event& event, std::uint32_t index) {
    if (event.altered) {
        altered_acks_.push_back(index);
        return;
    }
    if (send.acked()) {
        if (send.conversation != event.conversation || send.seq != event.seq ||
            send.message != event.message) {
            other_acks_.push_back(index);
        }
        return;
    }
    send.first_ack = index;
    send.conversation = event.conversation;
    send.seq = event.seq;
    send.message = event.message;
}

void Sends::sort_contents() {
    std::ranges::sort(contents_, {}, order_of);
    for (std::size_t i = 1; i < contents_.size(); ++i) {
        const Content& one = contents_[i - 1];
        const Content& other = contents_[i];
        if (order_of(one) == order_of(other) && one.send != other.send && problem_.empty()) {
            problem_ = "sends " + history_.send_name(sends_[one.send].id) + " and " +
                       history_.send_name(sends_[other.send].id) + " of " +
                       history_.user_name(one.user) +
                       " say the same: whose an event is cannot be told";
        }
    }
}

const Sends::Content* Sends::find(std::uint32_t user, std::uint64_t hash) const noexcept {
    const auto at = std::ranges::lower_bound(contents_, std::tie(user, hash), {}, order_of);
    return at != contents_.end() && at->user == user && at->hash == hash ? &*at : nullptr;
}

}  // namespace parley::history
