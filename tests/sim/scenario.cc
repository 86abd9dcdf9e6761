#include "tests/sim/scenario.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "tests/history/checker.h"
#include "tests/history/writer.h"
#include "tests/sim/auditor.h"
#include "tests/sim/faults.h"
#include "tests/sim/seeded_crypto.h"

namespace parley::sim {
namespace {

using namespace std::chrono_literals;

constexpr Duration kConvergeMax = 30s;
constexpr Duration kQuiet = 3s;
constexpr Duration kAuditMax = 30s;
constexpr Duration kStopMax = 5s;
constexpr Duration kSweepMax = 3s;
/// After the last session's end a user is online for 5 s more. A connection that has gone silent is a session for as
/// long as two heartbeats.
constexpr Duration kPresenceMax = 90s;
constexpr std::size_t kLinesShown = 20;

/// What all clients of a seed have in common.
struct Style {
    bool long_texts = false;
    bool spicy = false;
    double rest = 0;
    Duration pace{};
    std::uint64_t users = 2;
    std::uint64_t devices_max = 3;
    std::uint64_t crowd = 0;  ///< users who are in groups and never come
    std::size_t groups = 0;   ///< at most
    double act = 0;
    double block = 0;
    double fade = 0;
    bool ending = false;  ///< somebody's account ends
    bool hiding = false;  ///< somebody looks offline to all others

    /// Few users who talk with each other, some in groups, now and then many, seldom a crowd.
    void draw_people(Rng& rng) {
        users = 2 + rng.below(4);
        if (rng.chance(0.3)) {
            return;
        }
        groups = 1 + static_cast<std::size_t>(rng.below(4));
        act = rng.chance(0.5) ? 0.1 : 0.4;
        block = rng.chance(0.3) ? 0.15 : 0;
        fade = rng.chance(0.3) ? 0.7 : 0;
        if (rng.chance(0.3)) {
            users = 5 + rng.below(6);
            devices_max = 2;
        } else if (rng.chance(0.06)) {
            users = 11 + rng.below(20);
            devices_max = 1;
        }
        if (rng.chance(0.02)) {
            crowd = 110 + rng.below(490);
            groups = 1;
        }
    }

