#include "fuzz/support/guests.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/assert.h"

namespace parley::fuzz {
namespace {

constexpr std::size_t kDepthMax = 16;
constexpr std::size_t kConnectionsMax = 24;

/// The contract's codes (api/openapi.yaml), `internal` left out: nothing that a client sends may cause that.
bool is_code(std::string_view code, Weather weather) {
    constexpr std::string_view kCodes[] = {
        "invalid_request",
        "unauthorized",
        "token_expired",
        "forbidden",
        "not_found",
        "conflict",
        "too_large",
        "rate_limited",
        "blocked",
        "unknown_type"
    };
    return std::ranges::find(kCodes, code) != std::end(kCodes) ||
           (weather == Weather::stormy && (code == "unavailable" || code == "internal"));
}

bool is_status(int status, Weather weather) {
    return (status >= 200 && status < 500) || status == 501 || status == 505 ||
           (weather == Weather::stormy && (status == 500 || status == 503));
}

int number_at(std::string_view text, std::size_t at) {
    int number = -1;
    if (at < text.size()) {
        std::from_chars(text.data() + at, text.data() + text.size(), number);
    }
    return number;
}

/// Keeps a connection's stream; what came is in `in`.
class StreamGuest : public runtime::StreamHandler {
public:
    StreamGuest(sim::SimNetwork& network, std::string out) : out_(std::move(out)) {
        network.connect(
            [this, alive = std::weak_ptr<int>(alive_)](std::unique_ptr<runtime::Stream> stream) {
                if (alive.expired()) {
                    return;
                }
                closed = stream == nullptr;
                if (stream != nullptr) {
                    stream_ = std::move(stream);
                    stream_->start(*this);
                    on_writable();
                }
            }
        );
    }
    StreamGuest(const StreamGuest&) = delete;
    StreamGuest& operator=(const StreamGuest&) = delete;
    StreamGuest(StreamGuest&&) = delete;
    StreamGuest& operator=(StreamGuest&&) = delete;
    ~StreamGuest() override = default;

    void send(std::string_view bytes) {
        out_ += bytes;
        if (stream_ != nullptr) {
            on_writable();
        }
    }
    void on_data(std::span<std::byte> bytes) override {
        in.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    void on_writable() override {
        if (closed || out_.empty()) {
            return;
        }
        const std::string_view part = out_;
        out_.erase(0, stream_->write({&part, 1}));
    }
    void on_closed(runtime::CloseReason /*reason*/) override { closed = true; }
    void drop() {
        if (stream_ != nullptr) {
            stream_->close();
        }
        closed = true;
    }

    std::string in;
    bool closed = false;

private:
    std::string out_;
    std::unique_ptr<runtime::Stream> stream_;
    const std::shared_ptr<int> alive_ = std::make_shared<int>();  // for the network's callback
};

}  // namespace

class BytesGuest final : public StreamGuest {
public:
    BytesGuest(sim::SimNetwork& network, std::string out, Weather weather)
        : StreamGuest(network, std::move(out)), weather_(weather) {}
    BytesGuest(const BytesGuest&) = delete;
    BytesGuest& operator=(const BytesGuest&) = delete;
    BytesGuest(BytesGuest&&) = delete;
    BytesGuest& operator=(BytesGuest&&) = delete;
    /// What came back, if anything did, begins as an answer does.
    ~BytesGuest() override {
        constexpr std::string_view kStart = "HTTP/1.1 ";
        PARLEY_ASSERT(in.starts_with(kStart.substr(0, in.size())));
        if (in.size() > kStart.size() + 3) {
            const int status = number_at(in, kStart.size());
            PARLEY_ASSERT(status == 100 || status == 101 || is_status(status, weather_));
        }
    }

private:
    const Weather weather_;
};

class RequestGuest final : public StreamGuest {
public:
    RequestGuest(
        sim::SimNetwork& network, Notebook& notebook, Weather weather, bool head, std::string out
    )
        : StreamGuest(network, std::move(out)),
          notebook_(notebook),
          weather_(weather),
          head_(head) {}

    /// The status once the answer is complete, else 0.
    [[nodiscard]] int status() const noexcept { return status_; }

