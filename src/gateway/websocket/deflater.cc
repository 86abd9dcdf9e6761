#include <algorithm>
#include <limits>

#include <zlib.h>

#include "base/assert.h"
#include "gateway/websocket/websocket.h"

namespace parley::websocket {
namespace {

constexpr int kWindowBits = -15;  // raw deflate, the largest window
constexpr int kLevel = 3;
constexpr int kMemoryLevel = 6;

// The sender cut these off the end of every message (RFC 7692 §7.2.1).
constexpr std::string_view kTail{"\0\0\xFF\xFF", 4};

// A final block may be followed by others (§7.2.3.4). Each costs us a copy of the window, so that a
// message made of nothing else must not be followed to its end.
constexpr int kFinalBlocksMax = 8;

constexpr std::size_t kWindowBytes = 32768;

unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned clamp_to_unsigned(std::size_t size) {
    return static_cast<unsigned>(std::min<std::size_t>(size, std::numeric_limits<unsigned>::max()));
}

}  // namespace

class Deflater::State {
public:
    State() {
        PARLEY_ASSERT(inflateInit2(&in_, kWindowBits) == Z_OK);
        PARLEY_ASSERT(
            deflateInit2(
                &out_, kLevel, Z_DEFLATED, kWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY
            ) == Z_OK
        );
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        inflateEnd(&in_);
        deflateEnd(&out_);
    }

    Outcome inflate(std::string_view payload, std::size_t bytes_max, std::string& out) {
        out.clear();
        if (payload.empty()) {
            return Outcome::ok;
        }
        inflateReset(&in_);
        bytes_max_ = std::min(bytes_max, std::numeric_limits<std::size_t>::max() / 4);
        written_ = 0;
        final_blocks_ = 0;
        Outcome outcome = run(payload, out);
        if (outcome == Outcome::ok && !ended_) {
            outcome = run(kTail, out);
            // All the bytes there are must be whole blocks: zlib tells that it stands between two.
            constexpr int kBetweenBlocks = 128;
            if (outcome == Outcome::ok && !ended_ && (in_.data_type & kBetweenBlocks) == 0) {
                outcome = Outcome::malformed;
            }
        }
        out.resize(outcome == Outcome::ok ? written_ : 0);
        return outcome;
    }

    std::string deflate(std::string_view payload, std::size_t window_bytes) {
        PARLEY_ASSERT(window_bytes > 0);
        if (payload.empty()) {
            return std::string(1, '\0');  // an empty stored block (RFC 7692 §7.2.3.6)
        }
        deflateReset(&out_);
        std::string out;
        std::size_t written = 0;
        // A full flush forgets what came before it, so that no slice refers to another.
        for (; payload.size() > window_bytes; payload.remove_prefix(window_bytes)) {
            written = append(payload.substr(0, window_bytes), Z_FULL_FLUSH, out, written);
        }
        written = append(payload, Z_SYNC_FLUSH, out, written);
        PARLEY_ASSERT(std::string_view(out).substr(0, written).ends_with(kTail));
        out.resize(written - kTail.size());
        return out;
    }

private:
    /// Deflates `text` behind the `written` bytes of `out`, and returns how many are written then.
    std::size_t append(std::string_view text, int flush, std::string& out, std::size_t written) {
        constexpr std::size_t kFlushMarkerBytes = 16;
        out.resize(written + deflateBound(&out_, text.size()) + kFlushMarkerBytes);
        const unsigned char* next = bytes_of(text);
        std::size_t left = text.size();
        do {
            if (written == out.size()) {
                out.resize(2 * out.size());
            }
            const unsigned given = clamp_to_unsigned(left);
            const unsigned room = clamp_to_unsigned(out.size() - written);
            out_.next_in = const_cast<unsigned char*>(next);
            out_.avail_in = given;
            out_.next_out = bytes_of(out) + written;
            out_.avail_out = room;
            ::deflate(&out_, given == left ? flush : Z_NO_FLUSH);
            next += given - out_.avail_in;
            left -= given - out_.avail_in;
            written += room - out_.avail_out;
        } while (left > 0 || out_.avail_out == 0);
        return written;
    }

    /// Inflates `input`, growing `out` as needed. `ended_` tells whether a final block ended with
    /// it.
    Outcome run(std::string_view input, std::string& out) {
        ended_ = false;
        in_.next_in = const_cast<unsigned char*>(bytes_of(input));
        std::size_t left = input.size();
        while (true) {
            if (written_ == out.size()) {
                grow(out, left);
            }
            const unsigned given = clamp_to_unsigned(left);
            const unsigned room = clamp_to_unsigned(out.size() - written_);
            in_.avail_in = given;
            in_.next_out = bytes_of(out) + written_;
            in_.avail_out = room;
            const int code = ::inflate(&in_, Z_NO_FLUSH);
            left -= given - in_.avail_in;
            written_ += room - in_.avail_out;
            if (written_ > bytes_max_) {
                return Outcome::too_large;
            }
            if (code == Z_STREAM_END) {
                if (left == 0) {
                    ended_ = true;
                    return Outcome::ok;
                }
                if (!begin_after_final_block(out)) {
                    return Outcome::malformed;
                }
                continue;
            }
            if (code != Z_OK && code != Z_BUF_ERROR) {
                return Outcome::malformed;
            }
            if (left == 0 && in_.avail_out != 0) {
                return Outcome::ok;
            }
        }
    }

    /// One byte past the limit is room enough to see that it is passed.
    void grow(std::string& out, std::size_t input_left) const {
        constexpr std::size_t kUsualRatio = 4;
        const std::size_t wanted = out.size() + std::max(out.size(), kUsualRatio * input_left + 64);
        out.resize(std::min(wanted, bytes_max_ + 1));
    }

    bool begin_after_final_block(const std::string& out) {
        if (++final_blocks_ > kFinalBlocksMax) {
            return false;
        }
        const unsigned char* next = in_.next_in;
        inflateReset(&in_);
        in_.next_in = const_cast<unsigned char*>(next);
        const std::size_t window = std::min(written_, kWindowBytes);
        const std::string_view seen{out.data() + written_ - window, window};
        return inflateSetDictionary(&in_, bytes_of(seen), static_cast<unsigned>(window)) == Z_OK;
    }

    z_stream in_{};
    z_stream out_{};
    std::size_t bytes_max_ = 0;
    std::size_t written_ = 0;
    int final_blocks_ = 0;
    bool ended_ = false;
};

Deflater::Deflater() : state_(std::make_unique<State>()) {}
Deflater::~Deflater() = default;

Deflater::Outcome Deflater::inflate(
    std::span<const std::byte> payload, std::size_t bytes_max, std::string& out
) {
    const std::string_view text{reinterpret_cast<const char*>(payload.data()), payload.size()};
    return state_->inflate(text, bytes_max, out);
}

std::string Deflater::deflate(std::string_view payload, std::size_t window_bytes) {
    return state_->deflate(payload, window_bytes);
}

}  // namespace parley::websocket