    static Style random(Rng& rng) {
        Style style;
        style.draw_people(rng);
        style.long_texts = rng.chance(0.08);
        style.spicy = rng.chance(0.5);
        if (rng.chance(0.4)) {
            style.rest = rng.chance(0.5) ? 0.1 : 0.5;
        }
        style.pace = rng.between(100ms, 1500ms);
        style.ending = style.users > 2 && rng.chance(0.3);
        style.hiding = rng.chance(0.2);
        return style;
    }
};

/// Limits are drawn small now and then, so that what happens at them happens.
app::NodeOptions random_node(Rng& rng, const Style& style) {
    app::NodeOptions node;
    node.key_directory = "/data/keys";
    node.log.directory = "/data/log";
    node.log.segment_bytes = 24'000 + rng.below(rng.chance(0.5) ? 20'000 : 200'000);
    if (rng.chance(0.2)) {
        node.log.group_bytes_max = 24'000;
    }
    if (!style.long_texts && rng.chance(0.1)) {
        node.log.pending_bytes_max = 24'000;
    }
    node.messaging.write_interval = rng.between(1ms, 800ms);
    node.messaging.flush_records = rng.chance(0.5) ? 20 + rng.below(300) : 250'000;
    node.messaging.flush_interval = rng.between(1s, 12s);
    if (rng.chance(0.4)) {
        node.messaging.cached_conversations_max = 1 + static_cast<std::size_t>(rng.below(4));
    }
    if (rng.chance(0.15)) {
        node.messaging.in_flight_max = 4 + static_cast<std::size_t>(rng.below(12));
    }
    if (!style.long_texts && rng.chance(0.1)) {
        node.messaging.unwritten_bytes_max = 8'000;
    }
    if (rng.chance(0.1)) {
        node.messaging.sends = {.per_second = 4, .burst = 8};
    }
    if (style.crowd > 0) {
        node.messaging.group_members_max = 1'000;
    } else if (rng.chance(0.1)) {
        node.messaging.group_members_max = 3 + static_cast<std::uint32_t>(rng.below(4));
    }
    node.messaging.sweep_interval = rng.between(200ms, kSweepMax);
    // Longer than what is under way can take while loops and back ends stall.
    node.removals.settle = rng.between(3s, 8s);
    node.gateway.heartbeat_interval = rng.between(6s, 30s);
    if (rng.chance(0.3)) {
        node.gateway.sends_in_flight_max = 1 + static_cast<std::size_t>(rng.below(6));
    }
    if (rng.chance(0.1)) {
        node.gateway.refusals_max = 2 + static_cast<std::size_t>(rng.below(20));
    }
    if (!style.long_texts && rng.chance(0.4)) {
        // A page of short texts fits, and not much more.
        node.gateway.outbox_bytes_max = 160'000;
    }
    node.gateway.deflate_bytes_min = rng.chance(0.5) ? 200 : 1024;
    node.gateway.reconnect_spread = 500ms;
    return node;
}

ServerOptions random_server(Rng& rng, const Style& style, const SeedOptions& seed) {
    ServerOptions options;
    options.loops = 1 + static_cast<std::size_t>(rng.below(4));
    options.loops_change = rng.chance(0.2);
    options.machine.one_mailbox = rng.chance(0.5);
    options.machine.post_delay_max = rng.between(5us, 300us);
    options.node = random_node(rng, style);
    options.node.messaging.sends = seed.sends.value_or(options.node.messaging.sends);
    return options;
}

/// Where a script says what happens, the clients are witnesses: two, each with a device.
Style style_of(const SeedOptions& options, Rng& rng) {
    Style style = Style::random(rng);
    if (options.script) {
        style.users = 2;
        style.crowd = 0;
        style.devices_max = 1;
        style.ending = false;
    }
    return style;
}

/// Everything of one seed; made, run, and thrown away.
class Run {
public:
    explicit Run(const SeedOptions& options)
        : options_(options),
          simulation_(Rng{options.seed}.next()),
          crypto_(simulation_.rng().fork()),
          network_(simulation_),
          world_{
              .simulation = simulation_,
              .network = network_,
              .deflater = deflater_,
              .history = history_,
              .users = {UserId{}},
              .user_numbers = {},
              .token = [this](UserId user, DeviceId device) { return server_.token(user, device); },
              .members = {},
              .breaches = {},
          },
          style_(style_of(options, simulation_.rng())),
          server_(simulation_, network_, random_server(simulation_.rng(), style_, options)),
          plan_(options.script ? FaultPlan{} : FaultPlan::random(simulation_.rng())),
          nemesis_(world_, server_, plan_),
          operator_(world_, server_) {
        if (options.script) {
            script_ = options.script(world_, server_);
        }
        simulation_.print_trace(options.print_trace);
    }

    SeedResult run() {
        make_clients();
        server_.start();
        for (const auto& client : clients_) {
            client->start();
        }
        operator_.begin();
        nemesis_.begin();
        simulation_.say("the faults: " + plan_.describe());
        const Duration time = script_ ? script_->begin() : simulation_.rng().between(5s, 35s);
        if (world_.ending != 0) {
            simulation_.in(simulation_.rng().between(1s, time), kWorld, [this] { end_account(); });
        }
        simulation_.run_until(simulation_.now() + time);
        if (script_) {
            script_->end();
        }
        nemesis_.heal();
        healed_at_ = simulation_.now();
        simulation_.in(Duration{0}, kWorld, [this] {
            for (const auto& client : clients_) {
                client->calm_down();
                client->hurry();
            }
        });
        simulation_.run_until(simulation_.now());
        if (converge() && agree_on_reads() && agree_on_presence()) {
            audit();
        }
        return finish();
    }

private:
    void make_clients() {
        Rng& rng = simulation_.rng();
        SimRandom random{rng.fork()};
        const auto users = static_cast<std::uint32_t>(style_.users + style_.crowd);
        for (std::uint32_t user = 1; user <= users; ++user) {
            const UserId id{random_uuid(random)};
            world_.users.push_back(id);
            world_.user_numbers[to_string(id.uuid)] = user;
            if (style_.ending && user == style_.users) {
                world_.ending = user;
            }
            const bool ends = user == world_.ending;
            const bool hides = style_.hiding && user == 1;
            if (hides) {
                world_.hiding = user;
            }
            server_.add_user(
                id, ends ? std::string{kEndingName} : "user" + std::to_string(user), hides
            );
            const std::uint64_t devices =
                user > style_.users ? 0 : 1 + rng.below(style_.devices_max);
            for (std::uint64_t i = 0; i < devices; ++i) {
                const auto number = static_cast<std::uint32_t>(history_.devices.size());
                const auto role = ends ? history::Role::ended : history::Role::client;
                history_.devices.push_back({.user = user, .role = role, .name = {}});
                last_device_ = DeviceId{random_uuid(random)};
                clients_.push_back(
                    std::make_unique<Client>(world_, number, user, last_device_, random_habits(rng))
                );
            }
        }
        random_ = std::make_unique<SimRandom>(rng.fork());
    }

