#include "bench/ledger.h"

#include <algorithm>

namespace parley::bench {

bool SeqTracker::add(std::uint64_t seq) {
    if (seq <= contiguous_) {
        return false;
    }
    if (seq == contiguous_ + 1) {
        ++contiguous_;
        std::size_t joined = 0;
        while (joined < ahead_.size() && ahead_[joined] == contiguous_ + 1) {
            ++contiguous_;
            ++joined;
        }
        if (joined != 0) {
            ahead_.erase(ahead_.begin(), ahead_.begin() + static_cast<std::ptrdiff_t>(joined));
        }
        return true;
    }
    const auto at = std::ranges::lower_bound(ahead_, seq);
    if (at != ahead_.end() && *at == seq) {
        return false;
    }
    ahead_.insert(at, seq);
    return true;
}

bool SeqTracker::contains(std::uint64_t seq) const noexcept {
    return seq <= contiguous_ || std::ranges::binary_search(ahead_, seq);
}

std::uint32_t Ledger::begin(std::int64_t due) {
    sends_.push_back({.message = {}, .seq = 0, .due = due});
    ++waiting_;
    return static_cast<std::uint32_t>(sends_.size());
}

bool Ledger::on_ack(std::uint32_t number, const Uuid& message, std::uint64_t seq) {
    if (number == 0 || number > sends_.size()) {
        return false;
    }
    Send& send = sends_[number - 1];
    if (send.state == SendState::acked) {
        counts_.doubled += send.message != message || send.seq != seq ? 1 : 0;
        return false;
    }
    if (send.state == SendState::refused) {
        ++counts_.doubled;  // refused and then acknowledged: two answers to one send
        return false;
    }
    send.message = message;
    send.seq = seq;
    settle(send, SendState::acked);
    ++counts_.acked;
    if (seq != 0) {
        note_seq(seq);
    }
    return true;
}

void Ledger::on_refused(std::uint32_t number) {
    if (number == 0 || number > sends_.size() || sends_[number - 1].state != SendState::waiting) {
        return;
    }
    settle(sends_[number - 1], SendState::refused);
    ++counts_.refused;
}

bool Ledger::on_event(const Event& event, Source source) {
    const bool late = source == Source::live && event.seq < last_pushed_;
    if (source == Source::live) {
        last_pushed_ = std::max(last_pushed_, event.seq);
    }
    if (event.seq <= head_) {
        return false;
    }
    if (!note_seq(event.seq)) {
        counts_.repeated += source == Source::live ? 1 : 0;
        return false;
    }
    counts_.out_of_order += late ? 1 : 0;
    counts_.received += event.author != Author::self && event.number != 0 ? 1 : 0;
    events_.push_back(event);
    return true;
}

/// True when `seq` was not known yet.
bool Ledger::note_seq(std::uint64_t seq) {
    counts_.gaps += seq > seen_.highest() + 1 ? 1 : 0;
    return seen_.add(seq);
}

void Ledger::settle(Send& send, SendState state) {
    send.state = state;
    --waiting_;
    while (first_waiting_ <= sends_.size() && sends_[first_waiting_ - 1].state != SendState::waiting
    ) {
        ++first_waiting_;
    }
}

}  // namespace parley::bench
