// Bytes as what clients do to a whole server, under the simulator: any request, any frame, any bytes, by
// anyone, in any order. Every answer is one that the contract has, well-formed, and none of them `internal`;
// one place holds one message for ever; and whatever they did, the server still answers.

#include "base/log.h"
#include "fuzz/support/guests.h"
#include "fuzz/support/target.h"
#include "tests/sim/seeded_crypto.h"

namespace {

using namespace std::chrono_literals;
namespace sim = parley::sim;

constexpr int kActsMax = 40;

sim::ServerOptions server_options(parley::fuzz::Choices& choices) {
    sim::ServerOptions options;
    options.loops = 1 + choices.below(2);
    options.node.key_directory = "/data/keys";
    options.node.log.directory = "/data/log";
    options.node.log.segment_bytes = 64'000;
    options.node.gateway.deflate_bytes_min = 200;
    options.node.gateway.openapi_json = "{}";
    options.node.gateway.asyncapi_json = "{}";
    return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    parley::log::configure(parley::log::Level::off, parley::log::Format::text);
    parley::fuzz::Choices choices{data, size};
    sim::Simulation simulation{choices.byte()};
    const sim::SeededCrypto crypto{simulation.rng().fork()};
    sim::SimNetwork network{simulation};
    sim::Server server{simulation, network, server_options(choices)};
    parley::fuzz::Guests guests{simulation, network, server, parley::fuzz::Weather::calm};
    server.start();
    simulation.run_until(simulation.now() + 500ms);
    PARLEY_ASSERT(server.up());
    for (int acts = 0; acts < kActsMax && !choices.empty(); ++acts) {
        guests.act(choices);
        // Mostly long enough for an answer; else what follows meets what is under way.
        const std::size_t pause = choices.below(16);
        simulation.run_until(
            simulation.now() + (pause == 15   ? 31s
                                : pause >= 12 ? 100us * pause
                                              : 50ms)
        );
    }
    simulation.run_until(simulation.now() + 20s);
    guests.check_answered();
    guests.ask_health();
    simulation.run_until(simulation.now() + 2s);
    PARLEY_ASSERT(guests.alive());
    PARLEY_ASSERT(server.complaints().empty() && simulation.tally[sim::Count::crashes] == 0);
    return 0;
}
