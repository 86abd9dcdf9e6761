#include "fuzz/support/notebook.h"

#include "base/assert.h"

namespace parley::fuzz {
namespace {

const PlainJson* text_field(const PlainJson& json, std::string_view name) {
    const PlainJson* found = json.find(name);
    return found != nullptr && found->kind == PlainJson::Kind::text ? found : nullptr;
}

}  // namespace

std::string Notebook::filled(std::string_view text) const {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '$' || i + 1 == text.size()) {
            out.push_back(text[i]);
            continue;
        }
        ++i;
        if (text[i] == '$') {
            out.push_back('$');
        } else if (const auto at = names_.find(text[i]); at != names_.end()) {
            out.append(at->second);
        }
    }
    return out;
}

// NOLINTNEXTLINE(misc-no-recursion): the parser has bounded the depth
void Notebook::read(const PlainJson& json) {
    if (json.kind == PlainJson::Kind::object) {
        learn(json);
        check_place(json);
    }
    for (const PlainJson& item : json.items) {
        read(item);
    }
}

void Notebook::learn(const PlainJson& json) {
    constexpr std::pair<std::string_view, char> kLetters[] = {
        {"conversation_id", 'c'},
        {"message_id", 'm'},
        {"refresh_token", 'r'},
        {"access_token", 't'},
        {"token", 's'},
        {"next", 'n'},
        {"device_id", 'd'},
    };
    if (const PlainJson* conversation = text_field(json, "conversation_id")) {
        PARLEY_ASSERT(!forbidden_.contains(conversation->text));
        named_.insert(conversation->text);
    }
    for (const auto& [field, letter] : kLetters) {
        if (const PlainJson* found = text_field(json, field)) {
            names_[letter] = found->text;
        }
    }
}

void Notebook::forbid(const std::string& conversation) {
    PARLEY_ASSERT(!named_.contains(conversation));
    forbidden_.insert(conversation);
}

void Notebook::check_place(const PlainJson& json) {
    const PlainJson* conversation = text_field(json, "conversation_id");
    const PlainJson* message = text_field(json, "message_id");
    const PlainJson* seq = json.find("seq");
    if (conversation == nullptr || message == nullptr || seq == nullptr) {
        return;
    }
    PARLEY_ASSERT(seq->kind == PlainJson::Kind::natural && seq->number > 0);
    const auto place = std::pair{conversation->text, seq->number};
    const auto [said, fresh] = places_.try_emplace(place, Place{.message = message->text});
    PARLEY_ASSERT(said->second.message == message->text);
    const auto [stands, first] = messages_.try_emplace(message->text, place);
    PARLEY_ASSERT(stands->second == place);
    if (const PlainJson* content = text_field(json, "content")) {
        PARLEY_ASSERT(!said->second.has_content || said->second.content == content->text);
        said->second.content = content->text;
        said->second.has_content = true;
    }
}

}  // namespace parley::fuzz
