#include "gateway/export_text.h"

#include <algorithm>
#include <utility>

#include "base/json_writer.h"
#include "gateway/rest_call.h"

namespace parley::gateway {
namespace {

constexpr std::size_t kContactsAtOnce = 200;

constexpr std::string_view kNobody = "Deleted user";

std::string name_of(
    const std::unordered_map<UserId, Front::Name>& names, const UserId& user, const UserId& reader
) {
    const auto found = names.find(user);
    if (found == names.end()) {
        return std::string(kNobody);
    }
    return found->second.display_name + (user == reader ? " (you)" : "");
}

/// Each further line stands under the first, so that nobody's text looks like somebody else's line.
std::string indented(std::string_view content) {
    std::string text;
    for (const char c : content) {
        text += c;
        text += c == '\n' ? "    " : "";
    }
    return text;
}

std::string line_of(const core::Event& event, std::string name) {
    std::string line = to_rfc3339(event.time) + "  " + std::move(name);
    if (event.type != core::EventType::message) {
        std::string frame;
        wire::append_event(frame, {}, event, false);
        return line + " · " + frame.substr(9, frame.find('"', 9) - 9) + "\n";  // {"type":"…"
    }
    if (core::is_deleted(event)) {
        return line + ": (deleted)\n";
    }
    line += ": " + indented(event.content);
    const bool edited = event.amendment != nullptr && event.amendment->edited_at.has_value();
    return line + (edited ? " (edited)\n" : "\n");
}

runtime::Task<Result<std::string>> profile_json(Front* front, UserId user) {
    auto found = co_await front->shared().parts.directory.profile(front->loop(), user);
    CO_TRY(const ports::User profile, std::move(found));
    std::string body;
    JsonWriter json{body};
    json.begin_object();
    append_user(json, profile, true, {.last_seen = profile.last_seen});
    json.end_object();
    co_return body + "\n";
}

runtime::Task<Result<std::string>> devices_json(Front* front, UserId user) {
    auto found = co_await front->shared().parts.auth.devices(front->loop(), user);
    CO_TRY(const auto devices, std::move(found));
    std::string body;
    JsonWriter json{body};
    json.begin_object().name("items").begin_array();
    for (const ports::Device& device : devices) {
        append_device(json, device, false);
    }
    json.end_array().end_object();
    co_return body + "\n";
}

/// Whom they have listed or blocked, page by page.
runtime::Task<Result<std::string>> contacts_json(Front* front, UserId user) {
    std::string body;
    JsonWriter json{body};
    json.begin_object().name("items").begin_array();
    UserId after;
    for (bool more = true; more;) {
        auto found = co_await front->shared().parts.contacts.list(
            front->loop(), user, after, kContactsAtOnce
        );
        CO_TRY(const auto contacts, std::move(found));
        for (const ports::Contact& contact : contacts) {
            append_contact(json, contact);
        }
        more = contacts.size() == kContactsAtOnce;
        after = contacts.empty() ? after : contacts.back().user;
    }
    json.end_array().end_object();
    co_return body + "\n";
}

}  // namespace

ExportWriter::ExportWriter(Front& front) : front_(front) {
    Front* at = &front;
    sections_.push_back(
        {.path = "profile.json",
         .make = [at](runtime::Loop& /*home*/, UserId user) { return profile_json(at, user); }}
    );
    sections_.push_back(
        {.path = "devices.json",
         .make = [at](runtime::Loop& /*home*/, UserId user) { return devices_json(at, user); }}
    );
    sections_.push_back(
        {.path = "contacts.json",
         .make = [at](runtime::Loop& /*home*/, UserId user) { return contacts_json(at, user); }}
    );
}

std::string ExportWriter::file_name(Form form) const {
    return form == Form::json ? "messages.json" : "messages.txt";
}

runtime::Task<Result<std::string>> ExportWriter::begin(
    Form form, messaging::ConversationView view
) {
    auto described = co_await describe(&front_, std::move(view));
    CO_TRY(const wire::ConversationFields fields, std::move(described));
    if (form == Form::text) {
        co_return fields.title + "\n\n";
    }
    std::string conversation;
    wire::append_conversation(conversation, fields, false);
    co_return R"({"conversation":)" + conversation + ",\n\"items\":[\n";
}

runtime::Task<Result<std::string>> ExportWriter::page(
    Form form,
    UserId reader,
    ConversationNumber number,
    std::vector<core::EventPtr> events,
    bool first
) {
    if (form == Form::text) {
        co_return co_await lines(reader, std::move(events));
    }
    std::string text;
    for (const core::EventPtr& event : events) {
        text += first ? "" : ",\n";
        first = false;
        wire::append_event(text, number, *event, event->sender == reader);
    }
    co_return text;
}

std::string ExportWriter::end(Form form) const {
    return form == Form::json ? "\n]}\n" : "";
}

runtime::Task<Result<std::string>> ExportWriter::lines(
    UserId reader, std::vector<core::EventPtr> events
) {
    std::vector<UserId> users;
    for (const core::EventPtr& event : events) {
        if (!event->sender.is_nil()) {
            users.push_back(event->sender);
        }
    }
    std::ranges::sort(users);
    users.erase(std::ranges::unique(users).begin(), users.end());
    auto found = co_await front_.names(std::move(users));
    CO_TRY(const auto names, std::move(found));
    std::string text;
    for (const core::EventPtr& event : events) {
        const bool bare = event->type != core::EventType::message && event->change == nullptr;
        if (!bare) {
            text += line_of(*event, name_of(names, event->sender, reader));
        }
    }
    co_return text;
}

}  // namespace parley::gateway
