#include "bench/lane.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/uuid.h"

namespace parley::bench {
namespace {

using namespace std::chrono_literals;

constexpr auto kTick = 250ms;
constexpr std::int64_t kBackoffFirst = 20'000'000;
constexpr std::int64_t kBackoffLast = 500'000'000;
/// Without --reconnect a client that cannot get in this often is given up.
constexpr unsigned kFailuresMax = 10;
/// Conversations that one lane reads at once.
constexpr std::size_t kAuditingMax = 16;

/// 24 characters of base64 are the 16 bytes that RFC 6455 §4.1 asks for; all lanes' clients use one.
std::string make_key(Random& random) {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string key;
    for (int i = 0; i < 21; ++i) {
        key += kAlphabet[random.next() % kAlphabet.size()];
    }
    return key + "Q==";  // the last character carries two bits
}

}  // namespace

void Tally::add(const Tally& other) {
    for (const auto field :
         {&Tally::delivery,
          &Tally::last,
          &Tally::ack,
          &Tally::connect,
          &Tally::auth,
          &Tally::sync,
          &Tally::ready}) {
        (this->*field).add(other.*field);
    }
    for (const auto field :
         {&Tally::acked,
          &Tally::delivered,
          &Tally::presence_first,
          &Tally::presence_changes,
          &Tally::presence_repeats,
          &Tally::skipped,
          &Tally::dropped,
          &Tally::repairs,
          &Tally::malformed}) {
        this->*field += other.*field;
    }
    for (const auto& [code, count] : other.errors) {
        errors[code] += count;
    }
}

Lane::Lane(
    Plan& plan,
    runtime::Runtime& runtime,
    runtime::Loop& loop,
    std::uint32_t first,
    std::uint32_t count,
    JournalFile* journal
)
    : plan_(plan),
      runtime_(runtime),
      loop_(loop),
      first_(first),
      masks_((std::uint64_t{plan.run} << 32U) | first),
      journal_(journal),
      connects_later_(count) {
    clients_.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        const Account* account = plan.options.raw ? nullptr : &plan.accounts.at(first + i);
        clients_.push_back(std::make_unique<Client>(*this, first + i, account));
    }
}

Lane::~Lane() = default;

std::int64_t Lane::now() const noexcept {
    return loop_.clock().steady().count();
}

// --- connecting -----------------------------------------------------------------------------------

void Lane::start_connecting() {
    key_ = make_key(loop_.random());
    accept_ = "Sec-WebSocket-Accept: " + websocket::accept_key(key_);
    loop_.after(kTick, [this] { tick(); });
    for (const auto& client : clients_) {
        if (journal_.enabled()) {
            journal_.device(client->index(), plan_.accounts.at(client->index()).user_id);
        }
    }
    connect_more();
}

void Lane::storm() {
    for (const auto& client : clients_) {
        client->close();
    }
    ready_ = 0;
    failed_ = 0;
    connecting_ = 0;
    next_to_connect_ = 0;
    connect_more();
}

void Lane::connect_more() {
    const std::size_t share = std::max<std::size_t>(
        1, plan_.options.connecting / std::max<std::size_t>(1, plan_.options.threads)
    );
    while (!closing_ && connecting_ < share && next_to_connect_ < clients_.size()) {
        ++connecting_;
        clients_[next_to_connect_++]->connect();
    }
}

void Lane::on_ready() {
    ++ready_;
    --connecting_;
    connect_more();
}

void Lane::on_down(Client& client, Client::State was) {
    if (closing_) {
        return;
    }
    if (was == Client::State::ready) {
        --ready_;
        ++tally_.dropped;
    } else {
        --connecting_;
    }
    const Phase phase = plan_.phase.load();
    const bool again = plan_.options.reconnect || phase == Phase::auditing ||
                       (was != Client::State::ready && client.failures() < kFailuresMax);
    if (again && !client.refused()) {
        connect_later(client);
    } else {
        ++failed_;
    }
    connect_more();
}

/// 20 ms, then twice as long each time up to 500 ms, and up to half of that more, so that those who fell
/// together do not come back together.
void Lane::connect_later(Client& client) {
    const std::size_t place = client.index() - first_;
    if (connects_later_[place]) {
        return;
    }
    connects_later_[place] = true;
    const std::int64_t delay =
        std::min(kBackoffFirst << std::min(client.failures(), 10U), kBackoffLast);
    const auto jitter = static_cast<std::int64_t>(
        loop_.random().next() % static_cast<std::uint64_t>((delay / 2) + 1)
    );
    ++connecting_;
    loop_.after(Duration(delay + jitter), [this, &client, place] {
        connects_later_[place] = false;
        if (!closing_ && client.state() == Client::State::down) {
            client.connect();
        }
    });
}

void Lane::tick() {
    if (closing_) {
        return;
    }
    const std::int64_t time = now();
    for (const auto& client : clients_) {
        client->tick(time);
    }
    loop_.after(kTick, [this] { tick(); });
}

void Lane::count_error(std::string_view code) {
    ++tally_.errors[std::string(code)];
}

void Lane::close() {
    closing_ = true;
    for (const auto& client : clients_) {
        client->close();
    }
    journal_.flush();
}

// --- load -----------------------------------------------------------------------------------------

void Lane::start_sending() {
    for (const auto& client : clients_) {
        client->top_up();
    }
}