    void on_data(std::span<std::byte> bytes) override {
        StreamGuest::on_data(bytes);
        const std::size_t end = in.find("\r\n\r\n");
        if (end == std::string::npos) {
            return;
        }
        const std::string_view all = in;
        const std::string_view head = all.substr(0, end + 2);
        const std::string_view body = all.substr(end + 4);
        const std::size_t length = length_of(head);
        PARLEY_ASSERT(body.size() <= length);
        if (body.size() == length && status_ == 0) {
            status_ = number_at(head, std::string_view{"HTTP/1.1 "}.size());
            PARLEY_ASSERT(head.starts_with("HTTP/1.1 ") && is_status(status_, weather_));
            check_body(head, body);
        }
    }

private:
    [[nodiscard]] std::size_t length_of(std::string_view head) const {
        constexpr std::string_view kName = "\r\nContent-Length: ";
        const std::size_t at = head.find(kName);
        const bool none = head_ || head.starts_with("HTTP/1.1 204 ");
        PARLEY_ASSERT(none || at != std::string_view::npos);
        return none ? 0 : static_cast<std::size_t>(number_at(head, at + kName.size()));
    }

    void check_body(std::string_view head, std::string_view body) {
        const bool problem =
            head.find("\r\nContent-Type: application/problem+json\r\n") != std::string_view::npos;
        const bool json = problem || head.find("\r\nContent-Type: application/json\r\n") !=
                                         std::string_view::npos;
        PARLEY_ASSERT(problem == (status_ >= 400));
        if (!json || head_) {
            return;
        }
        const auto parsed = PlainJsonParser::parse(body, kDepthMax);
        PARLEY_ASSERT(parsed && parsed->kind == PlainJson::Kind::object);
        if (problem) {
            const PlainJson* code = parsed->find("code");
            PARLEY_ASSERT(code != nullptr && is_code(code->text, weather_));
            PARLEY_ASSERT(parsed->find("status")->number == static_cast<std::uint64_t>(status_));
        }
        notebook_.read(*parsed);
    }

    Notebook& notebook_;
    const Weather weather_;
    const bool head_;
    int status_ = 0;
};

class FrameGuest final : public sim::ClientLink::Listener {
public:
    FrameGuest(
        sim::Simulation& simulation,
        sim::SimNetwork& network,
        websocket::Deflater& deflater,
        Notebook& notebook,
        Weather weather
    )
        : notebook_(notebook), weather_(weather), link_(simulation, network, deflater, *this) {}

    void connect(sim::ClientLink::Options options) { link_.connect(std::move(options)); }
    /// Frames wait until the socket is open.
    void send(std::string text) {
        if (!open_) {
            waiting_.push_back(std::move(text));
        } else if (!down_) {
            link_.send(text);
        }
    }
    void end(std::size_t how) {
        if (how == 0) {
            link_.drop();
            down_ = true;
        } else if (open_ && !down_) {
            how == 1 ? link_.close() : link_.ping();
        }
    }

    void on_open() override {
        open_ = true;
        for (const std::string& text : std::exchange(waiting_, {})) {
            link_.send(text);
        }
    }
    void on_text(std::string_view payload) override {
        const auto frame = PlainJsonParser::parse(payload, kDepthMax);
        PARLEY_ASSERT(frame && frame->kind == PlainJson::Kind::object);
        const PlainJson* type = frame->find("type");
        PARLEY_ASSERT(type != nullptr && is_type(type->text));
        if (type->text == "error" || type->text == "auth_error") {
            const PlainJson* code = frame->find("code");
            PARLEY_ASSERT(code != nullptr && is_code(code->text, weather_));
        }
        notebook_.read(*frame);
    }
    void on_down(int /*status*/) override { down_ = true; }
    void on_garbage(std::string_view /*why*/) override { PARLEY_ASSERT(false && "no WebSocket"); }
    void on_sign_of_life() override {}

private:
    static bool is_type(std::string_view type) {
        constexpr std::string_view kTypes[] = {
            "auth_success",
            "auth_error",
            "ack",
            "new_message",
            "events",
            "conversation",
            "sync_complete",
            "heartbeat_ack",
            "error",
            "reconnect"
        };
        return std::ranges::find(kTypes, type) != std::end(kTypes);
    }