    /// Asks until it is so. Their devices go on meanwhile, as far as they can.
    void end_account() {
        const UserId user = world_.users.at(world_.ending);
        ending_ = std::make_unique<RestCall>(
            simulation_,
            network_,
            RestCall::Request{
                .method = "DELETE",
                .target = "/api/users/me",
                .token = server_.token(user, last_device_),
                .body = JsonObject{}.add("password", kSimulatedPassword).take()
            },
            [this, user](const RestCall::Answer& answer) {
                simulation_.after_event([over = std::move(ending_)] {});
                if (answer.status == 204 && server_.has_user(user)) {
                    fail("an account that has ended is there", 0);
                }
                if (server_.has_user(user)) {
                    simulation_.in(300ms, kWorld, [this] { end_account(); });
                    return;
                }
                simulation_.tally.add(Count::accounts_ended);
                for (auto& client : clients_) {
                    if (client->user() == world_.ending) {
                        client->stop();
                        gone_.push_back(std::move(client));
                    }
                }
                std::erase(clients_, nullptr);
            }
        );
    }

    Habits random_habits(Rng& rng) const {
        Habits habits;
        habits.send_mean = rng.between(style_.pace / 2, style_.pace * 2);
        habits.long_text = style_.long_texts ? 0.6 : 0;
        habits.spicy = style_.spicy;
        habits.rest = style_.rest;
        habits.eager = rng.chance(0.3);
        habits.mark_mean = rng.between(300ms, 3s);
        habits.leave_mean = rng.between(5s, 60s);
        habits.window = 1 + static_cast<std::size_t>(rng.below(12));
        habits.by_receiver = rng.chance(0.5) ? 0.2 : 0.8;
        habits.twice = plan_.duplicates ? 0.2 : 0;
        habits.slow_reader = plan_.slow_readers && rng.chance(0.4);
        habits.group = style_.groups > 0 ? 0.6 : 0;
        habits.people = style_.users;
        habits.groups_max = style_.groups;
        habits.members_max = style_.crowd > 0 ? 450 : style_.users;
        habits.act = style_.act;
        habits.block = style_.block;
        habits.fade = style_.fade;
        habits.deflate = rng.chance(0.1);
        habits.header_token = rng.chance(0.3);
        return habits;
    }

    // --- the end ----------------------------------------------------------------------------------

    template <class Condition>
    bool wait_until(Duration at_most, Condition condition) {
        const Duration end = simulation_.now() + at_most;
        while (!condition()) {
            if (simulation_.now() >= end || !server_.complaints().empty()) {
                return false;
            }
            simulation_.run_until(simulation_.now() + 250ms);
        }
        return true;
    }

    [[nodiscard]] bool all_agree() const {
        const bool ended = world_.ending == 0 || !server_.has_user(world_.users.at(world_.ending));
        if (!ended || !server_.up() || !operator_.content(healed_at_) ||
            !std::ranges::all_of(clients_, [](const auto& client) { return client->settled(); })) {
            return false;
        }
        return std::ranges::all_of(world_.members, [this](const auto& entry) {
            return agree_on(entry.first, entry.second);
        });
    }

