#include <cstdio>
#include <memory>
#include <thread>

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "runtime/asio_loop.h"
#include "runtime/runtime_testing.h"
#include "runtime/tls_context.h"
#include "runtime/tls_stream.h"

namespace parley::runtime {
namespace {

using testing::on;
using testing::pattern;
using testing::Peer;
using testing::Recorder;
using testing::Server;
using testing::TemporaryDirectory;
using testing::write;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using CFile = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

/// Writes a fresh key and a certificate for `name`, signed by itself, over what stands in `files`.
void make_certificate(const TlsFiles& files, const std::string& name) {
    const Key key{EVP_EC_gen("P-256"), &EVP_PKEY_free};
    const Certificate certificate{X509_new(), &X509_free};
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, text, -1, -1, 0);
    X509_set_issuer_name(certificate.get(), subject);
    ASSERT_GT(X509_sign(certificate.get(), key.get(), EVP_sha256()), 0);
    const CFile key_file{std::fopen(files.key_file.c_str(), "w"), &std::fclose};
    PEM_write_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    const CFile certificate_file{std::fopen(files.certificate_file.c_str(), "w"), &std::fclose};
    PEM_write_X509(certificate_file.get(), certificate.get());
}

/// A directory with a certificate for "first", a server that uses it, and clients.
class TlsTest : public ::testing::Test {
protected:
    void TearDown() override {
        if (server) {
            on(server->loop(), [this] {
                stream.reset();
                client.reset();
            });
        }
    }

    void begin() {
        make_certificate(files, "first");
        server = std::make_unique<Server>(files);
    }

    /// A client's stream, not started.
    std::unique_ptr<Stream> connect() {
        std::promise<std::unique_ptr<Stream>> connected;
        server->runtime.connect(
            server->loop(),
            "127.0.0.1",
            server->port(),
            "",
            [this, &connected](auto lower) {
                ASSERT_TRUE(lower.ok());
                auto& loop = dynamic_cast<AsioLoop&>(server->loop());
                connected.set_value(
                    make_tls_client_stream(loop, std::move(*lower), make_trusting_client_context())
                );
            }
        );
        return connected.get_future().get();
    }

    /// Client and server, both started; the handshake is under way.
    void connect_both() {
        client = connect();
        stream = server->accept();
        on(server->loop(), [this] {
            stream->start(told);
            client->start(client_told);
        });
    }

    [[nodiscard]] std::string certificate_name(const Stream& of) {
        std::string name;
        on(server->loop(), [&] { name = peer_certificate_name(of); });
        return name;
    }

    /// Writes `text` to `to`, going on when there is room.
    void write_all(Stream& to, Recorder& handler, const std::string& text) {
        const auto go = [&to, text, this] {
            while (offset < text.size()) {
                const std::size_t taken = write(to, std::string_view{text}.substr(offset));
                offset += taken;
                if (offset < text.size()) {
                    ++short_writes;
                    return;
                }
            }
        };
        on(server->loop(), [&] {
            offset = 0;
            handler.writable_hook = go;
            go();
        });
    }

