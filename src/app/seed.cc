#include "app/seed.h"

#include <algorithm>
#include <cstdio>
#include <future>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "app/embedded.h"
#include "base/json_writer.h"

namespace parley::app {
namespace {

constexpr std::uint64_t kUsersPerTransaction = 10'000;
constexpr std::uint64_t kEventsPerWrite = 5'000;
/// Nobody can log in with this: it is no hash of anything.
constexpr std::string_view kNoPassword = "!";

struct SeededUser {
    UserId id;
    DeviceId device;
};

class Seeder {
public:
    Seeder(Embedded& parts, Node& node, const SeedOptions& options)
        : parts_(parts),
          node_(node),
          options_(options),
          random_(parts.runtime().loop(0).random()),
          now_(parts.runtime().clock().wall()) {}

    Result<void> run() {
        if (auto made = make_users(); !made.ok()) {
            return made;
        }
        if (auto made = make_contacts(); !made.ok()) {
            return made;
        }
        if (auto made = make_messages(); !made.ok()) {
            return made;
        }
        return write_file();
    }

private:
    [[nodiscard]] ConversationNumber number_of(std::uint64_t pair) const {
        // A thousand a millisecond, before now: no later number of this server clashes.
        const auto millis = now_.millis() - 86'400'000 + static_cast<std::int64_t>(pair / 1000);
        return make_conversation_number(millis, 0, static_cast<std::uint32_t>(pair % 1000));
    }

    Result<void> make_users() {
        for (std::uint64_t first = 0; first < options_.users; first += kUsersPerTransaction) {
            const std::uint64_t last = std::min(options_.users, first + kUsersPerTransaction);
            std::vector<sqlite::SeedUser> users;
            std::vector<sqlite::SeedDevice> devices;
            std::vector<sqlite::SeedPair> pairs;
            for (std::uint64_t i = first; i < last; ++i) {
                const SeededUser user{
                    .id = {random_uuid(random_)}, .device = {random_uuid(random_)}
                };
                users_.push_back(user);
                const std::string name = "seed-" + std::to_string(i);
                sqlite::SeedUser row;
                row.user.id = user.id;
                row.user.username = name;
                row.user.display_name = name;
                row.user.created_at = now_;
                row.password_hash = kNoPassword;
                users.push_back(std::move(row));
                sqlite::SeedDevice device;
                device.device.id = user.device;
                device.device.user = user.id;
                device.device.name = "seed";
                device.device.platform = "seed";
                device.device.created_at = now_;
                device.device.last_used_at = now_;
                random_.fill(device.token);
                device.expires_at = now_.plus(lifetime());
                devices.push_back(std::move(device));
                if (i % 2 == 1) {
                    pairs.push_back(
                        {.one = users_[i - 1].id, .other = user.id, .number = number_of(i / 2)}
                    );
                }
            }
            if (auto seeded = parts_.database().seed(users, devices, pairs); !seeded.ok()) {
                return seeded;
            }
        }
        return {};
    }

    Result<void> make_contacts() {
        const std::uint64_t circle = options_.contacts + 1;
        std::vector<sqlite::SeedContact> contacts;
        for (std::uint64_t i = 0; i < users_.size(); ++i) {
            const std::uint64_t first = i / circle * circle;
            const std::uint64_t last = std::min<std::uint64_t>(first + circle, users_.size());
            for (std::uint64_t other = first; other < last; ++other) {
                if (other != i) {
                    ports::Contact contact{.id = random_uuid(random_), .user = users_[other].id};
                    contact.created_at = now_;
                    contacts.push_back({.owner = users_[i].id, .contact = std::move(contact)});
                }
            }
        }
        return parts_.database().seed({}, {}, {}, contacts);
    }

    Result<void> make_messages() {
        const std::uint64_t pairs = options_.users / 2;
        std::vector<ports::ConversationWrite> writes;
        std::uint64_t waiting = 0;
        for (std::uint64_t pair = 0; pair < pairs; ++pair) {
            // What does not divide goes to the first ones.
            const std::uint64_t count =
                (options_.messages / pairs) + (pair < options_.messages % pairs ? 1 : 0);
            std::uint64_t done = 0;
            core::ConversationState state = opened(pair);
            do {
                const std::uint64_t step = std::min(count - done, kEventsPerWrite);
                writes.push_back(more(state, pair, step));
                done += step;
                waiting += step;
                if (waiting >= kEventsPerWrite) {
                    if (auto written = parts_.store().seed(writes); !written.ok()) {
                        return written;
                    }
                    writes.clear();
                    waiting = 0;
                }
            } while (done < count);
        }
        return parts_.store().seed(writes);
    }

