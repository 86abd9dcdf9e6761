#include "runtime/tls_context.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/assert.h"

namespace parley::runtime {
namespace {

/// The first thing OpenSSL has to say, and none of it later.
std::string openssl_text() {
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_peek_error(), text.data(), text.size());
    ERR_clear_error();
    return text.data();
}

/// A server has nobody to ask for a passphrase.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*unused*/) {
    return -1;
}

/// HTTP/1.1 is all there is; a client that offers only other protocols goes on without one.
int choose_protocol(
    SSL* /*ssl*/,
    const unsigned char** out,
    unsigned char* out_length,
    const unsigned char* offered,
    unsigned int offered_length,
    void* /*unused*/
) {
    static constexpr std::array<unsigned char, 9> kHttp{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    unsigned char* chosen = nullptr;
    const int found = SSL_select_next_proto(
        &chosen, out_length, kHttp.data(), kHttp.size(), offered, offered_length
    );
    *out = chosen;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

SslContext make_context(const SSL_METHOD* method) {
    SslContext context{SSL_CTX_new(method)};
    PARLEY_ASSERT(context != nullptr);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    // Of TLS 1.2 only what RFC 9325 section 4.2 recommends: forward secrecy and authenticated encryption.
    PARLEY_ASSERT(
        SSL_CTX_set_cipher_list(context.get(), "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL") == 1
    );
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    // Buffers exist while a record is on its way only: an idle connection has none.
    SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // Tickets keep sessions with the clients; a cache here would be a lock between loops.
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    return context;
}

Result<SslContext> load_server_context(const TlsFiles& files) {
    const auto refused = [](std::string_view what, const std::string& file) {
        return Error{
            ErrorCode::invalid_request,
            "cannot use " + std::string{what} + " " + file + ": " + openssl_text()
        };
    };
    ERR_clear_error();
    auto context = make_context(TLS_server_method());
    SSL_CTX_set_default_passwd_cb(context.get(), &no_passphrase);
    SSL_CTX_set_alpn_select_cb(context.get(), &choose_protocol, nullptr);
    const char* certificate = files.certificate_file.c_str();
    if (SSL_CTX_use_certificate_chain_file(context.get(), certificate) != 1) {
        return refused("certificate file", files.certificate_file);
    }
    if (SSL_CTX_use_PrivateKey_file(context.get(), files.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
        return refused("key file", files.key_file);
    }
    if (SSL_CTX_check_private_key(context.get()) != 1) {
        return refused("key file", files.key_file);
    }
    return context;
}

}  // namespace

void FreeSslContext::operator()(ssl_ctx_st* context) const noexcept {
    SSL_CTX_free(context);
}

Result<std::unique_ptr<TlsContext>> TlsContext::load(TlsFiles files) {
    TRY(auto context, load_server_context(files));
    return std::make_unique<TlsContext>(std::move(files), std::move(context));
}

Result<void> TlsContext::reload() {
    TRY(auto fresh, load_server_context(files_));
    const std::lock_guard lock{mutex_};
    context_.swap(fresh);
    return {};
}

SslContext TlsContext::current() const {
    const std::lock_guard lock{mutex_};
    SSL_CTX_up_ref(context_.get());
    return SslContext{context_.get()};
}

SslContext make_trusting_client_context() {
    auto context = make_context(TLS_client_method());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
    return context;
}

}  // namespace parley::runtime
