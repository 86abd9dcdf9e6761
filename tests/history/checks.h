#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/history/checker.h"
#include "tests/history/sends.h"
#include "tests/history/talk.h"

/// The invariants as rows: a new one is a function and a line in kChecks.

namespace parley::history {

/// What a finding counts as, beside its invariant; lost sends are counted by themselves.
enum class Harm : unsigned char {
    none,
    doubled,
    out_of_order,
    leaked
};

/// Gathers what the checks find: counts all, keeps the first few of each invariant.
class Findings {
public:
    Findings(const History& history, Verdict& verdict) : history_(history), verdict_(verdict) {}

    void add(std::string_view invariant, Harm harm, std::uint32_t conversation, std::string what) {
        put(invariant, harm, {.conversation = conversation, .what = std::move(what)});
    }
    /// `event` shows it.
    void add_at(std::string_view invariant, Harm harm, const Event& event, std::string what);

private:
    void put(std::string_view invariant, Harm harm, Violation violation);

    const History& history_;
    Verdict& verdict_;
};

struct Context {
    const History& history;
    Sends& sends;
    Findings& findings;
    /// By message: where it stands first. Conversation 0: nowhere yet.
    std::vector<std::pair<std::uint32_t, std::uint64_t>> place_of_message;

    [[nodiscard]] std::string send(std::uint32_t index) const {
        return "send " + history.send_name(sends.at(index).id);
    }
    [[nodiscard]] std::string device(std::uint32_t device) const {
        return "device " + history.device_name(device);
    }
    [[nodiscard]] std::string user(std::uint32_t user) const {
        return "user " + history.user_name(user);
    }
};

[[nodiscard]] inline std::string place_text(std::uint64_t seq) {
    return "seq " + std::to_string(seq);
}

void check_reads_end(Context& context, const Talk& talk);    // audit
void check_durable(Context& context, const Talk& talk);      // I1
void check_one_content(Context& context, const Talk& talk);  // I2
void check_dense(Context& context, const Talk& talk);        // I3
void check_idempotent(Context& context, const Talk& talk);   // I4
void check_send_order(Context& context, const Talk& talk);   // I5
void check_refused(Context& context, const Talk& talk);      // I6
void check_shown(Context& context, const Talk& talk);        // I7
void check_pages(Context& context, const Talk& talk);        // I8
void check_live(Context& context, const Talk& talk);         // I9
void check_receipts(Context& context, const Talk& talk);     // I10
void check_views(Context& context, const Talk& talk);        // I10, I11
void check_changes(Context& context, const Talk& talk);      // I12
void check_holds(Context& context, const Talk& talk);        // I7, I11, I12
void check_access(Context& context, const Talk& talk);       // I14
void check_voids(Context& context, const Talk& talk);        // I1, I14
void check_refreshes(Context& context);                      // I17: of no conversation

inline constexpr std::array kChecks{
    &check_reads_end,
    &check_durable,
    &check_one_content,
    &check_dense,
    &check_idempotent,
    &check_send_order,
    &check_refused,
    &check_shown,
    &check_pages,
    &check_live,
    &check_receipts,
    &check_views,
    &check_changes,
    &check_holds,
    &check_access,
    &check_voids,
};

}  // namespace parley::history
