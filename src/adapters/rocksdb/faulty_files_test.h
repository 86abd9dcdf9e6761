#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pthread.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

namespace parley::rocksdb_store {

/// The machine's files, of which operations fail as a test says. Thread-safe. What only reports (RocksDB's
/// own log, file sizes) works always. A sync does nothing: processes die here, machines do not.
class FaultyFiles final : public rocksdb::FileSystemWrapper {
public:
    using Status = rocksdb::IOStatus;
    using Options = rocksdb::IOOptions;
    using Context = rocksdb::IODebugContext;
    enum class Fault : unsigned char {
        none,
        full,    ///< writing: no space left
        broken,  ///< writing: input/output error
        narrow,  ///< no room for the files that compaction makes
        dead     ///< all: as if the process had been killed, nothing reaches the disk any more
    };

    FaultyFiles() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
    [[nodiscard]] const char* Name() const override { return "FaultyFiles"; }

    /// From now on, until it is called again.
    void set(Fault fault) {
        const std::scoped_lock lock(mutex_);
        fault_ = fault;
    }
    /// The n-th operation from now on fails, and no other; n counts from 1. Reading counts unless the disk is
    /// full. It is done all the same, and only said to have failed, if `done` says so.
    void fail_at(int n, Fault fault, bool done) {
        const std::scoped_lock lock(mutex_);
        until_ = n;
        once_ = fault;
        done_ = done;
    }
    /// No operation fails by its number any more. Answers whether one did.
    bool disarm() {
        const std::scoped_lock lock(mutex_);
        return std::exchange(until_, -1) == 0;
    }
    /// Whether the operation that was to fail has come.
    [[nodiscard]] bool has_failed() const {
        const std::scoped_lock lock(mutex_);
        return until_ == 0;
    }

    Status NewSequentialFile(
        const std::string& path,
        const rocksdb::FileOptions& options,
        std::unique_ptr<rocksdb::FSSequentialFile>* file,
        Context* context
    ) override {
        return made(false, file, [&] {
            return target()->NewSequentialFile(path, options, file, context);
        });
    }
    Status NewRandomAccessFile(
        const std::string& path,
        const rocksdb::FileOptions& options,
        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
        Context* context
    ) override {
        auto status = made(false, file, [&] {
            return target()->NewRandomAccessFile(path, options, file, context);
        });
        if (status.ok()) {
            *file = std::make_unique<ReadFile>(*this, std::move(*file));
        }
        return status;
    }
    Status NewWritableFile(
        const std::string& path,
        const rocksdb::FileOptions& options,
        std::unique_ptr<rocksdb::FSWritableFile>* file,
        Context* context
    ) override {
        if (is_narrow_for(path)) {
            return error_of(Fault::narrow);
        }
        auto status = made(true, file, [&] {
            return target()->NewWritableFile(path, options, file, context);
        });
        if (status.ok()) {
            *file = std::make_unique<WriteFile>(*this, std::move(*file));
        }
        return status;
    }
    Status NewDirectory(
        const std::string& path,
        const Options& options,
        std::unique_ptr<rocksdb::FSDirectory>* directory,
        Context* context
    ) override {
        auto status = made(false, directory, [&] {
            return target()->NewDirectory(path, options, directory, context);
        });
        if (status.ok()) {
            *directory = std::make_unique<Directory>(*this, std::move(*directory));
        }
        return status;
    }
    Status FileExists(const std::string& path, const Options& options, Context* context) override {
        return run(false, [&] { return target()->FileExists(path, options, context); });
    }
    Status GetChildren(
        const std::string& path,
        const Options& options,
        std::vector<std::string>* names,
        Context* context
    ) override {
        return run(false, [&] { return target()->GetChildren(path, options, names, context); });
    }
    Status DeleteFile(const std::string& path, const Options& options, Context* context) override {
        return run(false, [&] { return target()->DeleteFile(path, options, context); });
    }
    Status RenameFile(
        const std::string& from, const std::string& to, const Options& options, Context* context
    ) override {
        return run(true, [&] { return target()->RenameFile(from, to, options, context); });
    }

private:
    class ReadFile final : public rocksdb::FSRandomAccessFileOwnerWrapper {
    public:
        ReadFile(FaultyFiles& files, std::unique_ptr<rocksdb::FSRandomAccessFile> file)
            : FSRandomAccessFileOwnerWrapper(std::move(file)), files_(files) {}
        Status Read(
            std::uint64_t offset,
            std::size_t count,
            const Options& options,
            rocksdb::Slice* result,
            char* scratch,
            Context* context
        ) const override {
            return files_.run(false, [&] {
                return target()->Read(offset, count, options, result, scratch, context);
            });
        }

