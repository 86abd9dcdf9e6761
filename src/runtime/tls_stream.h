#pragma once

#include <memory>
#include <string>

#include "runtime/asio_loop.h"
#include "runtime/stream.h"
#include "runtime/tls_context.h"

namespace parley::runtime {

/// TLS over `lower`, a stream of `loop` that has not started. The handshake begins with start(); until
/// it is done writes take nothing and on_writable follows. Nothing when memory is short.
[[nodiscard]] std::unique_ptr<Stream> make_tls_server_stream(
    AsioLoop& loop, std::unique_ptr<Stream> lower, const TlsContext& context
);

/// The client's side, for tests.
[[nodiscard]] std::unique_ptr<Stream> make_tls_client_stream(
    AsioLoop& loop, std::unique_ptr<Stream> lower, SslContext context
);

/// The common name in the certificate of a stream's peer, once the handshake is done; for tests.
/// `stream` was made by one of the functions above.
[[nodiscard]] std::string peer_certificate_name(const Stream& stream);

}  // namespace parley::runtime
