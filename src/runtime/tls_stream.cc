#include "runtime/tls_stream.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/assert.h"

namespace parley::runtime {
namespace {

/// The most plaintext in one TLS record.
constexpr std::size_t kRecordBytesMax = 16 * 1024;
/// Plaintext encrypted before it is offered to the socket; with the records' frames, this bounds what a
/// stream whose peer does not read holds in memory.
constexpr std::size_t kBurstBytesMax = 4 * kRecordBytesMax;

struct FreeSsl {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};
using Ssl = std::unique_ptr<SSL, FreeSsl>;

/// A Stream that speaks TLS through OpenSSL. OpenSSL sees no socket: it reads from the bytes that the
/// lower stream has just brought, in place, and writes to a scratch string of the loop that goes to the
/// lower stream before anybody else runs. So an idle connection holds OpenSSL's state and nothing else.
class TlsStream final : public Stream, private StreamHandler {
public:
    TlsStream(AsioLoop& loop, std::unique_ptr<Stream> lower, Ssl ssl);
    TlsStream(const TlsStream&) = delete;
    TlsStream& operator=(const TlsStream&) = delete;
    TlsStream(TlsStream&&) = delete;
    TlsStream& operator=(TlsStream&&) = delete;
    ~TlsStream() override;

    void start(StreamHandler& handler) override;
    void set_handler(StreamHandler& handler) override { handler_ = &handler; }
    void pause_reading() override;
    void resume_reading() override;
    std::size_t write(std::span<const std::string_view> parts) override;
    [[nodiscard]] std::size_t unsent() const noexcept override { return unsent_.size(); }
    void shutdown_send() override;
    void close() override;
    [[nodiscard]] const std::string& peer_address() const noexcept override {
        return lower_->peer_address();
    }

    [[nodiscard]] std::string peer_certificate_name() const;

    /// OpenSSL's way to the bytes.
    static int bio_read(BIO* bio, char* out, int size);
    static int bio_write(BIO* bio, const char* bytes, int size);

private:
    // StreamHandler: what the lower stream tells.
    void on_data(std::span<std::byte> bytes) override;
    void on_writable() override;
    void on_closed(CloseReason reason) override;

    void pump();
    [[nodiscard]] bool shake_hands();
    [[nodiscard]] std::size_t decrypt(std::span<std::byte> out, int& last);
    std::size_t encrypt(std::span<const std::string_view>& parts, std::size_t& skip);
    [[nodiscard]] bool encrypt_record(std::string_view plaintext);
    void flush();
    void say_goodbye();
    void pump_later();
    void end(CloseReason reason);

    AsioLoop& loop_;
    const TokenTable::Token token_;
    std::unique_ptr<Stream> lower_;
    Ssl ssl_;
    StreamHandler* handler_ = nullptr;
    std::span<const std::byte> input_;  // ciphertext at hand, during pump()
    std::string held_;    // ciphertext that came before a pause; one read's worth at most
    std::string unsent_;  // ciphertext that the lower stream had no room for
    bool reading_ = false;
    bool established_ = false;
    bool wants_room_ = false;  // a write took less than everything
    bool send_shut_ = false;   // shutdown_send() or a failure: no more plaintext
    bool shut_lower_ = false;  // shutdown_send() waits for unsent_
    bool ended_ = false;
};

struct FreeBioMethod {
    void operator()(BIO_METHOD* method) const noexcept { BIO_meth_free(method); }
};

const BIO_METHOD* bio_method() {
    static const auto method = [] {
        std::unique_ptr<BIO_METHOD, FreeBioMethod> made{
            BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "parley stream")
        };
        PARLEY_ASSERT(made != nullptr);
        BIO_meth_set_read(made.get(), &TlsStream::bio_read);
        BIO_meth_set_write(made.get(), &TlsStream::bio_write);
        BIO_meth_set_ctrl(made.get(), [](BIO* /*bio*/, int command, long /*a*/, void* /*b*/) {
            return command == BIO_CTRL_FLUSH ? 1L : 0L;
        });
        return made;
    }();
    return method.get();
}

TlsStream::TlsStream(AsioLoop& loop, std::unique_ptr<Stream> lower, Ssl ssl)
    : loop_(loop), token_(loop.tokens().add(this)), lower_(std::move(lower)), ssl_(std::move(ssl)) {
    BIO* bio = BIO_new(bio_method());
    PARLEY_ASSERT(bio != nullptr);
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);  // takes it, for both directions
}

TlsStream::~TlsStream() {
    loop_.tokens().remove(token_);
    say_goodbye();
}

int TlsStream::bio_read(BIO* bio, char* out, int size) {
    auto& self = *static_cast<TlsStream*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    if (self.input_.empty()) {
        BIO_set_retry_read(bio);
        return -1;
    }
    const std::size_t take = std::min(static_cast<std::size_t>(size), self.input_.size());
    std::memcpy(out, self.input_.data(), take);
    self.input_ = self.input_.subspan(take);
    return static_cast<int>(take);
}