    /// Who is in it has everything, and who has left has as much on every device.
    [[nodiscard]] bool agree_on(std::uint32_t conversation, const std::set<std::uint32_t>& members)
        const {
        std::uint64_t head = 0;
        for (const auto& client : clients_) {
            head = std::max(head, client->head(conversation));
        }
        std::map<std::uint32_t, std::pair<std::uint64_t, bool>> of_user;
        return std::ranges::all_of(clients_, [&](const auto& client) {
            if (!members.contains(client->user())) {
                return true;
            }
            if (!client->knows(conversation)) {
                return false;
            }
            const bool is_in = client->is_in(conversation);
            const std::pair has{client->head(conversation), is_in};
            const auto [at, fresh] = of_user.try_emplace(client->user(), has);
            return at->second == has && (!is_in || has.first == head);
        });
    }

    /// What waits to be sent may go out no faster than the server permits its user, and counts double when it
    /// is sent twice.
    [[nodiscard]] Duration time_to_send() const {
        std::map<std::uint32_t, std::size_t> waiting;
        std::size_t most = 0;
        for (const auto& client : clients_) {
            most = std::max(most, waiting[client->user()] += client->unacknowledged());
        }
        const double per_second = server_.node_options().messaging.sends.per_second;
        if (per_second <= 0) {
            return Duration{0};  // no limit
        }
        const std::chrono::duration<double> seconds{2 * static_cast<double>(most) / per_second};
        return std::chrono::duration_cast<Duration>(seconds);
    }

    bool converge() {
        const Duration at_most = kConvergeMax + time_to_send();
        if (wait_until(at_most, [this] { return all_agree(); })) {
            return true;
        }
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at_most).count();
        std::string text =
            "liveness: " + std::to_string(seconds) + " s after everything healed they do not agree";
        text += server_.up() ? "" : "; the server is down";
        text += operator_.content(healed_at_) ? "" : "; /readyz does not say that it is ready";
        for (const auto& client : clients_) {
            text += "\n    " + client->describe();
        }
        fail(std::move(text), 0);
        return false;
    }

    /// I11 as the devices see it: after a while, all of a user's know the same read cursors. Nothing makes
    /// them sync meanwhile but a connection that turns out to be dead.
    bool agree_on_reads() {
        for (const auto& client : clients_) {
            client->read_everything();
        }
        simulation_.run_until(simulation_.now() + kQuiet);
        std::string difference;
        const auto agreed = [&] {
            difference = difference_in_reads();
            return difference.empty() && all_agree();
        };
        if (!wait_until(kConvergeMax, agreed)) {
            fail(
                difference.empty() ? "liveness: they agreed, and no longer do"
                                   : "I11: " + difference,
                0
            );
            return false;
        }
        return true;
    }

    [[nodiscard]] std::string difference_in_reads() const {
        for (const auto& [conversation, members] : world_.members) {
            std::map<std::uint32_t, std::uint64_t> read;
            for (const auto& client : clients_) {
                const std::uint64_t mine = client->read_up_to(conversation);
                const auto [at, fresh] = read.try_emplace(client->user(), mine);
                if (!fresh && at->second != mine) {
                    return "the devices of user " + std::to_string(client->user()) +
                           " have read up to different places in conversation " +
                           std::to_string(conversation) + ": " + std::to_string(at->second) +
                           " and " + std::to_string(mine);
                }
            }
        }
        return {};
    }

    /// Some users leave; the others soon know who is there, and nobody knows it who may not.
    bool agree_on_presence() {
        for (const auto& client : clients_) {
            client->record_holds();
        }
        if (script_) {
            return true;  // its guests do what they like
        }
        std::set<std::uint32_t> there;
        for (const auto& client : clients_) {
            client->watch();
            if (there.empty() || simulation_.rng().chance(0.6)) {
                there.insert(client->user());
            }
        }
        simulation_.run_until(simulation_.now() + 1s);
        for (const auto& client : clients_) {
            if (!there.contains(client->user())) {
                client->stop();
            }
        }
        std::string difference;
        const auto agreed = [&] {
            difference = difference_in_presence(there);
            return difference.empty();
        };
        if (!wait_until(kPresenceMax, agreed)) {
            fail("presence: " + difference, 0);
            return false;
        }
        return true;
    }