    TemporaryDirectory directory;
    TlsFiles files{
        .certificate_file = directory.file("certificate.pem"), .key_file = directory.file("key.pem")
    };
    std::unique_ptr<Server> server;
    Recorder told;
    Recorder client_told;
    std::unique_ptr<Stream> stream;
    std::unique_ptr<Stream> client;
    std::size_t offset = 0;
    int short_writes = 0;
};

TEST_F(TlsTest, carries_bytes_both_ways) {
    begin();
    told.data_hook = [this](std::string_view text) { write(*stream, text); };
    connect_both();
    const std::string text = "hello";
    write_all(*client, client_told, text);
    ASSERT_TRUE(client_told.wait_for_bytes(5));
    EXPECT_EQ(client_told.received(), "hello");
    EXPECT_EQ(stream->peer_address(), "127.0.0.1");
}

TEST_F(TlsTest, takes_writes_only_after_the_handshake_and_says_when) {
    begin();
    client = connect();
    stream = server->accept();
    on(server->loop(), [this] {
        stream->start(told);
        client->start(client_told);
        EXPECT_EQ(write(*client, "early"), 0U);
    });
    ASSERT_TRUE(client_told.wait_for_room());
    on(server->loop(), [this] { EXPECT_EQ(write(*client, "later"), 5U); });
    ASSERT_TRUE(told.wait_for_bytes(5));
    EXPECT_EQ(client_told.writable(), 1);
}

TEST_F(TlsTest, carries_more_than_any_buffer_with_back_pressure) {
    begin();
    connect_both();
    on(server->loop(), [this] { client->pause_reading(); });
    const std::string text = pattern(20'000'000);
    write_all(*stream, told, text);
    std::size_t waiting = 0;
    on(server->loop(), [&] {
        waiting = stream->unsent();
        client->resume_reading();
    });
    EXPECT_GT(waiting, 0U);
    EXPECT_LE(waiting, 70U * 1024);
    ASSERT_TRUE(client_told.wait_for_bytes(text.size()));
    EXPECT_EQ(client_told.received(), text);
    on(server->loop(), [&] { waiting = stream->unsent(); });
    EXPECT_EQ(waiting, 0U);
    EXPECT_GT(short_writes, 0);
}

TEST_F(TlsTest, keeps_what_came_before_a_pause_inside_on_data) {
    begin();
    connect_both();
    int pieces = 0;
    const std::string text = pattern(1'000'000);
    on(server->loop(), [&] {
        told.data_hook = [&](std::string_view) {
            ++pieces;
            stream->pause_reading();
            server->loop().post([&] { stream->resume_reading(); });
        };
    });
    write_all(*client, client_told, text);
    ASSERT_TRUE(told.wait_for_bytes(text.size()));
    EXPECT_EQ(told.received(), text);
    on(server->loop(), [&] { EXPECT_GT(pieces, 1); });
}

TEST_F(TlsTest, ends_one_direction_and_reads_on) {
    begin();
    connect_both();
    write_all(*client, client_told, "x");
    EXPECT_TRUE(told.wait_for_bytes(1));
    std::size_t taken = 0;
    const std::string text = pattern(20'000'000);
    on(server->loop(), [&] {
        client_told.closed_hook = [&](CloseReason) { write(*client, "still here"); };
        told.data_hook = [&](std::string_view) { client->close(); };
        taken = write(*stream, text);
        stream->shutdown_send();  // while what was taken still waits in unsent()
    });
    ASSERT_TRUE(told.wait_for_close());
    EXPECT_EQ(told.received(), "xstill here");
    EXPECT_EQ(told.closed(), std::vector{CloseReason::peer_closed});
    EXPECT_EQ(client_told.closed(), std::vector{CloseReason::peer_closed});
    EXPECT_EQ(client_told.received(), text.substr(0, taken));
}

TEST_F(TlsTest, new_connections_get_a_reloaded_certificate_and_old_ones_go_on) {
    begin();
    told.data_hook = [this](std::string_view text) { write(*stream, text); };
    connect_both();
    write_all(*client, client_told, "one");
    EXPECT_TRUE(client_told.wait_for_bytes(3));

    make_certificate(files, "second");
    ASSERT_TRUE(server->runtime.reload_tls().ok());
    Recorder second_told;
    Recorder second_client_told;
    auto second_client = connect();
    auto second_stream = server->accept();
    on(server->loop(), [&] {
        second_stream->start(second_told);
        second_client->start(second_client_told);
        static_cast<void>(write(*second_client, "x"));
    });
    EXPECT_TRUE(second_client_told.wait_for_room());
    EXPECT_EQ(certificate_name(*second_client), "second");
    write_all(*client, client_told, "two");
    EXPECT_TRUE(client_told.wait_for_bytes(6));
    on(server->loop(), [&] {
        second_stream.reset();
        second_client.reset();
    });
}

TEST_F(TlsTest, keeps_the_old_certificate_when_the_new_one_is_broken) {
    begin();
    const CFile broken{std::fopen(files.certificate_file.c_str(), "w"), &std::fclose};
    const auto reloaded = server->runtime.reload_tls();
    ASSERT_FALSE(reloaded.ok());
    EXPECT_EQ(reloaded.error().code, ErrorCode::invalid_request);
    EXPECT_NE(reloaded.error().detail.find(files.certificate_file), std::string::npos);
    connect_both();
    write_all(*client, client_told, "hello");
    ASSERT_TRUE(told.wait_for_bytes(5));
    EXPECT_EQ(certificate_name(*client), "first");
}

TEST_F(TlsTest, refuses_to_listen_with_files_that_do_not_fit) {
    Runtime runtime{{.loops = 1}};
    const auto missing = runtime.listen({.port = 0, .tls = files}, [](Loop&, auto) {});
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().code, ErrorCode::invalid_request);

    make_certificate(files, "one");
    TlsFiles other = files;
    other.key_file = directory.file("other.pem");
    make_certificate(
        {.certificate_file = directory.file("x.pem"), .key_file = other.key_file}, "x"
    );
    const auto unfit = runtime.listen({.port = 0, .tls = other}, [](Loop&, auto) {});
    ASSERT_FALSE(unfit.ok());
    EXPECT_NE(unfit.error().detail.find(other.key_file), std::string::npos);
}

TEST_F(TlsTest, fails_a_peer_that_does_not_speak_tls) {
    begin();
    Peer peer{server->port()};
    stream = server->accept();
    on(server->loop(), [this] { stream->start(told); });
    peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_TRUE(told.wait_for_close());
    EXPECT_EQ(told.closed(), std::vector{CloseReason::failed});
    EXPECT_EQ(told.received(), "");
}

TEST_F(TlsTest, fails_a_peer_that_leaves_during_the_handshake) {
    begin();
    Peer peer{server->port()};
    stream = server->accept();
    on(server->loop(), [this] { stream->start(told); });
    peer.send("\x16\x03\x01");
    peer.close();
    ASSERT_TRUE(told.wait_for_close());
    EXPECT_EQ(told.closed(), std::vector{CloseReason::failed});
}

TEST_F(TlsTest, may_be_destroyed_in_on_data) {
    begin();
    told.data_hook = [this](std::string_view) { stream.reset(); };
    connect_both();
    write_all(*client, client_told, pattern(100));
    ASSERT_TRUE(client_told.wait_for_close());
    EXPECT_EQ(client_told.closed(), std::vector{CloseReason::peer_closed});
}

TEST_F(TlsTest, may_be_destroyed_when_the_handshake_ends) {
    begin();
    client_told.writable_hook = [this] { client.reset(); };
    client = connect();
    stream = server->accept();
    on(server->loop(), [this] {
        stream->start(told);
        client->start(client_told);
        EXPECT_EQ(write(*client, "x"), 0U);
    });
    ASSERT_TRUE(told.wait_for_close());
}

TEST_F(TlsTest, may_be_destroyed_in_on_closed) {
    begin();
    told.closed_hook = [this](CloseReason) { stream.reset(); };
    connect_both();
    write_all(*client, client_told, "x");
    ASSERT_TRUE(told.wait_for_bytes(1));
    on(server->loop(), [this] { client.reset(); });
    ASSERT_TRUE(told.wait_for_close());
    on(server->loop(), [this] { EXPECT_EQ(stream, nullptr); });
}

}  // namespace
}  // namespace parley::runtime