    Notebook& notebook_;
    const Weather weather_;
    bool open_ = false;
    bool down_ = false;
    std::vector<std::string> waiting_;
    sim::ClientLink link_;
};

// --- the guests together --------------------------------------------------------------------------

Guests::Guests(
    sim::Simulation& simulation, sim::SimNetwork& network, sim::Server& server, Weather weather
)
    : simulation_(simulation), network_(network), server_(server), weather_(weather) {
    constexpr std::string_view kLetters = "abe";
    for (std::size_t i = 0; i < kUsers; ++i) {
        users_.at(i) = {{.high = 0x6775'6573'7400'4000 + i, .low = 0x8000'0000'0000'0001}};
        devices_.at(i) = {{.high = 0x6465'7669'6300'4000 + i, .low = 0x8000'0000'0000'0002}};
        server_.add_user(users_.at(i), std::string{"guest"} + kLetters[i]);
        notebook_.name(kLetters[i], to_string(users_.at(i).uuid));
    }
}

Guests::~Guests() = default;

std::string Guests::token(std::size_t choice) const {
    return choice < kUsers ? server_.token(users_.at(choice), devices_.at(choice))
                           : notebook_.filled(choice == kUsers ? "$t" : "no.token.atall");
}

void Guests::act(Choices& choices) {
    switch (choices.below(8)) {
        case 0:
        case 1:
            request(choices);
            break;
        case 2:
            open_socket(choices);
            break;
        case 3:
        case 4:
        case 5:
            send_frame(choices);
            break;
        case 6:
            send_bytes(choices);
            break;
        default:
            end_one(choices);
    }
}

void Guests::request(Choices& choices) {
    constexpr std::string_view kMethods[] = {
        "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"
    };
    const std::string_view method = kMethods[choices.below(std::size(kMethods))];
    const std::size_t who = choices.below(8);
    const std::string target = notebook_.filled(choices.text());
    const std::string body = notebook_.filled(choices.text());
    std::string out{method};
    out += " /";
    for (const char c : target) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = byte > 0x20 && byte < 0x7F && c != '"' && c != '<' && c != '>' &&
                           c != '\\' && c != '^' && c != '`' && c != '{' && c != '|' && c != '}' &&
                           c != '#' && c != '[' && c != ']';
        plain ? out.push_back(c)
              : (void)out.append({'%', kDigits[byte >> 4U], kDigits[byte & 0xFU]});
    }
    out += " HTTP/1.1\r\nHost: parley.invalid\r\nConnection: close\r\n";
    if (who < 6) {
        out += "Authorization: Bearer " + token(who) + "\r\n";
    }
    if (!body.empty() || method == "POST") {
        out += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\n";
    }
    out += "\r\n" + body;
    if (requests_.size() < kConnectionsMax) {
        requests_.push_back(std::make_unique<RequestGuest>(
            network_, notebook_, weather_, method == "HEAD", std::move(out)
        ));
    }
}

void Guests::open_socket(Choices& choices) {
    const std::size_t who = choices.below(8);
    const std::size_t how = choices.below(4);
    if (sockets_.size() == kConnectionsMax) {
        return;
    }
    sockets_.push_back(
        std::make_unique<FrameGuest>(simulation_, network_, deflater_, notebook_, weather_)
    );
    const std::string first = R"({"type":"auth","token":")" + token(who) + "\"}";
    sockets_.back()->connect(
        {.token = how % 2 == 0 ? token(who) : std::string{},
         .first_frame = how == 1 ? first : std::string{},
         .deflate = how >= 2}
    );
    if (how == 3) {
        sockets_.back()->send(first);
    }
}

void Guests::send_frame(Choices& choices) {
    const std::size_t which = choices.below(4);
    std::string text = notebook_.filled(choices.text());
    if (!sockets_.empty()) {
        // Counted from the newest.
        sockets_[sockets_.size() - 1 - which % sockets_.size()]->send(std::move(text));
    }
}

void Guests::send_bytes(Choices& choices) {
    const bool fresh = choices.flag();
    const std::string bytes = notebook_.filled(choices.text());
    if (streams_.empty() || (fresh && streams_.size() < kConnectionsMax)) {
        streams_.push_back(std::make_unique<BytesGuest>(network_, bytes, weather_));
    } else {
        streams_.back()->send(bytes);
    }
}

void Guests::end_one(Choices& choices) {
    const std::size_t how = choices.below(4);
    if (how == 3 && !streams_.empty()) {
        streams_.back()->drop();
    } else if (!sockets_.empty()) {
        sockets_[sockets_.size() - 1 - choices.below(4) % sockets_.size()]->end(how);
    }
}

void Guests::check_answered() const {
    for (const auto& guest : requests_) {
        PARLEY_ASSERT(weather_ == Weather::stormy || guest->status() != 0);
    }
}

void Guests::ask_health() {
    health_ = std::make_unique<RequestGuest>(
        network_,
        notebook_,
        weather_,
        false,
        "GET /healthz HTTP/1.1\r\nHost: parley.invalid\r\nConnection: close\r\n\r\n"
    );
}

bool Guests::alive() const noexcept {
    return health_ != nullptr && health_->status() == 200;
}

}  // namespace parley::fuzz