    [[nodiscard]] std::string difference_in_presence(const std::set<std::uint32_t>& there) const {
        for (const auto& client : clients_) {
            for (std::uint32_t other = 1; other <= style_.users; ++other) {
                if (!there.contains(client->user()) || other == client->user()) {
                    continue;
                }
                const bool online = there.contains(other) && other != world_.hiding;
                const bool may_look_offline =
                    world_.blocks.contains(std::minmax(client->user(), other)) ||
                    !share_one(client->user(), other);
                const std::optional<bool> seen = client->sees_online(other);
                const bool wrong = seen.value_or(false)
                                       ? !online || !share_one(client->user(), other)
                                       : online && !may_look_offline;
                if (wrong) {
                    return "device " + std::to_string(client->number()) + " of user " +
                           std::to_string(client->user()) + " sees user " + std::to_string(other) +
                           (seen.value_or(false) ? " online" : " offline") +
                           (online ? ", who is there" : ", who is not");
                }
            }
        }
        return {};
    }

    /// Both are in a conversation now, as far as all their devices know.
    [[nodiscard]] bool share_one(std::uint32_t one, std::uint32_t other) const {
        return std::ranges::any_of(world_.members, [&](const auto& entry) {
            const auto is_in = [&](std::uint32_t user) {
                return std::ranges::any_of(clients_, [&](const auto& client) {
                    return client->user() == user && client->is_in(entry.first);
                });
            };
            return is_in(one) && is_in(other);
        });
    }

    /// What is to go goes: messages whose time is over, and the account that ended.
    bool let_go() {
        nemesis_.pass_ages();
        simulation_.run_until(simulation_.now() + 3 * kSweepMax);
        if (!wait_until(kConvergeMax, [this] { return server_.all_forgotten(); })) {
            fail("liveness: an account that has ended is not forgotten", 0);
            return false;
        }
        return true;
    }

    /// One more power cut, and everything is read again.
    void audit() {
        for (const auto& client : clients_) {
            client->stop();
        }
        if ((style_.fade > 0 || world_.ending != 0) && !let_go()) {
            return;
        }
        // As an event: what is dead is reaped after one, and it may be long until the next.
        simulation_.in(Duration{0}, kWorld, [this] { server_.kill(Survival::synced); });
        simulation_.run_until(simulation_.now() + 1s);
        if (!wait_until(kConvergeMax, [this] { return server_.up(); })) {
            fail("liveness: the server does not come up again after the last power cut", 0);
            return;
        }
        std::vector<std::unique_ptr<Auditor>> auditors;
        for (std::uint32_t user = 1; user <= style_.users; ++user) {
            if (user == world_.ending) {
                continue;
            }
            const auto number = static_cast<std::uint32_t>(history_.devices.size());
            history_.devices.push_back({.user = user, .role = history::Role::auditor, .name = {}});
            auditors.push_back(
                std::make_unique<Auditor>(world_, number, user, DeviceId{random_uuid(*random_)})
            );
            auditors.back()->start();
        }
        const auto over = [](const auto& auditor) {
            return auditor->done() || !auditor->problem().empty();
        };
        const bool all_over =
            wait_until(kAuditMax, [&] { return std::ranges::all_of(auditors, over); });
        for (const auto& auditor : auditors) {
            if (!auditor->done()) {
                fail(
                    "audit: a user cannot read everything: " +
                        (all_over ? auditor->problem() : std::string{"no answer in time"}),
                    0
                );
            }
        }
        check_store();
        if (!problems_.empty()) {
            return;
        }
        const history::Verdict verdict = history::check(history_);
        if (!verdict.problem.empty()) {
            fail("history: " + verdict.problem, 0);
        }
        for (const history::Violation& violation : verdict.violations) {
            fail(violation.invariant + ": " + violation.what, violation.conversation, violation.at);
        }
    }

    /// What was deleted for everyone, and what has disappeared, is nowhere in the store.
    void check_store() {
        server_.stop_gracefully();
        simulation_.run_until(simulation_.now() + kStopMax);
        for (const auto& [number, conversation] : server_.stored().conversations) {
            for (const auto& [seq, event] : conversation.events) {
                check_erased(conversation.events, *event);
                check_expired(*event);
            }
        }
    }

    void check_expired(const core::Event& event) {
        if (event.ttl_seconds == 0) {
            return;
        }
        if (event.type == core::EventType::message) {
            simulation_.tally.add(Count::expired);
        }
        if (!core::is_bare(event)) {
            fail(
                "I12: the store still has what has disappeared, at place " +
                    std::to_string(event.seq.value),
                0
            );
        }
    }

