#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/archive/export_files.h"
#include "adapters/memory/export_files.h"
#include "runtime/runtime.h"
#include "tests/contract/await.h"
#include "tests/fakes/temporary_directory.h"

namespace parley::contract {

class MemoryExports {
public:
    MemoryExports() { runtime_.start(); }
    ports::ExportFiles& files() { return *files_; }
    runtime::Loop& home() { return runtime_.loop(0); }
    void restart() { files_ = std::make_unique<memory::ExportFiles>(files_->state()); }

private:
    runtime::Runtime runtime_{{.loops = 1}};
    std::unique_ptr<memory::ExportFiles> files_ = std::make_unique<memory::ExportFiles>();
};

/// In a directory. `restart` is a crash: what was begun is left lying there.
class ArchiveExports {
public:
    ArchiveExports() { open(); }
    ArchiveExports(const ArchiveExports&) = delete;
    ArchiveExports& operator=(const ArchiveExports&) = delete;
    ArchiveExports(ArchiveExports&&) = delete;
    ArchiveExports& operator=(ArchiveExports&&) = delete;
    ~ArchiveExports() { runtime_->stop(); }
    ports::ExportFiles& files() { return *files_; }
    runtime::Loop& home() { return runtime_->loop(0); }
    [[nodiscard]] std::string directory() const { return folder_.path() + "/exports"; }
    void restart() {
        runtime_->stop();
        files_.reset();
        open();
    }

private:
    void open() {
        runtime_ = std::make_unique<runtime::Runtime>(runtime::RuntimeOptions{.loops = 1});
        runtime::Pool& pool = runtime_->make_pool("archive", 1, 100);
        auto opened = archive::ExportFiles::open(directory(), runtime_->disk(), pool);
        ASSERT_TRUE(opened.ok()) << opened.error().detail;
        files_ = std::move(*opened);
        runtime_->start();
    }
    fakes::TemporaryDirectory folder_;
    std::unique_ptr<runtime::Runtime> runtime_;
    std::unique_ptr<archive::ExportFiles> files_;
};

/// The suite of ports/export_files.h.
template <class Subject>
class ExportFilesContract : public ::testing::Test {
protected:
    ports::ExportFiles& files() { return subject_.files(); }
    runtime::Loop& home() { return subject_.home(); }
    template <class T>
    T wait(runtime::Task<T> task) {
        return await(home(), std::move(task));
    }
    static ports::ExportName name(std::uint64_t n, std::int64_t seconds = 0) {
        return {
            .user = {{.high = 1, .low = n}},
            .id = {.high = 2, .low = n},
            .since = Timestamp::from_millis(1'800'000'000'000 + (seconds * 1000))
        };
    }
    void wish(const ports::ExportName& name) {
        const auto wished = wait(files().wish(home(), name));
        ASSERT_TRUE(wished.ok()) << wished.error().detail;
    }
    void make(const ports::ExportName& name, const std::string& content) {
        ASSERT_TRUE(wait(files().begin(home(), name)).ok());
        ASSERT_TRUE(wait(files().entry(home(), "a/b.txt", name.since)).ok());
        ASSERT_TRUE(wait(files().write(home(), content)).ok());
        ASSERT_TRUE(wait(files().write(home(), content)).ok());
        ASSERT_TRUE(wait(files().entry(home(), "empty", name.since)).ok());
        const auto finished = wait(files().finish(home()));
        ASSERT_TRUE(finished.ok()) << finished.error().detail;
    }
    std::vector<ports::ExportFile> list() { return *wait(files().list(home())); }
    std::string all(const ports::ExportName& name, std::size_t piece) {
        std::string bytes;
        for (;;) {
            auto read = wait(files().read(home(), name, bytes.size(), piece));
            EXPECT_TRUE(read.ok());
            if (!read.ok() || read->empty()) {
                return bytes;
            }
            bytes += *read;
        }
    }

    Subject subject_;
};

TYPED_TEST_SUITE_P(ExportFilesContract);

TYPED_TEST_P(ExportFilesContract, AWishIsThereUntilItIsFulfilled) {
    const auto later = this->name(1, 10);
    const auto sooner = this->name(2, 5);
    this->wish(later);
    this->wish(sooner);
    this->subject_.restart();
    auto files = this->list();
    ASSERT_EQ(files.size(), 2U);
    EXPECT_EQ(files[0].name, sooner);
    EXPECT_FALSE(files[0].ready);
    this->make(later, "hello");
    this->subject_.restart();
    files = this->list();
    ASSERT_EQ(files.size(), 2U);
    EXPECT_EQ(files[1].name, later);
    EXPECT_TRUE(files[1].ready);
    EXPECT_GT(files[1].bytes, 0U);
}

TYPED_TEST_P(ExportFilesContract, WhatIsReadyIsReadInPieces) {
    const auto one = this->name(1);
    this->wish(one);
    this->make(one, std::string(100'000, 'x'));
    const std::string whole = this->all(one, 1U << 20U);
    EXPECT_EQ(whole.size(), this->list().front().bytes);
    EXPECT_EQ(this->all(one, 97), whole);
    EXPECT_TRUE(this->wait(this->files().read(this->home(), one, whole.size() + 5, 10))->empty());
}

TYPED_TEST_P(ExportFilesContract, ACrashLeavesTheWishAndItBeginsAnew) {
    const auto one = this->name(1);
    this->wish(one);
    ASSERT_TRUE(this->wait(this->files().begin(this->home(), one)).ok());
    ASSERT_TRUE(this->wait(this->files().entry(this->home(), "x", one.since)).ok());
    ASSERT_TRUE(this->wait(this->files().write(this->home(), std::string(1'000'000, 'y'))).ok());
    this->subject_.restart();
    ASSERT_EQ(this->list().size(), 1U);
    EXPECT_FALSE(this->list().front().ready);
    EXPECT_EQ(
        this->wait(this->files().read(this->home(), one, 0, 10)).error().code, ErrorCode::not_found
    );
    this->make(one, "hello");
    EXPECT_TRUE(this->list().front().ready);
}

TYPED_TEST_P(ExportFilesContract, WhatIsRemovedIsGone) {
    const auto one = this->name(1);
    const auto two = this->name(2);
    this->wish(one);
    this->wish(two);
    this->make(one, "hello");
    for (const auto& each : {one, two, one}) {
        EXPECT_TRUE(this->wait(this->files().remove(this->home(), each)).ok());
    }
    this->subject_.restart();
    EXPECT_TRUE(this->list().empty());
    EXPECT_EQ(
        this->wait(this->files().begin(this->home(), two)).error().code, ErrorCode::not_found
    );
}

REGISTER_TYPED_TEST_SUITE_P(
    ExportFilesContract,
    AWishIsThereUntilItIsFulfilled,
    WhatIsReadyIsReadInPieces,
    ACrashLeavesTheWishAndItBeginsAnew,
    WhatIsRemovedIsGone
);

}  // namespace parley::contract
