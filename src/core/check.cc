#include <algorithm>
#include <string>
#include <unordered_set>

#include "base/utf8.h"
#include "core/conversation.h"

namespace parley::core {
namespace {

Error invalid(std::string detail) {
    return {ErrorCode::invalid_request, std::move(detail)};
}

std::string at_most(std::string_view what, std::size_t number, std::string_view unit) {
    std::string text(what);
    text += " must have at most ";
    text += std::to_string(number);
    text += ' ';
    return text += unit;
}

Result<void> check_content(std::string_view content, bool may_be_empty) {
    if (content.size() > kContentBytesMax) {
        return Error{ErrorCode::too_large, at_most("content", kContentBytesMax, "bytes")};
    }
    if (content.empty() && !may_be_empty) {
        return invalid("content is empty");
    }
    return {};
}

Result<void> check_name(std::string_view name) {
    if (name.empty() || characters(name) > kGroupNameCharsMax) {
        return invalid("name must have 1 to " + std::to_string(kGroupNameCharsMax) + " characters");
    }
    return {};
}

Result<void> check_description(std::string_view description) {
    if (characters(description) > kGroupDescriptionCharsMax) {
        return invalid(at_most("description", kGroupDescriptionCharsMax, "characters"));
    }
    return {};
}

Result<void> both(const Result<void>& one, const Result<void>& other) {
    return one.ok() ? other : one;
}

}  // namespace

Result<void> check_client_id(std::string_view client_id) {
    if (client_id.empty() || characters(client_id) > kClientIdCharsMax) {
        return invalid(
            "client_id must have 1 to " + std::to_string(kClientIdCharsMax) + " characters"
        );
    }
    return {};
}

Result<void> check(const SendMessage& send) {
    const bool media = send.message_type != MessageType::text;
    if (auto content = check_content(send.content, media); !content.ok()) {
        return content;
    }
    if (send.mentions.size() > kMentionsMax) {
        return invalid(at_most("a message", kMentionsMax, "mentions"));
    }
    return check_client_id(send.client_id);
}

Result<void> check(const EditMessage& edit) {
    return both(check_content(edit.content, false), check_client_id(edit.client_id));
}

Result<void> check(const React& react) {
    if (react.emoji.empty() || characters(react.emoji) > kEmojiCharsMax) {
        return invalid("emoji must have 1 to " + std::to_string(kEmojiCharsMax) + " characters");
    }
    const auto control = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
    if (std::ranges::any_of(react.emoji, control)) {
        return invalid("emoji must not have spaces");
    }
    return react.client_id.empty() ? Result<void>{} : check_client_id(react.client_id);
}

Result<void> check(const CreateGroup& create, std::uint32_t members_max) {
    if (auto names = both(check_name(create.name), check_description(create.description));
        !names.ok()) {
        return names;
    }
    if (create.members.size() >= members_max) {
        return Error{
            ErrorCode::too_large, at_most("a group", members_max, "members, its creator included")
        };
    }
    const std::unordered_set<UserId> different(create.members.begin(), create.members.end());
    PARLEY_ASSERT(different.size() == create.members.size() && !different.contains(create.creator));
    return check_client_id(create.client_id);
}

Result<void> check(const UpdateGroup& update) {
    return both(
        update.what.name ? check_name(*update.what.name) : Result<void>{},
        update.what.description ? check_description(*update.what.description) : Result<void>{}
    );
}

Result<void> check(const UpdateConversation& update) {
    if (update.what.pinned && update.what.pinned->size() > kPinnedMessagesMax) {
        return invalid(at_most("a conversation", kPinnedMessagesMax, "pinned messages"));
    }
    const std::uint32_t ttl = update.what.ttl_seconds.value_or(0);
    if (ttl != 0 && (ttl < kTtlSecondsMin || ttl > kTtlSecondsMax)) {
        return invalid(
            "ttl_seconds must be 0, or " + std::to_string(kTtlSecondsMin) + " to " +
            std::to_string(kTtlSecondsMax)
        );
    }
    return {};
}

Result<void> check(const ChangeSettings& settings) {
    if (settings.draft && settings.draft->size() > kDraftBytesMax) {
        return Error{ErrorCode::too_large, at_most("a draft", kDraftBytesMax, "bytes")};
    }
    return {};
}

}  // namespace parley::core