    private:
        FaultyFiles& files_;
    };

    class WriteFile final : public rocksdb::FSWritableFileOwnerWrapper {
    public:
        WriteFile(FaultyFiles& files, std::unique_ptr<rocksdb::FSWritableFile> file)
            : FSWritableFileOwnerWrapper(std::move(file)), files_(files) {}
        using FSWritableFileOwnerWrapper::Append;
        Status Append(const rocksdb::Slice& data, const Options& options, Context* context)
            override {
            return files_.run(true, [&] { return target()->Append(data, options, context); });
        }
        Status Flush(const Options& options, Context* context) override {
            return files_.run(true, [&] { return target()->Flush(options, context); });
        }
        Status Sync(const Options& options, Context* context) override {
            return files_.run(true, [&] { return target()->Flush(options, context); });
        }
        Status Fsync(const Options& options, Context* context) override {
            return files_.run(true, [&] { return target()->Flush(options, context); });
        }
        Status RangeSync(
            std::uint64_t offset, std::uint64_t bytes, const Options& options, Context* context
        ) override {
            return files_.run(true, [&] {
                return target()->RangeSync(offset, bytes, options, context);
            });
        }
        Status Truncate(std::uint64_t size, const Options& options, Context* context) override {
            return files_.run(true, [&] { return target()->Truncate(size, options, context); });
        }
        Status Close(const Options& options, Context* context) override {
            return files_.run(true, [&] { return target()->Close(options, context); });
        }

    private:
        FaultyFiles& files_;
    };

    class Directory final : public rocksdb::FSDirectoryWrapper {
    public:
        Directory(FaultyFiles& files, std::unique_ptr<rocksdb::FSDirectory> directory)
            : FSDirectoryWrapper(std::move(directory)), files_(files) {}
        Status Fsync(const Options& /*options*/, Context* /*context*/) override {
            return files_.run(true, [] { return Status::OK(); });
        }
        Status FsyncWithDirOptions(
            const Options& /*options*/,
            Context* /*context*/,
            const rocksdb::DirFsyncOptions& /*why*/
        ) override {
            return files_.run(true, [] { return Status::OK(); });
        }

    private:
        FaultyFiles& files_;
    };

    struct Verdict {
        Fault fault = Fault::none;
        bool done = false;
    };

    Verdict next(bool writes) {
        const std::scoped_lock lock(mutex_);
        if (fault_ == Fault::dead || (fault_ != Fault::none && fault_ != Fault::narrow && writes)) {
            return {.fault = fault_, .done = false};
        }
        const bool counts = writes || once_ != Fault::full;
        if (!counts || until_ <= 0) {
            return {};
        }
        --until_;
        return until_ == 0 ? Verdict{.fault = once_, .done = done_} : Verdict{};
    }

    [[nodiscard]] bool is_narrow_for(std::string_view path) const {
        std::array<char, 16> thread{};
        ::pthread_getname_np(::pthread_self(), thread.data(), thread.size());
        const bool compacts = std::string_view(thread.data()) == "rocksdb:low";
        const std::scoped_lock lock(mutex_);
        return fault_ == Fault::narrow && compacts && path.ends_with(".sst");
    }
    static Status error_of(Fault fault) {
        return fault == Fault::full || fault == Fault::narrow
                   ? Status::NoSpace("no space left on device")
                   : Status::IOError("input/output error");
    }

    template <class Do>
    Status run(bool writes, Do operation) {
        const Verdict verdict = next(writes);
        if (verdict.fault == Fault::none) {
            return operation();
        }
        if (verdict.done) {
            operation().PermitUncheckedError();
        }
        return error_of(verdict.fault);
    }
    /// For what makes an object: there is none where it is said to have failed.
    template <class Object, class Do>
    Status made(bool writes, std::unique_ptr<Object>* object, Do operation) {
        auto status = run(writes, operation);
        if (!status.ok()) {
            object->reset();
        }
        return status;
    }

    mutable std::mutex mutex_;
    Fault fault_ = Fault::none;
    Fault once_ = Fault::none;
    int until_ = -1;
    bool done_ = false;
};

/// RocksDB's threads rest for a second after an error; here much shorter.
class ImpatientEnv final : public rocksdb::EnvWrapper {
public:
    explicit ImpatientEnv(const std::shared_ptr<rocksdb::FileSystem>& files)
        : EnvWrapper(rocksdb::NewCompositeEnv(files)) {
        file_system_ = files;
    }
    void SleepForMicroseconds(int micros) override {
        target()->SleepForMicroseconds(std::min(micros, kRestMicros));
    }

private:
    static constexpr int kRestMicros = 1'000;
};

}  // namespace parley::rocksdb_store