    [[nodiscard]] core::ConversationState opened(std::uint64_t pair) const {
        core::ConversationState state;
        state.number = number_of(pair);
        state.last_time = creation_time(state.number);
        state.rev = 1;
        state.active = 2;
        UserId one = users_[2 * pair].id;
        UserId other = users_[(2 * pair) + 1].id;
        if (other < one) {
            std::swap(one, other);
        }
        for (const UserId& user : {one, other}) {
            state.members.add({.user = user, .joined_at = state.last_time, .first = {1}});
        }
        return state;
    }

    /// `count` further messages, of the two in turn; `state` moves on.
    ports::ConversationWrite more(
        core::ConversationState& state, std::uint64_t pair, std::uint64_t count
    ) {
        ports::ConversationWrite write;
        for (std::uint64_t i = 0; i < count; ++i) {
            const SeededUser& sender = users_[(2 * pair) + (state.head.value % 2)];
            auto event = std::make_shared<core::Event>();
            event->seq = state.head.next();
            event->ordinal = {event->seq.value};
            event->time = {state.last_time.ticks + 1};
            event->sender = sender.id;
            event->sender_device = sender.device;
            event->client_id = "seed-" + std::to_string(event->seq.value);
            event->content.assign(options_.payload_bytes, 'x');
            state.head = event->seq;
            state.ordinal = event->ordinal;
            state.last_time = event->time;
            ++state.rev;
            core::Member* member = state.find(sender.id);
            member->cursor = {
                .delivered = event->seq, .read = event->seq, .read_ordinal = event->ordinal
            };
            write.events.push_back(std::move(event));
        }
        write.state = core::without_members(state);
        write.members_total = 2;
        for (const std::uint32_t index : {0U, 1U}) {
            write.members.push_back(ports::member_write(state.members[index], index, 0));
        }
        return write;
    }

    [[nodiscard]] Duration lifetime() const {
        return std::chrono::hours{24 * static_cast<std::int64_t>(options_.token_days)};
    }

    Result<void> write_file() {
        // Tokens are in it: for its owner only.
        const int file =
            ::open(options_.out.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        std::FILE* out = file < 0 ? nullptr : ::fdopen(file, "w");
        if (out == nullptr) {
            return Error{ErrorCode::invalid_request, "cannot write " + options_.out};
        }
        std::string line;
        JsonWriter{line}
            .begin_object()
            .field("parley_seed", 1)
            .field("users", options_.users)
            .end_object();
        line.push_back('\n');
        bool well = std::fputs(line.c_str(), out) >= 0;
        for (std::uint64_t i = 0; i < options_.users && well; ++i) {
            const std::uint64_t peer = (i ^ 1U) < options_.users ? (i ^ 1U) : i;
            line.clear();
            JsonWriter json{line};
            json.begin_object()
                .field("user_id", users_[i].id.uuid)
                .field("username", "seed-" + std::to_string(i));
            json.field("device_id", users_[i].device.uuid);
            json.field(
                "access_token",
                node_.auth().issue_access_token(users_[i].id, users_[i].device, now_, lifetime())
            );
            json.field("peer_id", users_[peer].id.uuid);
            json.field("conversation_id", conversation_id(number_of(i / 2)).uuid).end_object();
            line.push_back('\n');
            well = std::fputs(line.c_str(), out) >= 0;
        }
        if (std::fclose(out) != 0 || !well) {
            return Error{ErrorCode::unavailable, "cannot write " + options_.out};
        }
        return {};
    }

    Embedded& parts_;
    Node& node_;
    const SeedOptions& options_;
    Random& random_;
    Timestamp now_;
    std::vector<SeededUser> users_;
};

runtime::Task<void> flush(Embedded* parts, runtime::Loop* loop, std::promise<Result<void>>* done) {
    auto flushed = co_await parts->store().flush(*loop);
    // What was seeded never was in the log: the search index has to look at everything again.
    auto reset = co_await parts->search().reset(*loop);
    if (flushed.ok() && reset.ok()) {
        done->set_value(Result<void>{});
    } else {
        done->set_value(flushed.ok() ? reset.error() : flushed.error());
    }
}

}  // namespace

Result<void> seed(const Config& config, const SeedOptions& options) {
    if (options.users == 0 || options.users % 2 != 0) {
        return Error{ErrorCode::invalid_request, "--users must be even and not 0"};
    }
    log::configure(log::Level::warn, log::Format::text);
    TRY(const auto parts, Embedded::open(config));
    TRY(auto node, Node::open(parts->node_options(config), parts->node_parts()));
    runtime::TaskScope scope;
    parts->runtime().start();
    Seeder seeder{*parts, *node, options};
    auto result = seeder.run();
    if (result.ok()) {
        std::promise<Result<void>> flushed;
        runtime::Loop* loop = &parts->runtime().loop(0);
        loop->post([&, loop] { scope.spawn(flush(parts.get(), loop, &flushed)); });
        result = flushed.get_future().get();
    }
    parts->runtime().stop();
    if (const auto closed = node->close(); result.ok() && !closed.ok()) {
        result = closed.error();
    }
    return result;
}

}  // namespace parley::app
