#pragma once

#include <vector>

#include "runtime/scope.h"
#include "services/messaging/messaging.h"
#include "services/messaging/owner.h"

namespace parley::messaging {

/// Takes away what has expired: walks over all conversations again and again, a few at a time, and asks the owners of
/// those where something is due to take it away. It remembers nothing, so a restart loses nothing: what is due says the
/// conversations' states. Readers never see what has expired, however late this comes. On loop 0; at most
/// Options::sweep_per_second conversations a second, one at a time.
class Messaging::Sweeper {
public:
    Sweeper(Messaging& messaging, Shared& shared);

    void start();
    /// Ends after the piece that is under way.
    void stop(Job done);

private:
    void arm(Duration delay);
    runtime::Task<void> run();
    /// The next few conversations; whether it was the last of a round.
    [[nodiscard]] runtime::Task<Result<bool>> step(Timestamp now, Timestamp keep_from);
    [[nodiscard]] runtime::Task<Result<void>> sweep(ConversationNumber number, Timestamp keep_from);
    [[nodiscard]] runtime::Task<void> reclaim();

    Messaging& messaging_;
    Shared& shared_;
    runtime::Loop& loop_;
    ConversationNumber at_;  ///< the last one looked at in this round
    /// Where something went since their space was given back; bounded: more of them is done at once.
    std::vector<ConversationNumber> lighter_;
    Duration reclaimed_at_{};
    runtime::TimerId timer_;
    bool stopping_ = false;
    runtime::TaskScope scope_;
};

}  // namespace parley::messaging
