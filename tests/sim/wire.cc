#include "tests/sim/wire.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/client_link.h"
#include "tests/sim/json.h"
#include "tests/sim/rest_call.h"
#include "tests/sim/seeded_crypto.h"
#include "tests/sim/server.h"

namespace parley::sim {
namespace {

using namespace std::chrono_literals;

constexpr Duration kAnswerMax = 20s;

ServerOptions calm_server() {
    ServerOptions options;
    options.node.key_directory = "/data/keys";
    options.node.log.directory = "/data/log";
    options.node.gateway.reconnect_spread = 10ms;
    options.restart_max = 100ms;
    return options;
}

class Wire {
public:
    Wire()
        : simulation_(1),
          crypto_(simulation_.rng().fork()),
          network_(simulation_),
          server_(simulation_, network_, calm_server()),
          random_(simulation_.rng().fork()) {}

    /// The answer to one line; false in `going_on` after one that is wrong.
    std::string answer(const std::string& line, bool& going_on) {
        JsonObject out;
        const auto request = parse_json(line);
        std::string problem = request ? run(*request, out) : "not JSON";
        for (const std::string& complaint : server_.complaints()) {
            problem += complaint;
        }
        if (!problem.empty()) {
            out.add("problem", problem);
            going_on = false;
        }
        add_pairs(out, "frames", std::exchange(frames_, {}));
        add_pairs(out, "closed", std::exchange(closed_, {}));
        return out.take();
    }

private:
    using Pairs = std::vector<std::pair<std::string, std::string>>;

    class Link final : public ClientLink::Listener {
    public:
        Link(Wire& wire, std::string name) : wire_(wire), name_(std::move(name)) {}
        void on_open() override {}
        void on_text(std::string_view payload) override {
            ready = ready || payload.find("\"auth_success\"") != std::string_view::npos;
            wire_.frames_.emplace_back(name_, payload);
        }
        void on_down(int status) override {
            ended = true;
            wire_.closed_.emplace_back(name_, std::to_string(status));
        }
        void on_garbage(std::string_view why) override { wire_.closed_.emplace_back(name_, why); }
        void on_sign_of_life() override {}

        UserId user;
        DeviceId device;
        std::unique_ptr<ClientLink> link;
        bool ready = false;
        bool ended = false;

    private:
        Wire& wire_;
        const std::string name_;
    };

    static void add_pairs(JsonObject& out, std::string_view name, const Pairs& pairs) {
        std::string list;
        for (const auto& [link, text] : pairs) {
            const std::string pair = JsonObject{}.add("link", link).add("text", text).take();
            list += (list.empty() ? "" : ",") + pair;
        }
        out.add_raw(name, "[" + list + "]");
    }

    template <class Condition>
    bool wait_for(Condition condition) {
        const Duration end = simulation_.now() + kAnswerMax;
        while (!condition() && simulation_.now() < end) {
            simulation_.run_until(simulation_.now() + 10ms);
        }
        return condition();
    }

    std::string run(const Json& request, JsonObject& out) {
        const std::string& what = request.string("do");
        if (what == "user") {
            return add_user(request.string("name"), out);
        }
        if (what == "open") {
            return open(request);
        }
        if (what == "run") {
            const auto time = std::chrono::milliseconds{request.integer("ms")};
            simulation_.run_until(simulation_.now() + time);
            return {};
        }
        if (what == "restart" || what == "power") {
            return restart(what == "power");
        }
        const auto link = links_.find(request.string("link"));
        if (link == links_.end()) {
            return "no such link, or no such request";
        }
        if (what == "send") {
            link->second->link->send(request.string("frame"));
            return {};
        }
        if (what == "close") {
            link->second->link->close();
            return wait_for([&] { return link->second->ended; }) ? "" : "it does not close";
        }
        return what == "rest" ? rest(*link->second, request, out) : "no such request";
    }

    std::string add_user(const std::string& name, JsonObject& out) {
        if (started_) {
            return "users come before everything else";
        }
        const UserId id{random_uuid(random_)};
        server_.add_user(id, name);
        users_[to_string(id.uuid)] = id;
        out.add("user_id", to_string(id.uuid));
        return {};
    }

    std::string open(const Json& request) {
        if (!std::exchange(started_, true)) {
            server_.start();
        }
        if (!wait_for([this] { return server_.up(); })) {
            return "the server does not come up";
        }
        const std::string& name = request.string("link");
        auto& link = links_[name];
        if (link == nullptr) {
            link = std::make_unique<Link>(*this, name);
            const auto user = users_.find(request.string("user"));
            if (user == users_.end()) {
                return "no such user";
            }
            link->user = user->second;
            link->device = DeviceId{random_uuid(random_)};
        }
        link->ready = link->ended = false;
        link->link = std::make_unique<ClientLink>(simulation_, network_, deflater_, *link);
        link->link->connect(
            {.token = server_.token(link->user, link->device), .first_frame = {}, .deflate = false}
        );
        return wait_for([&] { return link->ready; }) ? "" : "it does not connect";
    }

    std::string rest(const Link& link, const Json& request, JsonObject& out) {
        std::optional<RestCall::Answer> answer;
        const RestCall call{
            simulation_,
            network_,
            {.method = request.string("method"),
             .target = request.string("target"),
             .token = server_.token(link.user, link.device),
             .body = request.string("body")},
            [&answer](RestCall::Answer got) { answer = std::move(got); }
        };
        if (!wait_for([&] { return answer.has_value(); })) {
            return "REST does not answer";
        }
        out.add("status", static_cast<std::uint64_t>(answer->status)).add("body", answer->text);
        return {};
    }

    std::string restart(bool power) {
        const ProcessId before = server_.process();
        if (power) {
            server_.kill(Survival::synced);
        } else {
            server_.stop_gracefully();
        }
        const auto again = [&] { return server_.up() && server_.process() != before; };
        return wait_for(again) ? "" : "the server does not come up again";
    }

    Simulation simulation_;
    const SeededCrypto crypto_;
    SimNetwork network_;
    websocket::Deflater deflater_;
    Server server_;
    SimRandom random_;
    bool started_ = false;
    std::map<std::string, UserId> users_;
    std::map<std::string, std::unique_ptr<Link>> links_;
    Pairs frames_;
    Pairs closed_;
};

}  // namespace

int serve_wire(std::istream& in, std::ostream& out) {
    Wire wire;
    bool going_on = true;
    for (std::string line; going_on && std::getline(in, line);) {
        out << wire.answer(line, going_on) << '\n' << std::flush;  // Who asks waits for it.
    }
    return going_on ? 0 : 1;
}

}  // namespace parley::sim
