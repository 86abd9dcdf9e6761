#include "runtime/tcp_address.h"

#include <gtest/gtest.h>

namespace parley::runtime {
namespace {

TEST(TcpAddress, TheNetworkOfAnIpv4AddressIsTheAddress) {
    EXPECT_EQ(network_of("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(network_of(""), "");
    EXPECT_EQ(network_of("a name"), "a name");
}

TEST(TcpAddress, TheNetworkOfAnIpv6AddressIsItsFirst64Bits) {
    EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    EXPECT_EQ(network_of("2001:db8:1:2::1"), network_of("2001:db8:1:2:ffff:ffff:ffff:ffff"));
    EXPECT_NE(network_of("2001:db8:1:2::1"), network_of("2001:db8:1:3::1"));
    EXPECT_EQ(network_of("::1"), "::");
}

}  // namespace
}  // namespace parley::runtime
