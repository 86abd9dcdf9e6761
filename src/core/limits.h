#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// The numbers that bound things, in one place, with what happens at each. Those that an operator may
/// change are defaults here and live in the configuration (docs/configuration.md).

namespace parley::core {

using namespace std::chrono_literals;

inline constexpr std::size_t kContentBytesMax = 16UL * 1024;  ///< of one message; more: `too_large`
inline constexpr std::size_t kClientIdCharsMax = 64;          ///< more: `invalid_request`
inline constexpr std::size_t kMentionsMax = 50;  ///< in one message; more: `invalid_request`
inline constexpr std::size_t kSendRingEntries =
    128;  ///< sends per member whose `client_id` is remembered
inline constexpr std::size_t kPageEventsMax =
    200;  ///< events in one page or frame; more is cut to it
inline constexpr std::size_t kPageEventsDefault = 50;  ///< also what a sync sends per conversation
inline constexpr std::size_t kSyncCursorsMax = 500;  ///< in one sync frame; more: `invalid_request`
inline constexpr std::size_t kSyncCursorsTotalMax =
    50'000;  ///< over the frames of one sync; more: `invalid_request`
inline constexpr auto kReceiptInterval = 250ms;  ///< at most one receipt a member and conversation

}  // namespace parley::core