int TlsStream::bio_write(BIO* bio, const char* bytes, int size) {
    auto& self = *static_cast<TlsStream*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    auto& to = self.unsent_.empty() ? self.loop_.ciphertext_scratch() : self.unsent_;
    to.append(bytes, static_cast<std::size_t>(size));
    return size;
}

void TlsStream::start(StreamHandler& handler) {
    PARLEY_ASSERT(handler_ == nullptr);
    handler_ = &handler;
    reading_ = true;
    lower_->start(*this);
    if (SSL_is_server(ssl_.get()) == 0) {
        pump();  // a client speaks first
    }
}

void TlsStream::pause_reading() {
    reading_ = false;
    if (established_) {
        lower_->pause_reading();  // before that, the handshake needs its bytes
    }
}

void TlsStream::resume_reading() {
    if (ended_ || reading_) {
        return;
    }
    reading_ = true;
    if (held_.empty() && SSL_has_pending(ssl_.get()) == 0) {
        lower_->resume_reading();
    } else {
        pump_later();  // not from here: the caller is the handler
    }
}

/// What came before the pause first, then the lower stream goes on.
void TlsStream::pump_later() {
    loop_.post([loop = &loop_, token = token_] {
        auto* self = static_cast<TlsStream*>(loop->tokens().find(token));
        if (self == nullptr || self->ended_ || !self->reading_) {
            return;
        }
        const std::string held = std::exchange(self->held_, {});
        self->input_ = std::as_bytes(std::span{held});
        self->pump();
        if (loop->tokens().find(token) != nullptr && self->reading_) {
            self->lower_->resume_reading();
        }
    });
}

void TlsStream::on_data(std::span<std::byte> bytes) {
    PARLEY_ASSERT(held_.empty());
    input_ = bytes;
    pump();
}

/// Feeds input_ to OpenSSL and hands on what comes out. Callbacks may destroy this: nothing is touched
/// after one without asking the loop's table.
void TlsStream::pump() {
    TokenTable& tokens = loop_.tokens();
    const TokenTable::Token token = token_;
    if (!established_ && !shake_hands()) {
        return;  // not yet, or this is gone
    }
    const std::span<std::byte> buffer = loop_.plaintext_buffer();
    while (reading_) {
        int last = SSL_ERROR_NONE;
        const std::size_t got = decrypt(buffer, last);
        flush();
        if (got > 0) {
            handler_->on_data(buffer.first(got));
            if (tokens.find(token) == nullptr) {
                return;
            }
        }
        if (last == SSL_ERROR_WANT_READ) {
            if (input_.empty()) {
                return;
            }
        } else if (last != SSL_ERROR_NONE && reading_) {
            end(last == SSL_ERROR_ZERO_RETURN ? CloseReason::peer_closed : CloseReason::failed);
            return;
        }
    }
    if (!ended_) {
        held_.assign(reinterpret_cast<const char*>(input_.data()), input_.size());
    }
    input_ = {};
}

/// True when the handshake is done and this is still there.
bool TlsStream::shake_hands() {
    const TokenTable& tokens = loop_.tokens();
    const TokenTable::Token token = token_;
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl_.get());
    const int reason = SSL_get_error(ssl_.get(), done);
    flush();
    if (done != 1) {
        if (reason != SSL_ERROR_WANT_READ) {
            end(CloseReason::failed);
        }
        return false;
    }
    established_ = true;
    if (!reading_) {
        lower_->pause_reading();
    }
    if (unsent_.empty() && std::exchange(wants_room_, false)) {
        handler_->on_writable();
    }
    return tokens.find(token) != nullptr;
}

/// Fills `out` as far as there is input; `last` is OpenSSL's reason when it is not full.
std::size_t TlsStream::decrypt(std::span<std::byte> out, int& last) {
    std::size_t have = 0;
    while (have < out.size()) {
        ERR_clear_error();
        const int got =
            SSL_read(ssl_.get(), out.data() + have, static_cast<int>(out.size() - have));
        if (got <= 0) {
            last = SSL_get_error(ssl_.get(), got);
            break;
        }
        have += static_cast<std::size_t>(got);
    }
    return have;
}

std::size_t TlsStream::write(std::span<const std::string_view> parts) {
    std::size_t taken = 0;
    std::size_t skip = 0;  // bytes of the first part that are taken
    while (!parts.empty() && !send_shut_) {
        if (!established_ || !unsent_.empty()) {
            wants_room_ = true;
            return taken;
        }
        taken += encrypt(parts, skip);
        flush();
    }
    for (const std::string_view part : parts) {
        taken += part.size() - std::exchange(skip, 0);  // a dead stream takes everything
    }
    return taken;
}

