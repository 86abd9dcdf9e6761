#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "tests/sim/client.h"

namespace parley::sim {

/// What the one is called whose account ends; nothing else has it in it.
inline constexpr std::string_view kEndingName = "zoltan";

/// Reads everything that one user may read, through the protocol, from the beginning: the last word on what
/// there is. Then it asks REST, which must say the same. A new device of the user; it sends nothing and has
/// nothing.
class Auditor final : public ClientLink::Listener {
public:
    Auditor(World& world, std::uint32_t number, std::uint32_t user, DeviceId device);
    Auditor(const Auditor&) = delete;
    Auditor& operator=(const Auditor&) = delete;
    Auditor(Auditor&&) = delete;
    Auditor& operator=(Auditor&&) = delete;
    ~Auditor() override = default;

    void start();
    [[nodiscard]] bool done() const noexcept { return done_; }
    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

    void on_open() override;
    void on_text(std::string_view payload) override;
    void on_down(int status) override;
    void on_garbage(std::string_view why) override { problem_ = why; }
    void on_sign_of_life() override {}

private:
    void on_events(const Json& frame);
    void on_conversation(const Json& frame);
    void record_event(const Json& item, Source source);
    void record_end();
    void record_hold(const std::string& name);
    void check_time(const Json& item);
    void check_names(std::string_view text);
    void ask_next();
    void get(std::string target, void (Auditor::*then)(const Json&));
    void on_list(const Json& body);
    void ask_older();
    void on_older(const Json& body);

    World& world_;
    const std::uint32_t number_;
    const std::uint32_t user_;
    const DeviceId device_;
    std::unique_ptr<ClientLink> link_;
    Duration asked_{};
    std::deque<std::string> unread_;  // conversations; the first is being read
    std::uint64_t after_ = 0;
    std::uint64_t read_ = 0;  // events of it
    std::unique_ptr<RestCall> call_;
    std::string token_;
    /// What the conversation frames said: last_seq, read_seq, delivered_seq, unread.
    std::map<std::string, std::array<std::uint64_t, 4>> views_;
    std::set<std::string> left_;  // conversations that the user is not in any more
    std::map<std::string, Room> rooms_;
    std::map<std::string, std::uint64_t> firsts_;  // the first place of each
    std::string server_time_;
    std::string backwards_;  // the conversation that is read by REST, newest first
    std::uint64_t before_ = 0;
    bool done_ = false;
    std::string problem_;
};

}  // namespace parley::sim
