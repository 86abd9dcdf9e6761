#include "tests/contract/command_log_contract.h"

#include <future>

#include "adapters/log/segment_log.h"
#include "adapters/memory/command_log.h"
#include "runtime/runtime.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/temporary_directory.h"

namespace parley::contract {
namespace {

class MemoryOnDemand {
public:
    explicit MemoryOnDemand(std::size_t pending_bytes_max)
        : pending_bytes_max_(pending_bytes_max), log_(make({})) {}

    ports::CommandLog& log() { return *log_; }
    void settle() { log_->commit_group(); }
    void restart() {
        settle();
        log_ = make(log_->durable());
    }

private:
    std::unique_ptr<memory::CommandLog> make(memory::CommandLog::Durable start) const {
        return std::make_unique<memory::CommandLog>(std::move(start), nullptr, pending_bytes_max_);
    }
    std::size_t pending_bytes_max_;
    std::unique_ptr<memory::CommandLog> log_;
};

class MemoryWithWorker {
public:
    explicit MemoryWithWorker(std::size_t pending_bytes_max)
        : log_(memory::CommandLog::Durable{}, &worker_, pending_bytes_max) {}

    ports::CommandLog& log() { return log_; }
    void settle() { worker_.run(); }
    void restart() { settle(); }

private:
    fakes::ManualWorker worker_;
    memory::CommandLog log_;
};

log::SegmentLog::Options small_options(std::string directory, std::size_t pending_bytes_max) {
    return {
        .directory = std::move(directory),
        .segment_bytes = 4'096,
        .pending_bytes_max = pending_bytes_max,
        .seed = 7
    };
}

std::unique_ptr<log::SegmentLog> open_log(
    const log::SegmentLog::Options& options, runtime::Disk& disk, runtime::Worker& worker
) {
    auto opened = log::SegmentLog::open(options, disk, worker);
    EXPECT_TRUE(opened.ok()) << opened.error().detail;
    return std::move(*opened);
}

/// The real log over a disk in memory, worked by hand.
class SegmentsInMemory {
public:
    explicit SegmentsInMemory(std::size_t pending_bytes_max)
        : options_(small_options("/log", pending_bytes_max)),
          log_(open_log(options_, disk_, worker_)) {}

    ports::CommandLog& log() { return *log_; }
    void settle() { worker_.run(); }
    void restart() {
        settle();
        log_.reset();
        disk_.restart(fakes::FakeDisk::Survival::nothing);
        log_ = open_log(options_, disk_, worker_);
    }

private:
    fakes::FakeDisk disk_;
    fakes::ManualWorker worker_;
    log::SegmentLog::Options options_;
    std::unique_ptr<log::SegmentLog> log_;
};

/// The real log over the real disk, on a thread.
class SegmentsOnDisk {
public:
    explicit SegmentsOnDisk(std::size_t pending_bytes_max)
        : options_(small_options(directory_.path() + "/log", pending_bytes_max)) {
        log_ = open_log(options_, runtime_.disk(), worker_);
    }
    SegmentsOnDisk(const SegmentsOnDisk&) = delete;
    SegmentsOnDisk& operator=(const SegmentsOnDisk&) = delete;
    SegmentsOnDisk(SegmentsOnDisk&&) = delete;
    SegmentsOnDisk& operator=(SegmentsOnDisk&&) = delete;
    ~SegmentsOnDisk() { worker_.stop(); }

    ports::CommandLog& log() { return *log_; }
    void settle() {
        do {
            std::promise<void> done;
            worker_.post([&done] { done.set_value(); });
            done.get_future().wait();
        } while (log_->queued_bytes() > 0);
        std::promise<void> done;
        worker_.post([&done] { done.set_value(); });
        done.get_future().wait();
    }
    void restart() {
        settle();
        EXPECT_TRUE(log_->close().ok());
        log_.reset();
        log_ = open_log(options_, runtime_.disk(), worker_);
    }

private:
    fakes::TemporaryDirectory directory_;
    runtime::Runtime runtime_{runtime::RuntimeOptions{.loops = 1}};
    fakes::ThreadWorker worker_;
    log::SegmentLog::Options options_;
    std::unique_ptr<log::SegmentLog> log_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(MemoryOnDemand, CommandLogContract, MemoryOnDemand);
INSTANTIATE_TYPED_TEST_SUITE_P(MemoryWithWorker, CommandLogContract, MemoryWithWorker);
INSTANTIATE_TYPED_TEST_SUITE_P(SegmentsInMemory, CommandLogContract, SegmentsInMemory);
INSTANTIATE_TYPED_TEST_SUITE_P(SegmentsOnDisk, CommandLogContract, SegmentsOnDisk);

}  // namespace
}  // namespace parley::contract