/// Encrypts up to kBurstBytesMax of `parts`, small ones together, and advances them.
std::size_t TlsStream::encrypt(std::span<const std::string_view>& parts, std::size_t& skip) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): filled as far as it is used
    std::array<char, kRecordBytesMax> record;
    std::size_t taken = 0;
    while (!parts.empty() && taken < kBurstBytesMax) {
        std::size_t filled = 0;
        while (!parts.empty() && filled < record.size()) {
            const std::string_view rest = parts.front().substr(skip);
            const std::size_t take = std::min(rest.size(), record.size() - filled);
            std::ranges::copy(rest.substr(0, take), record.data() + filled);
            filled += take;
            skip += take;
            if (take == rest.size()) {
                parts = parts.subspan(1);
                skip = 0;
            }
        }
        taken += filled;
        if (filled > 0 && !encrypt_record({record.data(), filled})) {
            break;
        }
    }
    return taken;
}

bool TlsStream::encrypt_record(std::string_view plaintext) {
    ERR_clear_error();
    const int written = SSL_write(ssl_.get(), plaintext.data(), static_cast<int>(plaintext.size()));
    if (written > 0) {
        return true;
    }
    // Our BIO takes everything, so this is a connection that OpenSSL has given up.
    send_shut_ = true;
    loop_.post([loop = &loop_, token = token_] {
        if (void* stream = loop->tokens().find(token); stream != nullptr) {
            static_cast<TlsStream*>(stream)->end(CloseReason::failed);
        }
    });
    return false;
}

/// Gives what OpenSSL has written to the lower stream; what does not fit waits in unsent_.
void TlsStream::flush() {
    std::string& scratch = loop_.ciphertext_scratch();
    if (scratch.empty()) {
        return;
    }
    const std::string_view bytes = scratch;
    const std::size_t taken = lower_->write(std::span{&bytes, 1});
    unsent_.append(bytes.substr(taken));
    scratch.clear();
}

void TlsStream::on_writable() {
    const std::string_view bytes = unsent_;
    const std::size_t taken = lower_->write(std::span{&bytes, 1});
    unsent_.erase(0, taken);
    if (!unsent_.empty()) {
        return;
    }
    unsent_ = std::string{};  // its memory, too
    if (shut_lower_) {
        lower_->shutdown_send();
    } else if (established_ && !send_shut_ && std::exchange(wants_room_, false)) {
        handler_->on_writable();
    }
}

void TlsStream::on_closed(CloseReason reason) {
    // Some peers end TCP without TLS's own end; the protocols above know whether all has come.
    end(established_ ? reason : CloseReason::failed);
}

/// Tells the peer that our bytes are complete, as TLS wants it.
void TlsStream::say_goodbye() {
    if (established_ && !std::exchange(send_shut_, true)) {
        ERR_clear_error();
        SSL_shutdown(ssl_.get());
        flush();
    }
}

void TlsStream::shutdown_send() {
    say_goodbye();
    send_shut_ = true;
    if (unsent_.empty()) {
        lower_->shutdown_send();
    } else {
        shut_lower_ = true;
    }
}

void TlsStream::close() {
    say_goodbye();
    reading_ = false;
    send_shut_ = true;
    ended_ = true;
    lower_->close();
}

void TlsStream::end(CloseReason reason) {
    if (std::exchange(ended_, true)) {
        return;
    }
    reading_ = false;
    if (reason == CloseReason::failed) {
        send_shut_ = true;
    }
    lower_->pause_reading();
    handler_->on_closed(reason);  // may destroy this
}

std::string TlsStream::peer_certificate_name() const {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate{
        SSL_get1_peer_certificate(ssl_.get()), &X509_free
    };
    if (!certificate) {
        return {};
    }
    std::array<char, 256> name{};
    X509_NAME_get_text_by_NID(
        X509_get_subject_name(certificate.get()), NID_commonName, name.data(), name.size()
    );
    return name.data();
}

}  // namespace

std::unique_ptr<Stream> make_tls_server_stream(
    AsioLoop& loop, std::unique_ptr<Stream> lower, const TlsContext& context
) {
    const SslContext current = context.current();
    Ssl ssl{SSL_new(current.get())};
    if (!ssl) {
        return nullptr;
    }
    SSL_set_accept_state(ssl.get());
    return std::make_unique<TlsStream>(loop, std::move(lower), std::move(ssl));
}

std::unique_ptr<Stream> make_tls_client_stream(
    AsioLoop& loop, std::unique_ptr<Stream> lower, SslContext context
) {
    Ssl ssl{SSL_new(context.get())};
    if (!ssl) {
        return nullptr;
    }
    SSL_set_connect_state(ssl.get());
    return std::make_unique<TlsStream>(loop, std::move(lower), std::move(ssl));
}

std::string peer_certificate_name(const Stream& stream) {
    const auto* tls = dynamic_cast<const TlsStream*>(&stream);
    PARLEY_ASSERT(tls != nullptr);
    return tls->peer_certificate_name();
}

}  // namespace parley::runtime
