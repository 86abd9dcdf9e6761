#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/utf8.h"
#include "gateway/websocket/frame.h"
#include "gateway/websocket/websocket.h"

namespace parley::websocket {
namespace {

// What the handler may read behind a message (simdjson wants this much).
constexpr std::size_t kPaddingBytes = 64;

// Fragments without content cost the peer six bytes and never end: more of them in one message than
// any sane peer sends are refused.
constexpr unsigned kEmptyFragmentsMax = 128;

constexpr Violation kNoMessage{close_code::kProtocolError, "nothing to continue"};
constexpr Violation kInterleaved{close_code::kProtocolError, "a message inside a message"};
constexpr Violation kEmptyFragments{close_code::kProtocolError, "too many empty fragments"};
constexpr Violation kBadClose{close_code::kProtocolError, "close payload of one byte"};
constexpr Violation kBadCloseCode{close_code::kProtocolError, "close code must not be sent"};
constexpr Violation kBadReason{close_code::kInvalidData, "close reason is not UTF-8"};
constexpr Violation kBadText{close_code::kInvalidData, "text is not UTF-8"};
constexpr Violation kBadDeflate{close_code::kInvalidData, "malformed compressed data"};
constexpr Violation kTooLarge{close_code::kTooLarge, "message too large"};

// Not a violation: the handler said stop, and the reader may be gone.
constexpr Violation kStopped{0, ""};

std::string_view as_text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// What deflate may make of `message_bytes_max` incompressible bytes, and some slack.
std::size_t payload_bytes_max(const FrameReader::Options& options, bool compressed) {
    const std::size_t max = options.message_bytes_max;
    return compressed ? max + max / 16 + kPaddingBytes : max;
}

}  // namespace

/// The input of one `feed`, shortened as it is worked off.
struct FrameReader::Input {
    std::span<std::byte> bytes;
    Deflater& deflater;
    FrameHandler& handler;

    std::span<std::byte> take(std::size_t size) {
        const auto taken = bytes.first(size);
        bytes = bytes.subspan(size);
        return taken;
    }
};

/// What must outlive one `feed`: a frame that is not all here, or a message that is not, or both (a
/// control frame may stand between the fragments of a message).
struct FrameReader::Partial {
    // The frame under way: first its header, then its payload.
    bool in_frame = false;
    std::uint8_t header_bytes = 0;
    std::array<std::byte, kHeaderBytesMax> header_copy{};
    FrameHeader header;
    std::uint64_t payload_seen = 0;
    std::array<std::byte, kControlBytesMax> control{};

    // The message under way.
    bool in_message = false;
    bool compressed = false;
    Opcode kind = Opcode::text;
    Utf8Check utf8;
    unsigned empty_fragments = 0;
    std::string message;

    void open(const FrameHeader& first) {
        in_message = true;
        compressed = first.rsv1;
        kind = first.opcode;
    }

    /// Room for `more` bytes, when `due` are known to come: grows with what has come, not with what
    /// was promised.
    void make_room(std::size_t more, std::uint64_t due) {
        const std::size_t needed = message.size() + more + kPaddingBytes;
        if (needed <= message.capacity()) {
            return;
        }
        const std::size_t in_the_end = message.size() + due + kPaddingBytes;
        const std::size_t growth = std::max<std::size_t>(4096, 2 * message.capacity());
        message.reserve(std::max(needed, std::min(in_the_end, growth)));
    }

