#pragma once

#include <vector>

#include "runtime/scope.h"
#include "services/messaging/messaging.h"
#include "services/messaging/owner.h"

namespace parley::messaging {

/// Start, stop, and in between making the store durable so that old log segments can go. On loop 0.
class Messaging::Upkeep {
public:
    Upkeep(Messaging& messaging, Shared& shared);

    void start(UniqueFunction<void(Result<void>)> done);
    void stop(Job done);

private:
    runtime::Task<void> run_start(UniqueFunction<void(Result<void>)> done);
    runtime::Task<void> run_stop();
    runtime::Task<void> run_flush();
    /// Brings the store up to the log's end.
    runtime::Task<Result<void>> recover();
    /// Tells the listener of records that the store has and it perhaps not.
    void tell_listener(LogPosition stored);
    /// Lets go what of the log is kept elsewhere, by all who have to keep it.
    void release();
    /// Writes what every owner has, makes the store durable, and lets old log segments go.
    runtime::Task<Result<void>> flush();
    void arm();
    void check();

    Messaging& messaging_;
    Shared& shared_;
    runtime::Loop& loop_;
    runtime::TimerId timer_;
    LogPosition flushed_;
    LogPosition released_;
    Duration flushed_at_{};
    Duration rolled_at_{};
    bool flushing_ = false;
    bool stopping_ = false;
    Job flush_over_;
    Job stopped_;
    runtime::TaskScope scope_;
};

}  // namespace parley::messaging
