#include "tests/sim/faults.h"

#include <algorithm>
#include <array>
#include <utility>

namespace parley::sim {
namespace {

using namespace std::chrono_literals;

/// The plan's switches with their names.
struct Switch {
    bool FaultPlan::* on;
    const char* name;
    double chance;
};
constexpr std::array kSwitches{
    Switch{.on = &FaultPlan::kills, .name = "kills", .chance = 0.5},
    Switch{.on = &FaultPlan::disk_kills, .name = "disk_kills", .chance = 0.5},
    Switch{.on = &FaultPlan::power_cuts, .name = "power_cuts", .chance = 0.75},
    Switch{.on = &FaultPlan::graceful_stops, .name = "graceful_stops", .chance = 0.2},
    Switch{.on = &FaultPlan::busy_pools, .name = "busy_pools", .chance = 0.2},
    Switch{.on = &FaultPlan::loop_stalls, .name = "loop_stalls", .chance = 0.2},
    Switch{.on = &FaultPlan::cuts, .name = "cuts", .chance = 0.4},
    Switch{.on = &FaultPlan::storms, .name = "storms", .chance = 0.15},
    Switch{.on = &FaultPlan::stalls, .name = "stalls", .chance = 0.3},
    Switch{.on = &FaultPlan::silent_breaks, .name = "silent_breaks", .chance = 0.2},
    Switch{.on = &FaultPlan::one_way_breaks, .name = "one_way_breaks", .chance = 0.2},
    Switch{.on = &FaultPlan::lost_answers, .name = "lost_answers", .chance = 0.25},
    Switch{.on = &FaultPlan::delays, .name = "delays", .chance = 0.3},
    Switch{.on = &FaultPlan::tiny_pieces, .name = "tiny_pieces", .chance = 0.25},
    Switch{.on = &FaultPlan::small_window, .name = "small_window", .chance = 0.2},
    Switch{.on = &FaultPlan::slow_readers, .name = "slow_readers", .chance = 0.3},
    Switch{.on = &FaultPlan::duplicates, .name = "duplicates", .chance = 0.25},
    Switch{.on = &FaultPlan::full_disk, .name = "full_disk", .chance = 0.2},
    Switch{.on = &FaultPlan::slow_disk, .name = "slow_disk", .chance = 0.25},
    Switch{.on = &FaultPlan::failing_syncs, .name = "failing_syncs", .chance = 0.15},
    Switch{.on = &FaultPlan::dead_disk, .name = "dead_disk", .chance = 0.08},
    Switch{.on = &FaultPlan::failing_writes, .name = "failing_writes", .chance = 0.08},
    Switch{.on = &FaultPlan::garbage, .name = "garbage", .chance = 0.4},
    Switch{.on = &FaultPlan::failing_store, .name = "failing_store", .chance = 0.15},
    Switch{.on = &FaultPlan::failing_directories, .name = "failing_directories", .chance = 0.15},
    Switch{.on = &FaultPlan::slow_backends, .name = "slow_backends", .chance = 0.15},
    Switch{.on = &FaultPlan::clock_drift, .name = "clock_drift", .chance = 0.2},
    Switch{.on = &FaultPlan::clock_hours, .name = "clock_hours", .chance = 0.12},
    Switch{.on = &FaultPlan::clock_years, .name = "clock_years", .chance = 0.12},
    Switch{.on = &FaultPlan::clock_steps, .name = "clock_steps", .chance = 0.12},
};
/// Of the chances above: some seeds have few faults, some have many.
constexpr std::array kDensities{0.4, 1.0, 1.0, 1.5};

constexpr Duration kYear = 24h * 365;
/// The clock stays this near to the truth.
constexpr Duration kOffsetMax = 11 * kYear;

constexpr Duration kLookEvery = 2s;
/// So long a server may take to find out that its log has failed and to say so.
constexpr Duration kKnownWithin = 1s;

}  // namespace

FaultPlan FaultPlan::random(Rng& rng) {
    FaultPlan plan;
    const double density = rng.pick(kDensities);
    for (const Switch& fault : kSwitches) {
        plan.*fault.on = rng.chance(fault.chance * density);
    }
    plan.mean_between = rng.between(800ms, 6s);
    return plan;
}

std::string FaultPlan::describe() const {
    std::string text;
    for (const Switch& fault : kSwitches) {
        if (this->*fault.on) {
            text.append(text.empty() ? "" : " ").append(fault.name);
        }
    }
    return text.empty() ? "none" : text;
}

// --- Nemesis --------------------------------------------------------------------------------------

Nemesis::Nemesis(World& world, Server& server, FaultPlan plan)
    : world_(world),
      server_(server),
      plan_(plan),
      calm_network_(world.network.options),
      calm_disk_(server.disk.options),
      calm_machine_(server.machine) {}

Survival Nemesis::survival() {
    return plan_.power_cuts && world_.simulation.rng().chance(0.7) ? Survival::synced
                                                                   : Survival::everything;
}

void Nemesis::begin() {
    set_conditions();
    kill_processes();
    break_connections();
    break_disk();
    break_backends();
    turn_clock();
}

void Nemesis::kill_processes() {
    Rng& rng = world_.simulation.rng();
    const Duration mean = plan_.mean_between;
    repeat(plan_.kills, 2 * mean, "kill soon", [this, &rng] {
        server_.kill_at_event(1 + rng.below(400), survival());
    });
    repeat(plan_.disk_kills, 2 * mean, "kill in a disk call soon", [this, &rng] {
        server_.kill_at_disk_call(1 + rng.below(12), survival());
    });
    repeat(plan_.graceful_stops, 4 * mean, "graceful stop", [this] { server_.stop_gracefully(); });
}

void Nemesis::break_connections() {
    Rng& rng = world_.simulation.rng();
    SimNetwork& network = world_.network;
    const Duration mean = plan_.mean_between;
    repeat(plan_.cuts, mean, "a connection breaks", [&network] {
        static_cast<void>(network.cut_one());
    });
    repeat(plan_.storms, 3 * mean, "all connections break", [&network] { network.cut_all(); });
    repeat(plan_.stalls, mean, "a connection stalls", [&network, &rng] {
        static_cast<void>(network.stall_one(rng.between(500ms, 12s)));
    });
    repeat(plan_.silent_breaks, 2 * mean, "a connection goes silent", [&network] {
        static_cast<void>(network.break_silently(false));
    });
    repeat(plan_.one_way_breaks, 2 * mean, "a connection goes silent in one direction", [&network] {
        static_cast<void>(network.break_silently(true));
    });
}

void Nemesis::break_disk() {
    Rng& rng = world_.simulation.rng();
    DiskOptions& disk = server_.disk.options;
    const Duration mean = plan_.mean_between;
    repeat(plan_.full_disk, mean, "the disk fills up or is cleared", [this, &disk, &rng] {
        disk.full = !disk.full && rng.chance(0.6);
        server_.store.failure_chance = disk.full ? 0.5 : 0;
        world_.simulation.tally.add(Count::disk_fills, disk.full ? 1 : 0);
    });
    repeat(plan_.failing_syncs, mean, "syncs begin or cease to fail now and then", [&disk, &rng] {
        disk.sync_error_chance = rng.chance(0.5) ? 0.05 : 0;
    });
    repeat(plan_.dead_disk, 2 * mean, "all syncs begin or cease to fail", [&disk, &rng] {
        disk.syncs_fail = !disk.syncs_fail && rng.chance(0.7);
    });
    repeat(plan_.failing_writes, mean, "writes begin or cease to fail now and then", [&disk, &rng] {
        disk.write_error_chance = rng.chance(0.5) ? 0.03 : 0;
    });
}

void Nemesis::break_backends() {
    Rng& rng = world_.simulation.rng();
    const Duration mean = plan_.mean_between;
    repeat(plan_.failing_store, mean, "the store begins or ceases to fail", [this, &rng] {
        server_.store.failure_chance = rng.chance(0.5) ? 0.3 : 0;
    });
    repeat(plan_.failing_directories, mean, "the directories begin or cease to fail", [this, &rng] {
        server_.directories.failure_chance = rng.chance(0.5) ? 0.3 : 0;
    });
    repeat(plan_.slow_backends, mean, "the back ends become slow or fast", [this, &rng] {
        server_.directories.slow_chance = rng.chance(0.6) ? 0.2 : 0;
        server_.store.slow_chance = rng.chance(0.6) ? 0.2 : 0;
        server_.store.slow_max = rng.between(10ms, 1s);
    });
}

void Nemesis::turn_clock() {
    Rng& rng = world_.simulation.rng();
    const Duration mean = plan_.mean_between;
    repeat(plan_.clock_drift, mean, "the wall clock jumps", [this, &rng] {
        static constexpr std::array<Duration, 4> kReach{50ms, 5s, 1min, 24h * 400};
        const Duration reach = rng.pick(kReach);
        jump(rng.chance(0.2) ? 0s : server_.wall_offset + rng.between(-reach, reach));
    });
    repeat(plan_.clock_hours, mean, "the wall clock jumps by an hour", [this, &rng] {
        jump(server_.wall_offset + (rng.chance(0.5) ? 1h : -1h));
    });
    repeat(plan_.clock_years, mean, "the wall clock jumps by ten years", [this, &rng] {
        jump(server_.wall_offset + (rng.chance(0.5) ? 10 * kYear : -10 * kYear));
    });
    repeat(plan_.clock_steps, mean / 3, "the wall clock steps back", [this] {
        jump(server_.wall_offset - 5s);
    });
}

void Nemesis::jump(Duration offset) {
    server_.wall_offset = std::clamp(offset, -kOffsetMax, kOffsetMax);
    world_.simulation.tally.add(Count::clock_jumps);
}

void Nemesis::set_conditions() {
    Rng& rng = world_.simulation.rng();
    NetworkOptions& network = world_.network.options;
    if (plan_.delays) {
        network.delay_chance = 0.05;
        network.latency_max = rng.between(2ms, 100ms);
    }
    if (plan_.tiny_pieces) {
        network.whole_chance = 0.3;
        network.piece_max = 16 + static_cast<std::size_t>(rng.below(400));
    }
    if (plan_.small_window) {
        network.window = 300 + static_cast<std::size_t>(rng.below(3000));
    }
    if (plan_.lost_answers) {
        network.answer_loss_chance = rng.chance(0.5) ? 0.005 : 0.03;
    }
    if (plan_.slow_disk) {
        server_.disk.options.slow_chance = 0.15;
        server_.disk.options.slow_max = rng.between(20ms, 700ms);
    }
    if (plan_.garbage) {
        server_.disk.options.garbage_chance = 0.8;
    }
    if (plan_.busy_pools) {
        server_.machine.pool_refusal_chance = rng.chance(0.5) ? 0.02 : 0.2;
        server_.machine.pool_delay_max = rng.between(1ms, 60ms);
    }
    if (plan_.loop_stalls) {
        server_.machine.stall_chance = 0.01;
    }
}

void Nemesis::repeat(bool wanted, Duration mean, const char* text, std::function<void()> act) {
    if (wanted) {
        acts_.push_back({.text = text, .run = std::move(act)});
        schedule(mean, acts_.size() - 1);
    }
}

void Nemesis::schedule(Duration mean, std::size_t act) {
    world_.simulation.in(world_.simulation.rng().exponential(mean), kWorld, [this, mean, act] {
        if (!healed_) {
            world_.simulation.trace(What::fault, act);
            world_.note(acts_[act].text);
            acts_[act].run();
            schedule(mean, act);
        }
    });
}

void Nemesis::heal() {
    healed_ = true;
    world_.note("healed");
    world_.network.options = calm_network_;
    server_.disk.options = calm_disk_;
    server_.machine = calm_machine_;
    server_.directories = {};
    server_.store = {};
    world_.network.heal();
    server_.hurry();
}

void Nemesis::pass_ages() {
    world_.note("ages pass");
    server_.wall_offset = kOffsetMax + 24h;
}

// --- Operator -------------------------------------------------------------------------------------

void Operator::begin() {
    world_.simulation.in(kLookEvery, kWorld, [this] { look(); });
}

void Operator::look() {
    if (call_ == nullptr && server_.up()) {
        const ProcessId process = server_.process();
        const Duration asked_at = world_.simulation.now();
        call_ = std::make_unique<RestCall>(
            world_.simulation,
            world_.network,
            RestCall::Request{.method = "GET", .target = "/readyz", .token = {}, .body = {}},
            [this, process, asked_at](const RestCall::Answer& answer) {
                world_.simulation.after_event([over = std::move(call_)] {});
                judge(answer.status, process, asked_at);
            }
        );
    }
    begin();
}

void Operator::judge(int status, ProcessId process, Duration asked_at) {
    if (process != server_.process() || !server_.up() || status == 0 || status == 408) {
        return;  // it is another server now, or nobody can say
    }
    const DiskContents& disk = server_.disk;
    ready_ = status == 200;
    asked_at_ = asked_at;
    if (ready_) {
        const DiskContents::Failure& lost = disk.lost_writes();
        if (lost.process == process && lost.path.starts_with("/data/log/") &&
            lost.at + kKnownWithin < asked_at) {
            world_.breaches.push_back(
                "/readyz says that all is well, and a sync of " + lost.path + " has failed"
            );
        }
        return;
    }
    if (status != 503) {
        world_.breaches.push_back("/readyz answers " + std::to_string(status));
    } else if (disk.failure().process != process) {
        world_.breaches.emplace_back("/readyz says that it is not ready, and nothing has failed");
    }
    world_.note("the operator restarts the server, which is not ready");
    world_.simulation.tally.add(Count::log_failures);
    server_.kill(world_.simulation.rng().chance(0.5) ? Survival::synced : Survival::everything);
}

}  // namespace parley::sim
