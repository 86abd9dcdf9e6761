#include "tests/sim/rest_call.h"

#include <charconv>
#include <utility>

namespace parley::sim {
namespace {

constexpr Duration kAnswerMax = std::chrono::seconds{12};

std::size_t number_behind(std::string_view text, std::string_view name) {
    const std::size_t at = text.find(name);
    std::size_t number = 0;
    if (at != std::string_view::npos) {
        std::from_chars(text.data() + at + name.size(), text.data() + text.size(), number);
    }
    return number;
}

}  // namespace

RestCall::RestCall(Simulation& simulation, SimNetwork& network, const Request& request, Done done)
    : simulation_(simulation), done_(std::move(done)) {
    out_ = request.method + " " + request.target + " HTTP/1.1\r\nHost: parley.invalid\r\n";
    if (!request.token.empty()) {
        out_ += "Authorization: Bearer " + request.token + "\r\n";
    }
    if (!request.body.empty()) {
        out_ += "Content-Type: application/json\r\n";
        out_ += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
    }
    out_ += "\r\n" + request.body;
    timeout_ = simulation_.in(kAnswerMax, kWorld, [this] {
        timeout_ = {};
        finish({});
    });
    network.connect([this,
                     alive = std::weak_ptr<int>(alive_)](std::unique_ptr<runtime::Stream> stream) {
        if (!alive.expired() && done_) {
            connected(std::move(stream));
        }
    });
}

RestCall::~RestCall() {
    simulation_.cancel(timeout_);
}

void RestCall::connected(std::unique_ptr<runtime::Stream> stream) {
    if (stream == nullptr) {
        finish({});
        return;
    }
    stream_ = std::move(stream);
    stream_->start(*this);
    on_writable();
}

void RestCall::on_writable() {
    const std::string_view part = out_;
    out_.erase(0, stream_->write({&part, 1}));
}

void RestCall::on_data(std::span<std::byte> bytes) {
    in_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    read_answer();
}

void RestCall::read_answer() {
    if (size_ == 0) {
        const std::size_t end = in_.find("\r\n\r\n");
        if (end == std::string::npos) {
            return;
        }
        body_ = end + 4;
        const std::string_view head = std::string_view{in_}.substr(0, end + 2);
        size_ = body_ + number_behind(head, "\r\nContent-Length: ");
    }
    if (in_.size() < size_) {
        return;
    }
    Answer answer;
    answer.status = static_cast<int>(number_behind(in_, "HTTP/1.1 "));
    answer.text = in_.substr(body_, size_ - body_);
    answer.body = parse_json(answer.text);
    finish(std::move(answer));
}

void RestCall::on_closed(runtime::CloseReason /*reason*/) {
    finish({});
}

void RestCall::finish(Answer answer) {
    if (!done_) {
        return;
    }
    simulation_.cancel(timeout_);
    timeout_ = {};
    if (stream_ != nullptr) {
        stream_->close();
    }
    Done done = std::move(done_);
    done_ = nullptr;
    done(std::move(answer));
}

}  // namespace parley::sim
