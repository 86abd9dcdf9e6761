#include <cstdlib>

#include "runtime/tls_stream.h"
extern "C" void SSL_CTX_free(ssl_ctx_st*);
namespace parley::runtime {
void FreeSslContext::operator()(ssl_ctx_st* c) const noexcept {
    (void)c;
}
Result<std::unique_ptr<TlsContext>> TlsContext::load(TlsFiles) {
    return Error{ErrorCode::invalid_request, "TLS is not built yet"};
}
Result<void> TlsContext::reload() {
    return {};
}
std::unique_ptr<Stream>
make_tls_server_stream(AsioLoop&, std::unique_ptr<Stream> l, const TlsContext&) {
    return l;
}
}  // namespace parley::runtime
