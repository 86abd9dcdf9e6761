#include "gateway/typing.h"

#include <algorithm>
#include <utility>

namespace parley::gateway {

bool Typing::may_begin(Duration now) noexcept {
    const auto more = (now - refilled_) / kBeginningEvery;
    if (more > 0) {
        refilled_ = now;
        beginnings_ = static_cast<unsigned>(
            std::min<Duration::rep>(kBeginningsMax, static_cast<Duration::rep>(beginnings_) + more)
        );
    }
    if (beginnings_ == 0) {
        return false;
    }
    --beginnings_;
    return true;
}

Typing::Told Typing::say(ConversationNumber conversation, bool active, Duration now) {
    Told told;
    if (!active) {
        if (in_ == conversation) {
            told.ended = end();
        }
        return told;
    }
    if (in_ == conversation) {
        said_ = now;
        if (now - told_ >= kRepeat) {
            told_ = now;
            told.begun = conversation;
        }
        return told;
    }
    told.ended = end();
    if (may_begin(now)) {
        in_ = conversation;
        said_ = now;
        told_ = now;
        told.begun = conversation;
    }
    return told;
}

std::optional<ConversationNumber> Typing::end() noexcept {
    return std::exchange(in_, std::nullopt);
}

}  // namespace parley::gateway
