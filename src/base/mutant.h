#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Mutants: bugs planted on purpose, each by one `if (mutant(Mutant::x))` where it would live, to show that
/// the suites find them (tests/mutants/README.md). Only a build with the CMake option PARLEY_MUTANTS has them,
/// and there one at a time is on: the one named by PARLEY_MUTANT in the environment, or planted by a test
/// program. In every other build mutant() is the constant false, and nothing of a mutant is compiled.
///
/// Any thread may ask; planting is for the start of a program, before it has threads.

/// Every mutant; its name outside of the code has '-' for '_'. What each does stands in
/// tests/mutants/mutants.toml.
#define PARLEY_EACH_MUTANT(X)   \
    X(accounts_not_synced)      \
    X(ack_before_sync)          \
    X(ack_lost_in_merge)        \
    X(any_signature)            \
    X(block_forgotten)          \
    X(clock_in_replay)          \
    X(conflict_not_noticed)     \
    X(damage_cut)               \
    X(deliver_before_sync)      \
    X(edit_by_anyone)           \
    X(edits_survive)            \
    X(erasure_lost)             \
    X(expired_is_shown)         \
    X(expired_token)            \
    X(forgetful_directory)      \
    X(former_is_shown)          \
    X(history_of_others)        \
    X(history_to_all)           \
    X(log_released_early)       \
    X(message_of_others)        \
    X(no_directory_sync)        \
    X(no_idempotency)           \
    X(outbox_unbounded)         \
    X(own_unread)               \
    X(read_to_head)             \
    X(receipt_back)             \
    X(refresh_twice)            \
    X(removal_lost)             \
    X(removed_still_told)       \
    X(revocation_forgotten)     \
    X(revoked_device_served)    \
    X(revoked_session_stays)    \
    X(send_ring_lost)           \
    X(sends_reordered)          \
    X(seq_from_memory)          \
    X(settings_not_told)        \
    X(shuffled_posts)           \
    X(stale_members)            \
    X(store_ahead_of_log)       \
    X(subscribe_after_snapshot) \
    X(sync_error_ignored)       \
    X(sync_token_skips)         \
    X(torn_tail_accepted)

namespace parley {

enum class Mutant : std::uint8_t {
    none,
#define PARLEY_MUTANT_ENUMERATOR(name) name,
    PARLEY_EACH_MUTANT(PARLEY_MUTANT_ENUMERATOR)
#undef PARLEY_MUTANT_ENUMERATOR
};

#ifdef PARLEY_MUTANTS

/// Is this bug on?
[[nodiscard]] bool mutant(Mutant which) noexcept;
/// Turns on the one of that name, and no other; false when there is none.
[[nodiscard]] bool plant_mutant(std::string_view name);
/// All names, separated by spaces.
[[nodiscard]] std::string mutant_names();

#else

[[nodiscard]] constexpr bool mutant(Mutant /*which*/) noexcept {
    return false;
}
[[nodiscard]] constexpr bool plant_mutant(std::string_view /*name*/) noexcept {
    return false;
}
[[nodiscard]] inline std::string mutant_names() {
    return "this build has none: cmake --preset mutants";
}

#endif

}  // namespace parley