    /// Appends one piece of a data frame's payload, `offset` bytes into it. Returns the violation.
    const Violation* append(
        std::span<const std::byte> piece, const FrameHeader& frame, std::uint64_t offset
    ) {
        make_room(piece.size(), frame.length - offset);
        const std::size_t before = message.size();
        message.append(as_text(piece));
        auto* data = reinterpret_cast<std::byte*>(message.data() + before);
        const bool ascii = frame.masked && unmask(data, piece.size(), mask_at(frame.mask, offset));
        if (kind != Opcode::text || compressed || (ascii && utf8.complete())) {
            return nullptr;
        }
        return utf8.feed(data, piece.size()) ? nullptr : &kBadText;
    }
};

FrameReader::FrameReader(Options options) noexcept : options_(options) {
    // "No limit" must leave room for what is added to it.
    constexpr std::size_t kSane = std::numeric_limits<std::size_t>::max() / 4;
    options_.message_bytes_max = std::min(options_.message_bytes_max, kSane);
}
FrameReader::FrameReader(FrameReader&&) noexcept = default;
FrameReader& FrameReader::operator=(FrameReader&&) noexcept = default;
FrameReader::~FrameReader() = default;

std::optional<Violation> FrameReader::feed(
    std::span<std::byte> bytes, Deflater& deflater, FrameHandler& handler
) {
    Input input{.bytes = bytes, .deflater = deflater, .handler = handler};
    while (!input.bytes.empty() && !closed_) {
        const bool in_frame = partial_ != nullptr && partial_->in_frame;
        const Violation* verdict = in_frame ? resume_frame(input) : next_frame(input);
        if (verdict == nullptr) {
            continue;
        }
        if (verdict == &kStopped) {
            return std::nullopt;  // `this` may be gone
        }
        closed_ = true;
        partial_.reset();
        return *verdict;
    }
    return std::nullopt;
}

const Violation* FrameReader::next_frame(Input& input) {
    FrameHeader header;
    if (const auto* bad = parse_header(input.bytes.data(), input.bytes.size(), options_, header)) {
        return bad;
    }
    if (header.size == 0) {
        ensure_partial();
        partial_->in_frame = true;
        partial_->header_bytes = 0;
        return resume_frame(input);
    }
    if (const Violation* bad = judge_sequence(header)) {
        return bad;
    }
    input.take(header.size);
    if (header.length > input.bytes.size()) {
        begin_payload(header);
        return resume_frame(input);
    }
    const auto payload = input.take(static_cast<std::size_t>(header.length));
    if (header.is_control()) {
        if (header.masked) {
            unmask(payload.data(), payload.size(), header.mask);
        }
        return take_control(header.opcode, payload, input.handler);
    }
    if (header.fin && header.opcode != Opcode::continuation) {
        const bool ascii = header.masked && unmask(payload.data(), payload.size(), header.mask);
        const bool must_check = header.opcode == Opcode::text && !ascii;
        return header.rsv1 ? inflate_and_deliver(options_, header.opcode, payload, input)
                           : deliver(header.opcode, payload, must_check, input.handler);
    }
    ensure_partial();
    if (header.opcode != Opcode::continuation) {
        partial_->open(header);
    }
    if (const Violation* bad = partial_->append(payload, header, 0)) {
        return bad;
    }
    return end_data_frame(header, input);
}

/// Goes on with a frame that was cut: its header, then its payload.
const Violation* FrameReader::resume_frame(Input& input) {
    Partial& partial = *partial_;
    if (partial.header.size == 0) {
        const std::size_t had = partial.header_bytes;
        const std::size_t more = std::min(kHeaderBytesMax - had, input.bytes.size());
        std::copy_n(
            input.bytes.begin(),
            more,
            partial.header_copy.begin() + static_cast<std::ptrdiff_t>(had)
        );
        FrameHeader header;
        if (const auto* bad =
                parse_header(partial.header_copy.data(), had + more, options_, header)) {
            return bad;
        }
        if (header.size == 0) {
            partial.header_bytes = static_cast<std::uint8_t>(had + more);
            input.take(more);
            return nullptr;
        }
        if (const Violation* bad = judge_sequence(header)) {
            return bad;
        }
        input.take(header.size - had);
        begin_payload(header);
    }
    const FrameHeader header = partial.header;
    const std::uint64_t offset = partial.payload_seen;
    const auto due = header.length - offset;
    const auto piece =
        input.take(static_cast<std::size_t>(std::min<std::uint64_t>(due, input.bytes.size())));
    partial.payload_seen += piece.size();
    if (header.is_control()) {
        std::ranges::copy(piece, partial.control.begin() + static_cast<std::ptrdiff_t>(offset));
    } else if (const Violation* bad = partial.append(piece, header, offset)) {
        return bad;
    }
    if (partial.payload_seen != header.length) {
        return nullptr;
    }
    partial.in_frame = false;
    partial.header.size = 0;
    return header.is_control() ? end_control_frame(header, input) : end_data_frame(header, input);
}

void FrameReader::ensure_partial() {
    if (partial_ == nullptr) {
        partial_ = std::make_unique<Partial>();
    }
}

void FrameReader::begin_payload(const FrameHeader& header) {
    ensure_partial();
    partial_->in_frame = true;
    partial_->header = header;
    partial_->payload_seen = 0;
    if (!header.is_control() && header.opcode != Opcode::continuation) {
        partial_->open(header);
    }
}

/// What can be wrong about a frame because of those before it, and the limit on a message.
const Violation* FrameReader::judge_sequence(const FrameHeader& header) const {
    if (header.is_control()) {
        return nullptr;
    }
    const bool in_message = partial_ != nullptr && partial_->in_message;
    if (in_message != (header.opcode == Opcode::continuation)) {
        return in_message ? &kInterleaved : &kNoMessage;
    }
    const std::size_t so_far = in_message ? partial_->message.size() : 0;
    const bool compressed = in_message ? partial_->compressed : header.rsv1;
    return header.length > payload_bytes_max(options_, compressed) - so_far ? &kTooLarge : nullptr;
}

const Violation* FrameReader::end_control_frame(const FrameHeader& header, Input& input) {
    auto payload = partial_->control;  // a copy: the handler may destroy the reader
    const auto size = static_cast<std::size_t>(header.length);
    if (header.masked) {
        unmask(payload.data(), size, header.mask);
    }
    if (!partial_->in_message) {
        partial_.reset();
    }
    return take_control(header.opcode, std::span{payload}.first(size), input.handler);
}

const Violation* FrameReader::take_control(
    Opcode opcode, std::span<const std::byte> payload, FrameHandler& handler
) {
    if (opcode == Opcode::ping) {
        return handler.on_ping(payload) ? nullptr : &kStopped;
    }
    if (opcode == Opcode::pong) {
        return handler.on_pong() ? nullptr : &kStopped;
    }
    std::uint16_t code = close_code::kNoStatus;
    std::string_view reason;
    if (!payload.empty()) {
        if (payload.size() == 1) {
            return &kBadClose;
        }
        code = static_cast<std::uint16_t>(
            (std::to_integer<unsigned>(payload[0]) << 8U) | std::to_integer<unsigned>(payload[1])
        );
        reason = as_text(payload.subspan(2));
        if (!may_be_sent(code)) {
            return &kBadCloseCode;
        }
        if (!is_valid_utf8(reason)) {
            return &kBadReason;
        }
    }
    closed_ = true;
    partial_.reset();
    return handler.on_close(code, reason) ? nullptr : &kStopped;
}

const Violation* FrameReader::end_data_frame(const FrameHeader& header, Input& input) {
    if (!header.fin) {
        const bool flood = header.length == 0 && ++partial_->empty_fragments > kEmptyFragmentsMax;
        return flood ? &kEmptyFragments : nullptr;
    }
    // From here on the message is ours alone: the handler may destroy the reader.
    const std::unique_ptr<Partial> done = std::move(partial_);
    if (!done->utf8.complete()) {
        return &kBadText;
    }
    const std::size_t size = done->message.size();
    done->message.append(kPaddingBytes, '\0');
    const std::span payload{reinterpret_cast<std::byte*>(done->message.data()), size};
    return done->compressed ? inflate_and_deliver(options_, done->kind, payload, input)
                            : deliver(done->kind, payload, false, input.handler);
}

const Violation* FrameReader::inflate_and_deliver(
    const Options& options, Opcode kind, std::span<const std::byte> payload, Input& input
) {
    std::string message;
    switch (input.deflater.inflate(payload, options.message_bytes_max, message)) {
        case Deflater::Outcome::malformed:
            return &kBadDeflate;
        case Deflater::Outcome::too_large:
            return &kTooLarge;
        case Deflater::Outcome::ok:
            break;
    }
    const std::size_t size = message.size();
    message.append(kPaddingBytes, '\0');
    const std::span inflated{reinterpret_cast<std::byte*>(message.data()), size};
    return deliver(kind, inflated, kind == Opcode::text, input.handler);
}

const Violation* FrameReader::deliver(
    Opcode kind, std::span<std::byte> payload, bool check_utf8, FrameHandler& handler
) {
    if (check_utf8 && !is_valid_utf8(as_text(payload))) {
        return &kBadText;
    }
    return handler.on_message(kind, payload) ? nullptr : &kStopped;
}

}  // namespace parley::websocket