void Lane::send_paced(std::uint32_t count, std::int64_t due, std::int64_t interval) {
    for (std::uint32_t i = 0; i < count; ++i) {
        const bool sent = clients_[next_paced_]->send_one(due);
        tally_.skipped += sent ? 0 : 1;
        due += interval;
        next_paced_ = next_paced_ + 1 < clients_.size() ? next_paced_ + 1 : 0;
    }
}

void Lane::on_delivered(std::int64_t due, std::int64_t time) {
    ++received_;
    const bool measuring = plan_.measuring();
    if (measuring) {
        ++tally_.delivered;
        tally_.delivery.record(time - due);
    }
    if (plan_.options.group.empty()) {
        return;
    }
    if (const auto at = arrivals_.try_emplace(due).first;
        ++at->second == plan_.options.connections - 1) {
        arrivals_.erase(at);
        if (measuring) {
            tally_.last.record(time - due);
        }
    }
}

Progress Lane::progress() const {
    Progress progress{.ready = ready_, .failed = failed_, .received = received_};
    for (const auto& client : clients_) {
        const Ledger& ledger = client->ledger();
        progress.waiting += ledger.waiting();
        progress.acked += ledger.counts().acked;
        progress.gaps += ledger.seen().has_gap() ? 1 : 0;
    }
    progress.unaudited = (clients_.size() / 2) - next_pair_ + auditing_;
    return progress;
}

// --- audit ----------------------------------------------------------------------------------------

void Lane::start_audit() {
    audit_more();
}

void Lane::audit_more() {
    while (!closing_ && auditing_ < kAuditingMax && next_pair_ < clients_.size() / 2) {
        ++auditing_;
        audit_pair(next_pair_++);
    }
}

/// Who reads the pair's conversation; the second if only that one is connected.
Client* Lane::usable(std::size_t pair) {
    Client* first = clients_[2 * pair].get();
    Client* second = clients_[(2 * pair) + 1].get();
    for (Client* client : {first, second}) {
        if (client->state() == Client::State::ready) {
            return client;
        }
    }
    if (first->state() == Client::State::down && !first->refused()) {
        connect_later(*first);
    }
    return first->refused() ? nullptr : first;
}

void Lane::audit_pair(std::size_t pair) {
    const Client& first = *clients_[2 * pair];
    if (plan_.options.raw || plan_.options.audit == AuditMode::none ||
        !first.knows_conversation()) {
        const Client& second = *clients_[(2 * pair) + 1];
        // Messages of a relayed group have nothing that tells their senders apart; they are counted.
        const bool relayed = plan_.options.raw && plan_.options.group.empty();
        audit_.add(audit_live(first.ledger(), second.ledger(), relayed, name_of(pair)));
        --auditing_;
        return;
    }
    Client* reader = usable(pair);
    if (reader == nullptr) {
        loop_.defer([this, pair] { end_audit(pair, nullptr, false); });
        return;
    }
    const std::uint64_t after =
        plan_.options.audit == AuditMode::recent ? reader->ledger().head() : 0;
    const bool swapped = reader != &first;
    reader->read_history(after, [this, pair, swapped](std::optional<History> history) {
        // Not from inside the reader's call: others are to be asked next.
        loop_.defer([this, pair, swapped, read = std::move(history)]() mutable {
            if (journal_.enabled()) {
                read_again(pair, swapped, std::move(read));
            } else {
                end_audit(pair, read ? &*read : nullptr, swapped);
            }
        });
    });
}

/// The journal has what every member reads: the other one, too.
void Lane::read_again(std::size_t pair, bool swapped, std::optional<History> history) {
    Client& other = *clients_[(2 * pair) + (swapped ? 0 : 1)];
    for (std::size_t side = 0; side < 2; ++side) {
        const std::uint32_t index = clients_[(2 * pair) + side]->index();
        journal_.member(
            {.time = now(), .client = index},
            other.conversation_id(),
            plan_.accounts.at(index).user_id
        );
    }
    if (other.refused()) {  // the checker will miss its read
        end_audit(pair, history ? &*history : nullptr, swapped);
        return;
    }
    if (other.state() == Client::State::down) {
        connect_later(other);
    }
    other.read_history(
        other.ledger().head(),
        [this, pair, swapped, first = std::move(history)](const std::optional<History>& /*second*/
        ) mutable {
            loop_.defer([this, pair, swapped, read = std::move(first)]() mutable {
                end_audit(pair, read ? &*read : nullptr, swapped);
            });
        }
    );
}

/// `swapped`: the second has read it, so that "self" is the second.
void Lane::end_audit(std::size_t pair, const History* history, bool swapped) {
    const Ledger& reader = clients_[(2 * pair) + (swapped ? 1 : 0)]->ledger();
    const Ledger& other = clients_[(2 * pair) + (swapped ? 0 : 1)]->ledger();
    if (history != nullptr) {
        const bool others = !plan_.options.group.empty();
        audit_.add(bench::audit_pair(reader, other, *history, name_of(pair), others));
    } else {
        AuditCounts unread = audit_live(reader, other, false, name_of(pair));
        ++unread.unread;
        unread.problems.push_back(name_of(pair) + ": the history could not be read");
        audit_.add(unread);
    }
    --auditing_;
    audit_more();
}

std::string Lane::name_of(std::size_t pair) const {
    const std::size_t index = first_ + (2 * pair);
    return "users " + std::to_string(index) + " and " + std::to_string(index + 1);
}

}  // namespace parley::bench
