#include "runtime/tcp_address.h"

#include <array>
#include <cstring>
#include <memory>
#include <system_error>

#include <arpa/inet.h>
#include <netdb.h>

namespace parley::runtime {
namespace {

Result<std::vector<TcpAddress>> look_up(const std::string& host, std::uint16_t port, int flags) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int failure = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (failure != 0) {
        return Error{
            ErrorCode::invalid_request, "no such host: " + host + ": " + ::gai_strerror(failure)
        };
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{found, &::freeaddrinfo};
    std::vector<TcpAddress> addresses;
    for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
        TcpAddress address;
        std::memcpy(&address.storage, at->ai_addr, at->ai_addrlen);
        address.length = at->ai_addrlen;
        addresses.push_back(address);
    }
    return addresses;
}

}  // namespace

const sockaddr* TcpAddress::get() const noexcept {
    return reinterpret_cast<const sockaddr*>(&storage);
}

sockaddr* TcpAddress::get() noexcept {
    return reinterpret_cast<sockaddr*>(&storage);
}

std::uint16_t TcpAddress::port() const noexcept {
    // The port stands at the same place in both kinds of address.
    sockaddr_in address{};
    std::memcpy(&address, &storage, sizeof address);
    return ntohs(address.sin_port);
}

std::string TcpAddress::host() const {
    if (family() == AF_UNIX) {
        return "local";
    }
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (family() == AF_INET) {
        sockaddr_in address{};
        std::memcpy(&address, &storage, sizeof address);
        ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
    } else if (family() == AF_INET6) {
        sockaddr_in6 address{};
        std::memcpy(&address, &storage, sizeof address);
        if (IN6_IS_ADDR_V4MAPPED(&address.sin6_addr)) {
            ::inet_ntop(AF_INET, &address.sin6_addr.s6_addr[12], text.data(), text.size());
        } else {
            ::inet_ntop(AF_INET6, &address.sin6_addr, text.data(), text.size());
        }
    }
    return text.data();
}

Result<std::vector<TcpAddress>> resolve(const std::string& host, std::uint16_t port) {
    return look_up(host, port, 0);
}

Result<TcpAddress> parse_address(const std::string& host, std::uint16_t port) {
    TRY(const auto addresses, look_up(host, port, AI_NUMERICHOST));
    return addresses.front();
}

std::string network_of(const std::string& address) {
    constexpr std::size_t kHostBytes = 8;
    in6_addr parsed{};
    if (::inet_pton(AF_INET6, address.c_str(), &parsed) != 1) {
        return address;
    }
    std::memset(&parsed.s6_addr[kHostBytes], 0, kHostBytes);
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET6, &parsed, text.data(), text.size());
    return text.data();
}

std::string host_and_port(const std::string& host, std::uint16_t port) {
    const bool is_v6 = host.find(':') != std::string::npos;
    return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string errno_text(int error) {
    return std::generic_category().message(error);
}

}  // namespace parley::runtime
