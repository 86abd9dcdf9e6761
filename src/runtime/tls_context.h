#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "base/result.h"
#include "runtime/runtime.h"

struct ssl_ctx_st;

namespace parley::runtime {

struct FreeSslContext {
    void operator()(ssl_ctx_st* context) const noexcept;
};
using SslContext = std::unique_ptr<ssl_ctx_st, FreeSslContext>;

/// A server's certificate and settings (TLS 1.2 and 1.3), replaceable while it runs: connections keep
/// what they began with. Internal to src/runtime. Thread-safe.
class TlsContext {
public:
    /// `invalid_request` with the file's name when certificate or key cannot be used.
    [[nodiscard]] static Result<std::unique_ptr<TlsContext>> load(TlsFiles files);

    /// Reads the same files again; on failure what was there stays in use.
    [[nodiscard]] Result<void> reload();

    /// For one new connection: a reference of its own.
    [[nodiscard]] SslContext current() const;

    /// What load() calls.
    TlsContext(TlsFiles files, SslContext context)
        : files_(std::move(files)), context_(std::move(context)) {}

private:
    const TlsFiles files_;
    mutable std::mutex mutex_;
    SslContext context_;  // guarded
};

/// A client's settings, for tests: it trusts everyone.
[[nodiscard]] SslContext make_trusting_client_context();

}  // namespace parley::runtime
