// Bytes as the life of a server under the simulator: deaths, power cuts, failing disks and networks, clocks that
// jump, and guests who send anything, while two users talk who know nothing of all that. Then everything heals, and
// every invariant is checked by what these two saw (tests/history); the guests must never have seen it, and what they
// were told of their own conversations must be the same for ever.

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/log.h"
#include "fuzz/support/guests.h"
#include "fuzz/support/target.h"
#include "tests/sim/client.h"
#include "tests/sim/scenario.h"

namespace {

using namespace std::chrono_literals;
using parley::Duration;
using parley::fuzz::Choices;
namespace sim = parley::sim;

constexpr std::size_t kActsMax = 40;

class Life final : public sim::Script {
public:
    Life(Choices choices, sim::World& world, sim::Server& server)
        : choices_(choices),
          world_(world),
          server_(server),
          guests_(world.simulation, world.network, server, parley::fuzz::Weather::stormy) {}
    Life(const Life&) = delete;
    Life& operator=(const Life&) = delete;
    Life(Life&&) = delete;
    Life& operator=(Life&&) = delete;
    ~Life() override { keep_out(); }

    Duration begin() override {
        world_.simulation.in(kBefore, sim::kWorld, [this] { next(); });
        return kTime;
    }
    void end() override { over_ = true; }

private:
    static constexpr Duration kBefore = 1500ms;  // a server is up, a conversation has begun
    static constexpr Duration kTime = 7s;

    void next() {
        if (over_ || choices_.empty() || acts_++ == kActsMax) {
            return;
        }
        keep_out();
        if (choices_.flag()) {
            guests_.act(choices_);
        } else {
            strike();
        }
        constexpr Duration kPauses[] = {0s, 100us, 1ms, 20ms, 100ms, 300ms, 600ms, 1s};
        const Duration pause = kPauses[choices_.below(std::size(kPauses))];
        world_.simulation.in(pause, sim::kWorld, [this] { next(); });
    }

    /// What the two say to each other is none of the guests' business.
    void keep_out() {
        for (const auto& [number, members] : world_.members) {
            const std::string name{world_.history.conversations.name(number)};
            guests_.notebook().name('h', name);
            guests_.notebook().forbid(name);
        }
    }

    [[nodiscard]] sim::Survival survival() {
        return choices_.flag() ? sim::Survival::synced : sim::Survival::everything;
    }

    void strike() {
        switch (choices_.below(4)) {
            case 0:
                end_process();
                break;
            case 1:
                break_network();
                break;
            case 2:
                break_disk();
                break;
            default:
                slow_down();
        }
    }

    void end_process() {
        const sim::Survival survives = survival();
        switch (choices_.below(4)) {
            case 0:
                server_.kill(survives);
                break;
            case 1:
                server_.kill_at_event(1 + choices_.number(2) % 600, survives);
                break;
            case 2:
                server_.kill_at_disk_call(1U + choices_.below(24), survives);
                break;
            default:
                server_.stop_gracefully();
        }
    }

    void break_network() {
        switch (choices_.below(6)) {
            case 0:
                static_cast<void>(world_.network.cut_one());
                break;
            case 1:
                world_.network.cut_all();
                break;
            case 2:
                static_cast<void>(world_.network.stall_one(100ms * (1 + choices_.below(40))));
                break;
            case 3:
                static_cast<void>(world_.network.break_silently(choices_.flag()));
                break;
            case 4:
                world_.network.options.piece_max = 1 + choices_.number(2) % 2'000;
                world_.network.options.whole_chance = choices_.flag() ? 0.3 : 0.9;
                break;
            default:
                world_.network.options.window = 300 + choices_.number(2) % 4'000;
        }
    }

    void break_disk() {
        sim::DiskOptions& disk = server_.disk.options;
        switch (choices_.below(5)) {
            case 0:
                disk.full = !disk.full;
                server_.store.failure_chance = disk.full ? 0.5 : 0;
                break;
            case 1:
                disk.syncs_fail = !disk.syncs_fail;
                break;
            case 2:
                disk.sync_error_chance = choices_.flag() ? 0.1 : 0;
                break;
            case 3:
                disk.write_error_chance = choices_.flag() ? 0.05 : 0;
                break;
            default:
                disk.garbage_chance = choices_.flag() ? 0.5 : 0;
        }
    }

    void slow_down() {
        switch (choices_.below(6)) {
            case 0:
                server_.disk.options.slow_chance = choices_.flag() ? 0.3 : 0;
                break;
            case 1:
                server_.machine.pool_refusal_chance = choices_.flag() ? 0.2 : 0;
                break;
            case 2:
                server_.machine.stall_chance = choices_.flag() ? 0.02 : 0;
                break;
            case 3:
                server_.directories.failure_chance = choices_.flag() ? 0.2 : 0;
                break;
            case 4:
                server_.directories.slow_chance = choices_.flag() ? 0.2 : 0;
                break;
            default: {
                constexpr Duration kJumps[] = {-5s, 5s, -1h, 1h, -24h * 400, 24h * 400};
                const Duration to = server_.wall_offset + kJumps[choices_.below(std::size(kJumps))];
                // As far as the records of the log can say.
                server_.wall_offset = std::clamp<Duration>(to, -24h * 3'650, 24h * 3'650);
            }
        }
    }

    Choices choices_;
    sim::World& world_;
    sim::Server& server_;
    parley::fuzz::Guests guests_;
    std::size_t acts_ = 0;
    bool over_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    parley::log::configure(parley::log::Level::off, parley::log::Format::text);
    Choices choices{data, size};
    sim::SeedOptions options;
    options.seed = choices.number(2);
    options.script = [&choices](sim::World& world, sim::Server& server) {
        return std::make_unique<Life>(choices, world, server);
    };
    const sim::SeedResult result = sim::run_seed(options);
    for (const std::string& problem : result.problems) {
        std::fprintf(stderr, "%s\n", problem.c_str());
    }
    PARLEY_ASSERT(result.problems.empty());
    return 0;
}
