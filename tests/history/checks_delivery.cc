// What readers were given: I7, I8, I9.

#include <algorithm>
#include <map>

#include "tests/history/checks.h"

namespace parley::history {
namespace {

/// Something that a device had at a place; sorted by both.
using Had = std::pair<std::uint32_t, std::uint64_t>;

/// The devices of members that are to get everything.
std::vector<std::uint32_t> receivers_of(const Talk& talk, Role role) {
    std::vector<std::uint32_t> devices;
    for (std::uint32_t at = 1; at < talk.history().devices.size(); ++at) {
        const Device& device = talk.history().devices[at];
        if (device.role == role && talk.is_member(device.user)) {
            devices.push_back(at);
        }
    }
    return devices;
}

/// What each device had, in order.
std::vector<Had> gather(const Talk& talk, bool (*counts)(const Event&)) {
    std::vector<Had> had;
    for (const std::uint32_t index : talk.events()) {
        const Event& event = talk.event(index);
        if (counts(event)) {
            had.emplace_back(event.device, event.seq);
        }
    }
    std::ranges::sort(had);
    return had;
}

bool is_shown(const Event& event) {
    return event.op == Op::show;
}
bool is_received(const Event& event) {
    return (event.op == Op::recv && event.source != Source::audit) ||
           (event.op == Op::ack && !event.altered);
}

/// The live stream of one device on one connection.
struct Stream {
    std::vector<std::uint64_t> came;  // ascending
};

void check_stream(Context& context, const Event& event, Stream& stream) {
    if (stream.came.empty() || event.seq > stream.came.back()) {
        stream.came.push_back(event.seq);
        return;
    }
    if (!std::ranges::binary_search(stream.came, event.seq)) {  // twice is allowed
        context.findings.add_at(
            "I9",
            Harm::out_of_order,
            event,
            context.device(event.device) + " got " + place_text(event.seq) + " live after " +
                std::to_string(stream.came.back())
        );
        stream.came.insert(std::ranges::lower_bound(stream.came, event.seq), event.seq);
    }
}

}  // namespace

void check_shown(Context& context, const Talk& talk) {
    const auto check = [&](Role role, const std::vector<Had>& had, std::ptrdiff_t most) {
        for (const std::uint32_t device : receivers_of(talk, role)) {
            const std::uint32_t user = talk.history().devices[device].user;
            for (const Place& place : talk.places()) {
                if (!place.audited || !talk.may_see(user, place.seq)) {
                    continue;
                }
                const auto same = std::ranges::equal_range(had, Had{device, place.seq});
                const std::ptrdiff_t times = same.end() - same.begin();
                if (times == 0 || times > most) {
                    context.findings.add_at(
                        "I7",
                        times == 0 ? Harm::none : Harm::doubled,
                        talk.event(place.first),
                        context.device(device) + (most == 1 ? " showed " : " received ") +
                            place_text(place.seq) + " " + std::to_string(times) + " times"
                    );
                }
            }
        }
    };
    check(Role::client, gather(talk, is_shown), 1);
    check(Role::receiver, gather(talk, is_received), PTRDIFF_MAX);
}

void check_pages(Context& context, const Talk& talk) {
    for (const std::uint32_t index : talk.events()) {
        const Event& event = talk.event(index);
        if (event.op != Op::page || (event.extra == 0 && event.dense && !event.has_more)) {
            continue;
        }
        // A sync may leave the older ones to `history` when it says so; nothing else may skip.
        const bool may_skip = event.source == Source::sync && event.has_more;
        const std::uint64_t due = std::max(event.cur + 1, talk.first_readable(talk.user_of(event)));
        const bool starts_well = may_skip ? event.seq >= due : event.seq == due;
        if (!event.dense || !starts_well || event.extra == 0) {
            context.findings.add_at(
                "I8",
                Harm::none,
                event,
                context.device(event.device) + " asked for what comes after " +
                    std::to_string(event.cur) + " and got " + std::to_string(event.extra) +
                    " from " + place_text(event.seq)
            );
        }
    }
}

void check_live(Context& context, const Talk& talk) {
    std::map<std::pair<std::uint32_t, std::uint32_t>, Stream> streams;  // by device, connection
    for (const std::uint32_t index : talk.events()) {
        const Event& event = talk.event(index);
        if (event.op == Op::gap && context.history.devices[event.device].role == Role::ended) {
            continue;  // who is gone has nothing to catch up with
        }
        if (event.op == Op::gap) {
            context.findings.add_at(
                "I9",
                Harm::none,
                event,
                context.device(event.device) + " had " + std::to_string(event.cur) + ", and " +
                    place_text(event.seq) + " came live"
            );
        }
        if (event.op == Op::recv && event.source == Source::live && event.connection != 0) {
            check_stream(context, event, streams[{event.device, event.connection}]);
        }
    }
}

}  // namespace parley::history
