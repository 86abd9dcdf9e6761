#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/log/segment_log.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/manual_loop.h"

namespace parley::log {

inline core::Record sample(std::uint64_t number, std::size_t size = 20) {
    core::SendMessage send;
    send.sender = {{.high = number, .low = 1}};
    send.client_id = std::to_string(number);
    send.content = std::string(size, static_cast<char>('a' + number % 26));
    return {
        .conversation = {number},
        .time = {static_cast<std::int64_t>(number)},
        .rules = core::kRulesNow,
        .command = std::move(send)
    };
}

/// A log on a disk in memory with two loops, worked by hand, that remembers what it was told and checks
/// what it reads again against that.
class LogWorld {
public:
    using Records = std::map<std::uint64_t, core::Record>;

    class Listener final : public ports::CommitListener {
    public:
        Listener(LogWorld& world, std::uint32_t loop) : world_(world), loop_(loop) {}
        void on_committed(std::uint64_t first, std::uint64_t last) override {
            world_.told(loop_, first, last, nullptr);
        }
        void on_refused(std::uint64_t first, std::uint64_t last, const Error& error) override {
            world_.told(loop_, first, last, &error);
        }

    private:
        LogWorld& world_;
        std::uint32_t loop_;
    };

    LogWorld() {
        options.directory = "/log";
        options.segment_bytes = 1'024;
        options.seed = 99;
    }

    [[nodiscard]] Result<void> open() {
        auto opened = SegmentLog::open(options, disk, worker);
        if (!opened.ok()) {
            return std::move(opened).error();
        }
        log = std::move(*opened);
        log->attach(loops[0], listeners[0]);
        log->attach(loops[1], listeners[1]);
        return {};
    }
    /// The process ends here and now.
    void stop() {
        log.reset();
        worker.drop();
        loops[0].drop();
        loops[1].drop();
        waiting.clear();
    }
    /// The offset, or nothing when it was refused.
    std::optional<std::uint64_t> append(std::uint32_t loop, core::Record record) {
        const auto offset = log->append({loop}, record);
        if (!offset.ok()) {
            return std::nullopt;
        }
        waiting[*offset] = {loop, std::move(record)};
        return *offset;
    }
    void settle() {
        worker.run();
        loops[0].run();
        loops[1].run();
    }
    [[nodiscard]] Result<Records> read(LogPosition from = {}) const {
        Records all;
        std::uint64_t before = from.offset;
        auto done = log->replay(from, [&](LogPosition at, core::Record record) -> Result<void> {
            EXPECT_GT(at.offset, before);
            before = at.offset;
            all[at.offset] = std::move(record);
            return {};
        });
        if (!done.ok()) {
            return std::move(done).error();
        }
        return all;
    }
    /// What is read after `from` holds all that was committed, and nothing that was refused for a full
    /// disk or never appended.
    void check(const Records& found, std::uint64_t from = 0) {
        for (const auto& [offset, record] : committed) {
            if (offset > from) {
                const auto at = found.find(offset);
                ASSERT_TRUE(at != found.end()) << "offset " << offset << " was told and is gone";
                ASSERT_EQ(at->second, record) << "offset " << offset;
            }
        }
        for (const auto& [offset, record] : found) {
            if (committed.contains(offset)) {
                continue;
            }
            const auto at = unknown.find(offset);
            ASSERT_TRUE(at != unknown.end()) << "offset " << offset << " should not be there";
            ASSERT_EQ(at->second, record);
        }
    }
    /// After a crash: what nobody was told of may be there or not, and from now on it is what it is.
    void check_after_crash(std::uint64_t from = 0) {
        const auto found = read({from == 0 ? 0 : log->epoch(), from});
        ASSERT_TRUE(found.ok()) << found.error().detail;
        check(*found, from);
        for (const auto& [offset, record] : *found) {
            committed[offset] = record;
        }
        unknown.clear();
    }

    fakes::FakeDisk disk;
    fakes::ManualWorker worker;
    fakes::ManualLoop loops[2] = {fakes::ManualLoop(0), fakes::ManualLoop(1)};
    Listener listeners[2] = {Listener(*this, 0), Listener(*this, 1)};
    SegmentLog::Options options;
    std::unique_ptr<SegmentLog> log;

    std::map<std::uint64_t, std::pair<std::uint32_t, core::Record>> waiting;
    Records committed;
    Records refused;  ///< for a full disk: certainly not in the log
    Records unknown;  ///< everything else that was appended and not answered well
    std::vector<Error> errors;

private:
    void told(std::uint32_t loop, std::uint64_t first, std::uint64_t last, const Error* error) {
        EXPECT_LE(first, last);
        bool any = false;
        for (auto at = waiting.lower_bound(first); at != waiting.end() && at->first <= last;) {
            if (at->second.first != loop) {
                ++at;
                continue;
            }
            any = true;
            Records& to = error == nullptr                        ? committed
                          : error->code == ErrorCode::unavailable ? refused
                                                                  : unknown;
            EXPECT_FALSE(committed.contains(at->first)) << "told twice: " << at->first;
            to[at->first] = std::move(at->second.second);
            at = waiting.erase(at);
        }
        EXPECT_TRUE(any) << "told of nothing";
        if (error != nullptr) {
            errors.push_back(*error);
        }
    }
};

/// A short life of a log: records one by one and many at once, from both loops, over several segments,
/// all but the newest of them released.
inline std::uint64_t live(LogWorld& world, std::uint64_t first_number, bool release) {
    std::uint64_t number = first_number;
    for (int round = 0; round < 14; ++round) {
        for (int i = 0; i <= round % 4; ++i, ++number) {
            world.append(static_cast<std::uint32_t>(number % 2), sample(number, 10 + number % 60));
        }
        world.settle();
    }
    if (release) {
        const LogPosition committed = world.log->committed();
        world.log->release(committed);
        world.settle();
        return committed.offset;
    }
    return 0;
}

}  // namespace parley::log
