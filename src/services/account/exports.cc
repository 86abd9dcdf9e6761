#include "services/account/exports.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace parley::account {
namespace {

Error no_such_export() {
    return {ErrorCode::not_found, "no such export"};
}

Error stopping() {
    return {ErrorCode::unavailable, "the server is stopping"};
}

std::string folder_of(ConversationNumber number) {
    return "conversations/" + to_string(conversation_id(number).uuid) + "/";
}

}  // namespace

Exports::Exports(ExportOptions options, Dependencies dependencies)
    : options_(options), parts_(dependencies), pause_(dependencies.loop) {}

Exports::View Exports::view_of(const ports::ExportFile& file) const {
    return {.file = file, .expires_at = file.name.since.plus(options_.lifetime)};
}

bool Exports::is_over(const ports::ExportFile& file, Timestamp now) const {
    return file.name.since.plus(options_.lifetime) <= now;
}

runtime::Task<Result<Exports::View>> Exports::wish(runtime::Loop& home, UserId user) {
    auto listed = co_await parts_.files.list(home);
    CO_TRY(const auto files, std::move(listed));
    const Timestamp now = Timestamp::from_millis(home.clock().wall().millis());
    std::size_t waiting = 0;
    for (const ports::ExportFile& file : files) {
        waiting += file.ready ? 0 : 1;
        const bool recent = file.name.since.plus(options_.again_after) > now;
        if (file.name.user == user && !is_over(file, now) && (!file.ready || recent)) {
            co_return view_of(file);
        }
    }
    if (waiting >= options_.waiting_max) {
        co_return Error{ErrorCode::rate_limited, "too many exports are waited for"};
    }
    const ports::ExportFile file{
        .name = {.user = user, .id = random_uuid(home.random()), .since = now},
        .ready = false,
        .bytes = 0
    };
    auto wished = co_await parts_.files.wish(home, file.name);
    if (!wished.ok()) {
        co_return std::move(wished).error();
    }
    parts_.loop.post([this] { wake(); });
    co_return view_of(file);
}

runtime::Task<Result<Exports::View>> Exports::find(runtime::Loop& home, UserId user, Uuid id) {
    auto listed = co_await parts_.files.list(home);
    CO_TRY(const auto files, std::move(listed));
    const auto found = std::ranges::find_if(files, [user, id](const ports::ExportFile& file) {
        return file.name.user == user && file.name.id == id;
    });
    if (found == files.end() || is_over(*found, home.clock().wall())) {
        co_return no_such_export();
    }
    co_return view_of(*found);
}

runtime::Task<Result<std::string>> Exports::read(
    runtime::Loop& home, ports::ExportName name, std::uint64_t offset, std::size_t bytes
) {
    co_return co_await parts_.files.read(home, name, offset, bytes);
}

runtime::Task<Result<void>> Exports::drop(runtime::Loop& home, UserId user) {
    auto listed = co_await parts_.files.list(home);
    CO_TRY(const auto files, std::move(listed));
    for (const ports::ExportFile& file : files) {
        if (file.name.user != user) {
            continue;
        }
        auto removed = co_await parts_.files.remove(home, file.name);
        if (!removed.ok()) {
            co_return removed;
        }
    }
    co_return Result<void>{};
}

void Exports::start(ExportText& text) {
    text_ = &text;
    wake();
}

void Exports::stop(Job done) {
    stopping_ = true;
    pause_.end();
    scope_.close(std::move(done));
}

void Exports::wake() {
    woken_ = true;
    if (running_) {
        pause_.end();
    } else if (!stopping_ && text_ != nullptr) {
        scope_.spawn(run());
    }
}

runtime::Task<void> Exports::run() {
    running_ = true;
    while (!stopping_) {
        woken_ = false;
        const auto made = co_await pass();
        if (!made.ok() && !stopping_) {
            log::warn("an export was not made", {{"detail", made.error().detail}});
        }
        const bool more = made.ok() && *made;
        if (!more && !woken_ && !stopping_) {
            co_await pause(options_.retry);
        }
    }
    running_ = false;
}

