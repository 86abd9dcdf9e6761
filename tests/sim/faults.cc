#include "tests/sim/faults.h"

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
    Switch{.on = &FaultPlan::cuts, .name = "cuts", .chance = 0.5},
    Switch{.on = &FaultPlan::stalls, .name = "stalls", .chance = 0.35},
    Switch{.on = &FaultPlan::silent_breaks, .name = "silent_breaks", .chance = 0.25},
    Switch{.on = &FaultPlan::delays, .name = "delays", .chance = 0.35},
    Switch{.on = &FaultPlan::tiny_pieces, .name = "tiny_pieces", .chance = 0.3},
    Switch{.on = &FaultPlan::small_window, .name = "small_window", .chance = 0.25},
    Switch{.on = &FaultPlan::full_disk, .name = "full_disk", .chance = 0.25},
    Switch{.on = &FaultPlan::slow_syncs, .name = "slow_syncs", .chance = 0.3},
    Switch{.on = &FaultPlan::failing_syncs, .name = "failing_syncs", .chance = 0.12},
    Switch{.on = &FaultPlan::busy_pools, .name = "busy_pools", .chance = 0.25},
    Switch{.on = &FaultPlan::loop_stalls, .name = "loop_stalls", .chance = 0.25},
    Switch{.on = &FaultPlan::clock_jumps, .name = "clock_jumps", .chance = 0.3},
    Switch{.on = &FaultPlan::slow_readers, .name = "slow_readers", .chance = 0.3},
};

}  // namespace

FaultPlan FaultPlan::random(Rng& rng) {
    FaultPlan plan;
    for (const Switch& fault : kSwitches) {
        plan.*fault.on = rng.chance(fault.chance);
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
    Rng& rng = world_.simulation.rng();
    const Duration mean = plan_.mean_between;
    repeat(plan_.kills, 2 * mean, [this, &rng] {
        world_.note("kill soon");
        server_.kill_at_event(1 + rng.below(400), survival());
    });
    repeat(plan_.disk_kills, 2 * mean, [this, &rng] {
        world_.note("kill in a disk call soon");
        server_.kill_at_disk_call(1 + rng.below(12), survival());
    });
    repeat(plan_.graceful_stops, 4 * mean, [this] {
        world_.note("graceful stop");
        server_.stop_gracefully();
    });
    repeat(plan_.cuts, mean, [this] { static_cast<void>(world_.network.cut_one()); });
    repeat(plan_.stalls, mean, [this, &rng] {
        static_cast<void>(world_.network.stall_one(rng.between(500ms, 12s)));
    });
    repeat(plan_.silent_breaks, 2 * mean, [this] {
        static_cast<void>(world_.network.break_silently());
    });
    repeat(plan_.full_disk, mean, [this, &rng] {
        bool& full = server_.disk.options.full;
        full = !full && rng.chance(0.6);
        world_.note(full ? "the disk is full" : "the disk has room");
    });
    repeat(plan_.failing_syncs, mean, [this, &rng] {
        server_.disk.options.sync_error_chance = rng.chance(0.5) ? 0.05 : 0;
        if (rng.chance(0.5)) {
            world_.note("power cut after a failed sync");
            server_.kill(Survival::synced);
        }
    });
    repeat(plan_.clock_jumps, mean, [this, &rng] {
        static constexpr std::array<Duration, 5> kReach{50ms, 5s, 1min, 1h, 24h * 400};
        const Duration reach = rng.pick(kReach);
        server_.wall_offset =
            rng.chance(0.2) ? 0s : server_.wall_offset + rng.between(-reach, reach);
        // The log's records cannot say a time before 1970.
        server_.wall_offset = std::max<Duration>(server_.wall_offset, -24h * 365 * 2);
    });
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
    if (plan_.slow_syncs) {
        server_.disk.options.slow_sync_chance = 0.2;
    }
    if (plan_.busy_pools) {
        server_.machine.pool_refusal_chance = rng.chance(0.5) ? 0.02 : 0.2;
        server_.machine.pool_delay_max = rng.between(1ms, 60ms);
    }
    if (plan_.loop_stalls) {
        server_.machine.stall_chance = 0.01;
    }
}

void Nemesis::repeat(bool wanted, Duration mean, std::function<void()> act) {
    if (wanted) {
        acts_.push_back(std::move(act));
        schedule(mean, acts_.size() - 1);
    }
}

void Nemesis::schedule(Duration mean, std::size_t act) {
    world_.simulation.in(world_.simulation.rng().exponential(mean), kWorld, [this, mean, act] {
        if (!healed_) {
            world_.simulation.trace(What::fault, act);
            acts_[act]();
            schedule(mean, act);
        }
    });
}

void Nemesis::heal() {
    healed_ = true;
    world_.note("healed");
    const bool log_may_have_failed = plan_.failing_syncs;
    world_.network.options = calm_network_;
    server_.disk.options = calm_disk_;
    server_.machine = calm_machine_;
    world_.network.heal();
    server_.hurry();
    if (log_may_have_failed) {
        server_.kill(Survival::synced);  // what the operator does then
    }
}

}  // namespace parley::sim