    template <class Events>
    void check_erased(const Events& events, const core::Event& event) {
        const core::Event* message = &event;
        if (const auto* edit = core::change_as<core::MessageEdited>(event)) {
            const auto at = events.find(edit->target_seq.value);
            message = at == events.end() ? nullptr : at->second.get();
        }
        if (message != nullptr && core::is_deleted(*message) &&
            (message != &event || !event.content.empty())) {
            fail(
                "I12: the store still has what was deleted, at place " +
                    std::to_string(event.seq.value),
                0
            );
        }
    }

    void fail(std::string what, std::uint32_t conversation, std::size_t at = 0) {
        if (problems_.size() >= 10) {
            return;
        }
        if (conversation != 0) {
            what += ", conversation " + std::to_string(conversation);
        }
        if (problems_.empty()) {
            what += "\n  before it:";
            for (const std::string& line :
                 history::lines_around(history_, conversation, at, kLinesShown, 0)) {
                what += "\n    " + line;
            }
            what += "\n  the end of the trace:";
            for (const TraceLine& line : simulation_.last_lines(kLinesShown)) {
                what += "\n    " + to_string(line);
            }
        }
        problems_.push_back(std::move(what));
    }

    SeedResult finish() {
        for (const std::string& complaint : server_.complaints()) {
            fail("the server: " + complaint, 0);
        }
        for (const std::string& misuse : server_.disk.misuse()) {
            fail("the disk: " + misuse, 0);
        }
        for (const std::string& breach : world_.breaches) {
            fail("protocol: " + breach, 0);
        }
        if (!problems_.empty()) {
            problems_.push_back("faults: " + plan_.describe());
        }
        if (options_.print_trace) {
            std::puts("the history:");
            for (const HistoryEvent& event : history_.events) {
                std::printf("%s\n", history::to_line(history_, event).c_str());
            }
        }
        mix_history();
        if (!options_.history_file.empty()) {
            if (std::string problem = history::write_file(history_, options_.history_file);
                !problem.empty()) {
                problems_.push_back(std::move(problem));
            }
        }
        SeedResult result;
        result.problems = std::move(problems_);
        result.trace_hash = simulation_.trace_hash();
        result.simulated = simulation_.now();
        result.events = simulation_.events_run();
        result.tally = simulation_.tally;
        const auto count = [this](Op op) {
            return static_cast<std::uint64_t>(
                std::ranges::count(history_.events, op, &HistoryEvent::op)
            );
        };
        result.tally.add(Count::acknowledged, count(Op::ack));
        result.tally.add(Count::delivered, count(Op::show));
        return result;
    }

    /// What clients saw is observable, too.
    void mix_history() {
        for (const HistoryEvent& event : history_.events) {
            simulation_.mix(static_cast<std::uint64_t>(event.time.count()));
            simulation_.mix(static_cast<std::uint64_t>(event.op));
            simulation_.mix(event.device);
            simulation_.mix(event.conversation);
            simulation_.mix(event.seq);
            simulation_.mix(event.cur);
            simulation_.mix(event.hash);
            simulation_.mix(event.message);
            simulation_.mix(event.send);
        }
        simulation_.mix(simulation_.rng().next());
        simulation_.mix(simulation_.events_run());
    }

    const SeedOptions options_;
    Simulation simulation_;
    const SeededCrypto crypto_;
    SimNetwork network_;
    websocket::Deflater deflater_;
    History history_;
    World world_;
    const Style style_;
    Server server_;
    const FaultPlan plan_;
    Nemesis nemesis_;
    Operator operator_;
    Duration healed_at_{};
    std::vector<std::unique_ptr<Client>> clients_;
    std::vector<std::unique_ptr<Client>> gone_;  // of the account that has ended
    std::unique_ptr<RestCall> ending_;
    std::unique_ptr<SimRandom> random_;
    DeviceId last_device_;  // of the account that ends, when one does
    std::unique_ptr<Script> script_;
    std::vector<std::string> problems_;
};

}  // namespace

SeedResult run_seed(const SeedOptions& options) {
    return Run{options}.run();
}

}  // namespace parley::sim