runtime::Task<Result<bool>> Exports::pass() {
    auto listed = co_await parts_.files.list(parts_.loop);
    CO_TRY(const auto files, std::move(listed));
    const Timestamp now = parts_.loop.clock().wall();
    std::optional<ports::ExportName> next;
    for (const ports::ExportFile& file : files) {
        if (!is_over(file, now)) {
            next = next || file.ready ? next : std::optional(file.name);
            continue;
        }
        auto removed = co_await parts_.files.remove(parts_.loop, file.name);
        if (!removed.ok()) {
            co_return std::move(removed).error();
        }
    }
    if (!next) {
        co_return false;
    }
    auto made = co_await make(*next);
    if (!made.ok() && made.error().code == ErrorCode::not_found) {
        // The account has ended meanwhile: there is nothing to export, nor anybody to have it.
        made = co_await parts_.files.remove(parts_.loop, *next);
    }
    if (!made.ok()) {
        co_return std::move(made).error();
    }
    for (const ports::ExportFile& file : files) {
        if (file.ready && file.name.user == next->user) {
            auto removed = co_await parts_.files.remove(parts_.loop, file.name);
            if (!removed.ok()) {
                co_return std::move(removed).error();
            }
        }
    }
    co_return true;
}

runtime::Task<Result<void>> Exports::make(ports::ExportName name) {
    runtime::Loop& loop = parts_.loop;
    auto there = co_await parts_.directory.profile(loop, name.user);
    if (!there.ok()) {
        co_return std::move(there).error();
    }
    auto begun = co_await parts_.files.begin(loop, name);
    if (!begun.ok()) {
        co_return begun;
    }
    for (const ExportText::Section& section : text_->sections()) {
        auto said = co_await section.make(loop, name.user);
        CO_TRY(std::string bytes, std::move(said));
        auto opened = co_await parts_.files.entry(loop, section.path, name.since);
        if (!opened.ok()) {
            co_return opened;
        }
        auto written = co_await parts_.files.write(loop, std::move(bytes));
        if (!written.ok()) {
            co_return written;
        }
    }
    auto listed = co_await parts_.messaging.conversations(loop, name.user);
    CO_TRY(auto views, std::move(listed));
    for (messaging::ConversationView& view : views) {
        auto added = co_await add_conversation(name.user, std::move(view));
        if (!added.ok()) {
            co_return added;
        }
    }
    auto finished = co_await parts_.files.finish(loop);
    if (finished.ok()) {
        made_.add(0);
        log::info("export made", {{"conversations", views.size()}});
    }
    co_return finished;
}

/// Twice over its events, once for each form: entries are written one after the other.
runtime::Task<Result<void>> Exports::add_conversation(
    UserId user, messaging::ConversationView view
) {
    runtime::Loop& loop = parts_.loop;
    const ConversationNumber number = view.number;
    for (const auto form : {ExportText::Form::json, ExportText::Form::text}) {
        std::string path = folder_of(number) + text_->file_name(form);
        auto opened = co_await parts_.files.entry(loop, std::move(path), view.last_time);
        if (!opened.ok()) {
            co_return opened;
        }
        auto said = co_await text_->begin(form, view);
        CO_TRY(std::string head, std::move(said));
        auto begun = co_await parts_.files.write(loop, std::move(head));
        if (!begun.ok()) {
            co_return begun;
        }
        auto added = co_await add_events(user, number, form);
        if (!added.ok()) {
            co_return added;
        }
        auto ended = co_await parts_.files.write(loop, text_->end(form));
        if (!ended.ok()) {
            co_return ended;
        }
    }
    co_return Result<void>{};
}

runtime::Task<Result<void>> Exports::add_events(
    UserId user, ConversationNumber number, ExportText::Form form
) {
    runtime::Loop& loop = parts_.loop;
    Seq after;
    bool first = true;
    for (bool more = true; more;) {
        if (stopping_) {
            co_return stopping();
        }
        const messaging::HistoryRequest request{
            .user = user,
            .conversation = number,
            .after = after,
            .before = std::nullopt,
            .limit = core::kPageEventsMax
        };
        auto read = co_await parts_.messaging.history(loop, request);
        CO_TRY(messaging::HistoryPage page, std::move(read));
        more = page.has_more;
        if (page.events.empty()) {
            break;
        }
        after = page.events.back()->seq;
        const std::size_t count = page.events.size();
        auto said = co_await text_->page(form, user, number, std::move(page.events), first);
        CO_TRY(std::string bytes, std::move(said));
        first = first && bytes.empty();
        auto written = co_await parts_.files.write(loop, std::move(bytes));
        if (!written.ok()) {
            co_return written;
        }
        const auto rate = std::max<std::size_t>(options_.events_per_second, 1);
        const Duration turn = Duration{std::chrono::seconds{1}} * count / rate;
        co_await pause(turn);
    }
    co_return Result<void>{};
}

runtime::Task<void> Exports::pause(Duration time) {
    if (!stopping_) {
        co_await pause_.wait(time);
    }
}

void Exports::register_metrics(metrics::Registry& registry) {
    registry.counter("parley_exports_made_total", "Exports that were made.", made_);
}

}  // namespace parley::account
