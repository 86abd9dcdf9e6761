#include "gateway/http_connection.h"

#include <algorithm>
#include <array>
#include <utility>

#include "gateway/conformance.h"
#include "gateway/rest.h"

namespace parley::gateway {
namespace {

constexpr std::string_view kSubprotocol = "parley.v1";
/// Where the shortest client connects: `new WebSocket('ws://host')`.
constexpr std::string_view kShortPath = "/";

}  // namespace

HttpConnection::HttpConnection(Front& front, std::unique_ptr<runtime::Stream> stream, bool control)
    : front_(front),
      control_(control),
      stream_(std::move(stream)),
      reader_(front.options().http),
      deadline_(front.now() + front.options().header_timeout) {}

HttpConnection::~HttpConnection() = default;

void HttpConnection::start() {
    stream_->start(*this);
}

void HttpConnection::on_data(std::span<std::byte> bytes) {
    if (state_ == State::lingering || state_ == State::closed) {
        return;
    }
    if (state_ != State::reading || !pending_.empty()) {
        // Reading is paused; what was on its way waits here, at most one buffer of it.
        pending_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        return;
    }
    while (!bytes.empty() && state_ == State::reading) {
        bytes = bytes.subspan(take(bytes));
    }
    if (!bytes.empty() && state_ != State::closed && state_ != State::lingering) {
        pending_.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
}

std::size_t HttpConnection::take(std::span<std::byte> bytes) {
    if (idle_) {
        idle_ = false;
        deadline_ = front_.loop().clock().steady() + front_.options().header_timeout;
    }
    http::RequestReader::Step step = reader_.feed(bytes);
    if (!in_body_ && reader_.state() == http::RequestReader::State::reading_body) {
        in_body_ = true;
        deadline_ = front_.loop().clock().steady() + front_.options().body_timeout;
    }
    if (step.expects_continue) {
        out_.append("HTTP/1.1 100 Continue\r\n\r\n");
        write_out();
    }
    if (step.refusal) {
        const int status = step.refusal->status;
        const std::string_view code =
            status == 413 || status == 414 || status == 431 ? "too_large" : "invalid_request";
        http::Response response{.status = status, .content_type = "application/problem+json"};
        response.body = wire::problem(status, code, step.refusal->detail);
        head_only_ = step.refused_head;
        respond(std::move(response), false);
        return bytes.size();
    }
    if (step.request) {
        in_body_ = false;
        begin(std::move(*step.request), bytes.subspan(step.consumed));
    }
    return step.consumed;
}

void HttpConnection::begin(http::Request request, std::span<std::byte> rest) {
    front_.shared().metrics.requests.add(front_.lane());
    head_only_ = request.method == "HEAD";
    http_1_0_ = !request.http_1_1;
    keep_alive_ = request.keep_alive && !stopping_;
    state_ = State::answering;
    deadline_ = Duration::max();
    if constexpr (kConformance) {
        echoes_ = is_echo_path(front_.options(), request.path());
    }
    // In an HTTP/1.0 request Upgrade means nothing (RFC 9110 §7.8).
    const bool wants_upgrade = !control_ && request.http_1_1 && !request.header("upgrade").empty();
    if (wants_upgrade && (request.path() == "/ws" || request.path() == kShortPath || echoes_)) {
        upgrade(request, rest);
        return;
    }
    stream_->pause_reading();
    if (!front_.spawn(answer(this, std::move(request)))) {
        state_ = State::lingering;
        end();
    }
}

runtime::Task<void> HttpConnection::answer(HttpConnection* self, http::Request request) {
    const std::string address = self->stream_->peer_address();
    http::Response response =
        co_await handle_request(&self->front_, std::move(request), address, self->control_);
    if (self->peer_gone_) {
        self->state_ = State::lingering;
        self->end();
        co_return;
    }
    self->respond(std::move(response), self->keep_alive_);
}

bool HttpConnection::origin_allowed(const http::Request& request) const {
    if (request.header_count("origin") == 0) {
        return true;  // no browser
    }
    const std::string_view origin = request.header("origin");
    if (origin.empty() || request.header_count("origin") > 1) {
        return false;
    }
    const auto& allowed = front_.options().allowed_origins;
    if (std::ranges::find(allowed, origin) != allowed.end()) {
        return true;
    }
    return is_own_origin(origin, request.header("host"));
}

Result<std::optional<auth::Identity>> HttpConnection::identify(const http::Request& request) {
    auth::Auth& auth = front_.shared().parts.auth;
    std::string token;
    if (request.header_count("authorization") > 0) {
        token = bearer_token(request).value_or("");
    } else if (request.path() != kShortPath || echoes_) {
        return std::optional<auth::Identity>{};
    } else {
        // A browser cannot say more: a token in the address, which is taken here alone, or the login's cookie.
        const auto query = http::parse_query(request.query());
        for (const auto& [name, value] :
             query.value_or(std::vector<std::pair<std::string, std::string>>{})) {
            if (name == "token") {
                token = token.empty() ? value : " ";  // Two are none.
            }
        }
        token = token.empty() ? access_cookie(request, front_.options().secure) : token;
    }
    auto verified = auth.verify(front_.loop(), token);
    if (!verified.ok()) {
        return std::move(verified).error();
    }
    return std::optional(*verified);
}

void HttpConnection::upgrade(const http::Request& request, std::span<std::byte> rest) {
    const auto refuse = [this](int status, std::string_view code, std::string_view detail) {
        http::Response response{.status = status, .content_type = "application/problem+json"};
        response.body = wire::problem(status, code, detail);
        if (status == 426) {
            response.headers.push_back({"Sec-WebSocket-Version", "13"});
            response.headers.push_back({"Upgrade", "websocket"});
        }
        if (status == 405) {
            response.headers.push_back({"Allow", "GET"});
        }
        if (status == 401) {
            response.headers.push_back({"WWW-Authenticate", "Bearer"});
        }
        if (status == 503) {
            response.headers.push_back({"Retry-After", "1"});
        }
        respond(std::move(response), false);
    };
    const std::string upgrade = request.joined_header("upgrade");
    const std::string connection = request.joined_header("connection");
    const std::string extensions = request.joined_header("sec-websocket-extensions");
    const std::string protocols = request.joined_header("sec-websocket-protocol");
    const websocket::UpgradeRequest wanted{
        .method = request.method,
        .http_1_1 = request.http_1_1,
        .upgrade = upgrade,
        .connection = connection,
        .key = request.header("sec-websocket-key"),
        .key_count = request.header_count("sec-websocket-key"),
        .version = request.header("sec-websocket-version"),
        .extensions = extensions,
        .protocols = protocols,
    };
    const auto answered = websocket::answer_upgrade(wanted, kSubprotocol, front_.options().deflate);
    if (answered.status != 101) {
        refuse(answered.status, "invalid_request", answered.problem);
        return;
    }
    if (stopping_ || front_.stopping()) {
        refuse(503, "unavailable", "the server is stopping");
        return;
    }
    if (!origin_allowed(request)) {
        refuse(403, "forbidden", "this origin may not connect");
        return;
    }
    const auto identity = identify(request);
    if (!identity.ok()) {
        refuse(401, to_string(identity.error().code), identity.error().detail);
        return;
    }
    const std::array<std::string_view, 1> head{answered.head};
    if (stream_->write(head) != answered.head.size()) {
        state_ = State::lingering;
        end();  // Not even the answer fits a fresh socket.
        return;
    }
    state_ = State::closed;
    const std::size_t deflate_bytes_max = answered.deflate ? answered.deflate_window_bytes : 0;
    const bool is_short = request.path() == kShortPath && !echoes_;
    front_.upgrade(*this, std::move(stream_), deflate_bytes_max, *identity, is_short, rest);
}

void HttpConnection::respond(http::Response response, bool keep_alive) {
    keep_alive_ = keep_alive && !stopping_;
    protect(response, front_.options().secure);
    const http::WriteOptions options{
        .head_only = head_only_,
        .keep_alive = keep_alive_,
        .http_1_0 = http_1_0_,
        .date = front_.http_date()
    };
    out_.append(http::encode_response(response, options));
    if (!head_only_) {
        source_ = std::static_pointer_cast<BodySource>(response.source);
        source_read_ = 0;
    }
    state_ = State::writing;
    deadline_ = front_.loop().clock().steady() + front_.options().body_timeout;
    write_out();
}

void HttpConnection::write_out() {
    const std::array<std::string_view, 1> parts{std::string_view{out_}.substr(out_sent_)};
    if (!parts[0].empty()) {
        out_sent_ += stream_->write(parts);
    }
    if (out_sent_ < out_.size()) {
        return;  // on_writable comes.
    }
    std::string{}.swap(out_);
    out_sent_ = 0;
    if (state_ == State::writing && !pour()) {
        answered();
    }
}

bool HttpConnection::pour() {
    if (source_ == nullptr || source_read_ == source_->bytes()) {
        source_.reset();
        return false;
    }
    state_ = State::answering;
    deadline_ = Duration::max();
    if (!front_.spawn(pour_piece(this))) {
        state_ = State::lingering;
        end();
    }
    return true;
}

/// One piece is in memory at a time: the next is read when this one is out.
runtime::Task<void> HttpConnection::pour_piece(HttpConnection* self) {
    constexpr std::size_t kPieceBytes = 256UL * 1024;
    auto piece = co_await self->source_->read(self->front_.loop(), self->source_read_, kPieceBytes);
    const bool broken = !piece.ok() || piece->empty();
    if (broken || self->peer_gone_) {
        // Ending early is all that can still be said: the length was promised.
        self->state_ = State::lingering;
        self->end();
        co_return;
    }
    self->source_read_ += piece->size();
    self->out_ = std::move(*piece);
    self->state_ = State::writing;
    self->deadline_ = self->front_.loop().clock().steady() + self->front_.options().body_timeout;
    self->write_out();
}

void HttpConnection::answered() {
    if (!keep_alive_) {
        // Closing with unread bytes would reset the connection and could take the answer with it.
        state_ = State::lingering;
        deadline_ = front_.loop().clock().steady() + front_.options().close_timeout;
        stream_->shutdown_send();
        stream_->resume_reading();
        return;
    }
    state_ = State::reading;
    idle_ = pending_.empty();
    deadline_ = front_.loop().clock().steady() +
                (idle_ ? front_.options().keep_alive_timeout : front_.options().header_timeout);
    if (pending_.empty()) {
        stream_->resume_reading();
        return;
    }
    // Not from here: a long pipeline would grow the stack with every answer.
    front_.loop().defer([front = &front_, self = this] {
        if (front->holds(*self)) {
            self->read_pending();
        }
    });
}

void HttpConnection::read_pending() {
    std::string bytes = std::exchange(pending_, {});
    const std::size_t size = bytes.size();
    bytes.resize(size + runtime::kReadPadding);
    std::span<std::byte> left{reinterpret_cast<std::byte*>(bytes.data()), size};
    while (!left.empty() && state_ == State::reading) {
        left = left.subspan(take(left));
    }
    if (state_ == State::closed || state_ == State::lingering) {
        return;
    }
    pending_.insert(0, reinterpret_cast<const char*>(left.data()), left.size());
    if (state_ == State::reading) {
        stream_->resume_reading();
    }
}

void HttpConnection::on_writable() {
    write_out();
}

void HttpConnection::on_closed(runtime::CloseReason /*reason*/) {
    if (state_ == State::answering) {
        peer_gone_ = true;  // The handler still holds this; it ends with the answer.
        return;
    }
    end();
}

void HttpConnection::check(Duration now) {
    if (now < deadline_) {
        return;
    }
    if (state_ == State::reading && !idle_) {
        http::Response response{.status = 408, .content_type = "application/problem+json"};
        response.body = wire::problem(408, "invalid_request", "the request took too long");
        head_only_ = reader_.is_head_request();
        respond(std::move(response), false);
        return;
    }
    end();
}

void HttpConnection::stop() {
    stopping_ = true;
    keep_alive_ = false;
    if (state_ == State::reading && idle_) {
        end();
    }
}

void HttpConnection::end() {
    if (state_ == State::closed) {
        return;
    }
    if (state_ == State::answering) {
        peer_gone_ = true;
        stream_->close();
        return;
    }
    state_ = State::closed;
    stream_->close();
    front_.retire(*this);
}

}  // namespace parley::gateway
