#include "tests/sim/history.h"

#include <array>
#include <cstdio>

namespace parley::sim {
namespace {

std::string_view name_of(Op op) {
    static constexpr std::array<std::string_view, 11> kNames{
        "transmit",
        "acked",
        "refused",
        "received",
        "shown",
        "page",
        "hole",
        "marked",
        "receipt",
        "view",
        "note",
    };
    return kNames.at(static_cast<std::size_t>(op));
}

std::string_view name_of(Source source) {
    static constexpr std::array<std::string_view, 4> kNames{"live", "sync", "history", "audit"};
    return kNames.at(static_cast<std::size_t>(source));
}

void put(std::string& out, std::string_view name, std::uint64_t value) {
    if (value != 0) {
        out.append(" ").append(name).append("=").append(std::to_string(value));
    }
}

}  // namespace

std::string to_string(const HistoryEvent& event) {
    std::array<char, 64> start{};
    const int size = std::snprintf(
        start.data(),
        start.size(),
        "%12.6f s  d%u.%u ",
        static_cast<double>(event.time.count()) / 1e9,
        event.device,
        event.connection
    );
    std::string out{start.data(), static_cast<std::size_t>(size)};
    out.append(name_of(event.op));
    put(out, "conversation", event.conversation);
    put(out, "seq", event.seq);
    put(out, "message", event.message);
    if (event.send != 0) {
        out.append(
            " send=" + std::to_string(event.send >> 32U) + "-" +
            std::to_string(event.send & 0xFFFFFFFFU)
        );
    }
    put(out, "attempt", event.attempt);
    put(out, "user", event.user);
    put(out, "payload", event.payload & 0xFFFFFFU);
    put(out, "after", event.after);
    put(out, "count", event.count);
    put(out, "head", event.head);
    put(out, "read_seq", event.read_seq);
    put(out, "delivered_seq", event.delivered_seq);
    put(out, "unread", event.unread);
    if (event.op == Op::received || event.op == Op::page) {
        out.append(" from ").append(name_of(event.source));
    }
    if (event.op == Op::marked || event.op == Op::receipt) {
        out.append(event.read ? " read" : " delivered");
    }
    if (event.op == Op::refused) {
        out.append(event.definite ? " definitely" : " for now");
    }
    out.append(event.has_more ? " has_more" : "")
        .append(event.consecutive ? "" : " NOT CONSECUTIVE");
    out.append(event.altered ? " altered" : "");
    if (event.text[0] != '\0') {
        out.append(" ").append(event.text);
    }
    return out;
}

std::uint32_t Names::number(std::string_view name) {
    const auto [at, fresh] =
        numbers_.try_emplace(std::string{name}, static_cast<std::uint32_t>(names_.size()));
    if (fresh) {
        names_.emplace_back(name);
    }
    return at->second;
}

}  // namespace parley::sim
