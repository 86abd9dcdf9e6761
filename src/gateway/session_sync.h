#pragma once

#include <string>
#include <unordered_map>

#include "gateway/session.h"

namespace parley::gateway {

/// A sync under way: cursors gathered over its frames, then worked off conversation by conversation.
struct Session::Syncing {
    std::unordered_map<ConversationNumber, Seq> cursors;
    std::optional<std::uint64_t> since;  ///< log offset of the last sync, in this epoch
    std::string ref;
    bool running = false;
};

/// Resumes on the loop after that time.
[[nodiscard]] runtime::Task<void> pause(runtime::Loop* loop, Duration time);

}  // namespace parley::gateway
