#include <cstdint>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "adapters/log/segment_log.h"
#include "base/log.h"
#include "tests/sim/sim_disk.h"

/// The real log on the simulated disk, alone: cases that whole seeds meet too rarely.

namespace parley::sim {
namespace {

class Listener final : public ports::CommitListener {
public:
    void on_committed(std::uint64_t /*first*/, std::uint64_t last) override { told = last; }
    void on_refused(std::uint64_t /*first*/, std::uint64_t /*last*/, const Error& /*error*/)
        override {}
    std::uint64_t told = 0;
};

/// One process with an open log.
struct LogProcess {
    LogProcess(Simulation& simulation, DiskContents& contents, ProcessId id)
        : process(simulation, id),
          clock(simulation, jump),
          loop(process, {0}, clock, options),
          worker(process, options),
          disk(process, contents),
          opened(log::SegmentLog::open(
              {.directory = "/data/log", .segment_bytes = 2'000}, disk, worker
          )) {
        if (opened.ok()) {
            (*opened)->attach(loop, listener);
        }
    }
    LogProcess(const LogProcess&) = delete;
    LogProcess& operator=(const LogProcess&) = delete;
    LogProcess(LogProcess&&) = delete;
    LogProcess& operator=(LogProcess&&) = delete;
    ~LogProcess() {
        process.bury_events();
        opened = Error{};
        process.empty_graveyard();
    }
    void append(int count) {
        core::Record record;
        record.command = core::SendMessage{.client_id = "c", .content = std::string(200, 'x')};
        for (int i = 0; i < count; ++i) {
            ASSERT_TRUE((*opened)->append({0}, record).ok());
        }
    }

    MachineOptions options;
    Duration jump{};
    Process process;
    SimClock clock;
    SimLoop loop;
    SimWorker worker;
    SimDisk disk;
    Listener listener;
    Result<std::unique_ptr<log::SegmentLog>> opened;
};

TEST(SegmentLogOnSimDisk, APowerCutWhileSegmentsAreRemovedLeavesNoHole) {
    log::configure(log::Level::off, log::Format::text);
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        Simulation simulation{seed};
        DiskContents contents{simulation};
        std::uint64_t told = 0;
        {
            LogProcess first{simulation, contents, 1};
            ASSERT_TRUE(first.opened.ok());
            first.append(40);
            simulation.run_until(std::chrono::seconds{10});
            told = first.listener.told;
            ASSERT_EQ(told, 40U);
            first.process.kill_at_disk_call(1 + simulation.rng().below(20));
            (*first.opened)->release((*first.opened)->committed());
            simulation.run_until(std::chrono::seconds{20});
        }
        contents.crash(Survival::synced);
        const LogProcess second{simulation, contents, 2};
        ASSERT_TRUE(second.opened.ok()) << "seed " << seed << ": " << second.opened.error().detail;
        EXPECT_EQ((*second.opened)->committed().offset, told) << "seed " << seed;
    }
}

}  // namespace
}  // namespace parley::sim
