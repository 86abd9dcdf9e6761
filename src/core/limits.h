#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// The numbers that bound things, in one place, with what happens at each. Those that an operator may
/// change are defaults here and live in the configuration (`parley defaultconfig`).

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
inline constexpr std::size_t kGroupNameCharsMax = 100;           ///< more: `invalid_request`
inline constexpr std::size_t kGroupDescriptionCharsMax = 1'000;  ///< more: `invalid_request`
inline constexpr std::uint32_t kGroupMembersMaxDefault =
    500;  ///< the operator may raise it to kGroupMembersMax; more: `too_large`
inline constexpr std::uint32_t kGroupMembersMax = 100'000;
inline constexpr std::size_t kGroupMembersPerCallMax = 500;  ///< named in one request
inline constexpr std::size_t kStaysMax =
    64;  ///< earlier times of one user in one group; who has so many is not added again: `too_large`
inline constexpr std::size_t kEditsMax = 1'000;          ///< of one message; more: `too_large`
inline constexpr std::size_t kEmojiCharsMax = 32;        ///< of a reaction; more: `invalid_request`
inline constexpr std::size_t kReactionKindsMax = 32;     ///< on one message; more: `too_large`
inline constexpr std::size_t kReactionUsersMax = 2'000;  ///< of one kind on one message; likewise
inline constexpr std::size_t kReactionUsersShown =
    100;  ///< named with one message, over all kinds, and of each kind one; the others are counted
inline constexpr std::size_t kPinnedMessagesMax = 50;       ///< in a conversation
inline constexpr std::size_t kDraftBytesMax = 16UL * 1024;  ///< more: `too_large`
inline constexpr std::size_t kHiddenSeqsMax =
    10'000;  ///< messages that one user deletes for themselves in one conversation; more: `too_large`
inline constexpr std::size_t kGoneStretchesMax =
    64;  ///< of expired messages between others, for unread counts; more: the oldest count again
inline constexpr std::uint32_t kTtlSecondsMin = 5;
inline constexpr std::uint32_t kTtlSecondsMax = 366U * 24 * 3600;
inline constexpr std::size_t kReceiptsToAllMax =
    100;  ///< members up to which receipts go to everyone; in larger groups they are counted
inline constexpr auto kReceiptInterval = 250ms;  ///< at most one receipt a member and conversation

}  // namespace parley::core
