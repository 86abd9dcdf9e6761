#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/job.h"
#include "base/metrics.h"
#include "ports/export_files.h"
#include "runtime/loop.h"
#include "runtime/scope.h"
#include "runtime/task.h"
#include "services/account/pause.h"
#include "services/directory/directory.h"
#include "services/messaging/messaging.h"

namespace parley::account {

struct ExportOptions {
    /// From the wish on; then it goes.
    Duration lifetime = std::chrono::hours{24};
    /// A wish within this after another one is that one.
    Duration again_after = std::chrono::hours{1};
    /// Events written a second, at most: nobody's messages wait for an export.
    std::size_t events_per_second = 20'000;
    /// After a failure, and between two looks for what is over.
    Duration retry = std::chrono::seconds{10};
    /// Wishes of all users that are not fulfilled yet; above: `rate_limited`.
    std::size_t waiting_max = 1'000;
};

/// How what is exported reads. Made by the gateway, which knows the wire's names. Called on the exports' loop.
class ExportText {
public:
    virtual ~ExportText() = default;

    /// What a file of the whole account says, "profile.json"; each is small.
    struct Section {
        std::string path;
        std::function<runtime::Task<Result<std::string>>(runtime::Loop& home, UserId user)> make;
    };
    [[nodiscard]] virtual std::span<const Section> sections() const noexcept = 0;

    enum class Form : unsigned char {
        json,
        text
    };
    /// A conversation's file: "messages.json", how it begins, a page of its events, oldest first, and how it ends.
    [[nodiscard]] virtual std::string file_name(Form form) const = 0;
    [[nodiscard]] virtual runtime::Task<Result<std::string>> begin(
        Form form, messaging::ConversationView view
    ) = 0;
    [[nodiscard]] virtual runtime::Task<Result<std::string>> page(
        Form form,
        UserId reader,
        ConversationNumber number,
        std::vector<core::EventPtr> events,
        bool first
    ) = 0;
    [[nodiscard]] virtual std::string end(Form form) const = 0;
};

/// Everything of one's own as an archive: what one has said of oneself, and every conversation as one may read it.
/// A wish is durable; a job on the loop that this is made with makes one archive at a time, oldest wish first, from
/// the beginning again after a restart. Memory is one page of events, whatever there is. Calls from any loop.
class Exports {
public:
    struct Dependencies {
        messaging::Messaging& messaging;
        directory::Directory& directory;
        ports::ExportFiles& files;
        runtime::Loop& loop;
    };
    Exports(ExportOptions options, Dependencies dependencies);

    struct View {
        ports::ExportFile file;
        Timestamp expires_at;
    };
    /// The user's export: the one that is waited for or was wished for lately, else a new one, which replaces an
    /// older one when it is ready. `rate_limited` when too many wait; `unavailable`.
    [[nodiscard]] runtime::Task<Result<View>> wish(runtime::Loop& home, UserId user);
    /// `not_found` for what is not the user's, and for what is over.
    [[nodiscard]] runtime::Task<Result<View>> find(runtime::Loop& home, UserId user, Uuid id);
    /// A piece of one that is ready.
    [[nodiscard]] runtime::Task<Result<std::string>> read(
        runtime::Loop& home, ports::ExportName name, std::uint64_t offset, std::size_t bytes
    );
    /// All exports of an account that has ended.
    [[nodiscard]] runtime::Task<Result<void>> drop(runtime::Loop& home, UserId user);

    /// Begins the job, with the wishes that an earlier life of the server has left. `text` must outlive it.
    void start(ExportText& text);
    void stop(Job done);

    void register_metrics(metrics::Registry& registry);

private:
    void wake();
    runtime::Task<void> run();
    /// What is over goes; then the oldest wish is fulfilled. Whether there was one.
    [[nodiscard]] runtime::Task<Result<bool>> pass();
    [[nodiscard]] runtime::Task<Result<void>> make(ports::ExportName name);
    [[nodiscard]] runtime::Task<Result<void>> add_conversation(
        UserId user, messaging::ConversationView view
    );
    [[nodiscard]] runtime::Task<Result<void>> add_events(
        UserId user, ConversationNumber number, ExportText::Form form
    );
    runtime::Task<void> pause(Duration time);
    [[nodiscard]] View view_of(const ports::ExportFile& file) const;
    [[nodiscard]] bool is_over(const ports::ExportFile& file, Timestamp now) const;

    const ExportOptions options_;
    const Dependencies parts_;
    ExportText* text_ = nullptr;  // set by start
    metrics::Counter made_{1};
    bool woken_ = false;
    bool running_ = false;
    bool stopping_ = false;
    Pause pause_;
    runtime::TaskScope scope_;
};

}  // namespace parley::account
