#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/result.h"

namespace parley::runtime {

/// An IPv4 or IPv6 address with a port, as the socket calls want it.
struct TcpAddress {
    sockaddr_storage storage{};
    socklen_t length = sizeof(sockaddr_storage);

    [[nodiscard]] const sockaddr* get() const noexcept;
    [[nodiscard]] sockaddr* get() noexcept;
    [[nodiscard]] int family() const noexcept { return storage.ss_family; }
    [[nodiscard]] std::uint16_t port() const noexcept;
    /// The address alone: "127.0.0.1", "::1"; an IPv4 address in IPv6 clothes comes out as IPv4;
    /// "local" for a socket at a path.
    [[nodiscard]] std::string host() const;
};

/// What `host` means: an address as it is, or a name's addresses in the resolver's order, at least one.
/// A name may block for seconds. `invalid_request` when there is no such host.
[[nodiscard]] Result<std::vector<TcpAddress>> resolve(const std::string& host, std::uint16_t port);

/// Only an address, never a name, so it does not block.
[[nodiscard]] Result<TcpAddress> parse_address(const std::string& host, std::uint16_t port);

/// Whose address that is, for limits: an IPv4 address itself; of an IPv6 address the first 64 bits ("2001:db8::"),
/// because one customer has all those behind them (RFC 6177). Anything else comes back as it is.
[[nodiscard]] std::string network_of(const std::string& address);

/// "127.0.0.1:80", "[::1]:80".
[[nodiscard]] std::string host_and_port(const std::string& host, std::uint16_t port);

/// The text of an errno value.
[[nodiscard]] std::string errno_text(int error);

}  // namespace parley::runtime
