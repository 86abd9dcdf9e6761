#include "app/admin_commands.h"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/backup.h"
#include "app/control.h"
#include "base/json_writer.h"
#include "base/uuid.h"
#include "runtime/runtime.h"

namespace parley::app {
namespace {

/// A backup of much takes long.
constexpr int kBackupSeconds = 12 * 3600;

/// A username or a user_id, as a path has it.
std::string user_path(const std::string& user) {
    const std::string id = parse_uuid(user) ? user : "@" + user;
    return "/api/admin/users/" + percent_encoded(id);
}

std::string object(const std::function<void(JsonWriter&)>& fill) {
    std::string text;
    JsonWriter json{text};
    json.begin_object();
    fill(json);
    json.end_object();
    return text;
}

}  // namespace

class AdminCommands::State {
public:
    using Call = std::function<Result<std::string>(const Config&)>;

    State(CLI::App& app, CLI::App& admin, const std::function<void(CLI::App&)>& add_flags)
        : app_(app), admin_(admin), add_flags_(add_flags) {
        add_users();
        add_invites();
        add_reports();
        add_server();
        add_backups();
    }

    [[nodiscard]] const Call* asked() const {
        for (const auto& [command, call] : calls_) {
            if (command->parsed()) {
                return &call;
            }
        }
        return nullptr;
    }

private:
    CLI::App& add(CLI::App& to, const char* name, const char* help, Call call) {
        CLI::App* command = to.add_subcommand(name, help);
        add_flags_(*command);
        calls_.emplace_back(command, std::move(call));
        return *command;
    }
    /// A command about one user: `target` behind its path.
    void add_of_user(
        const char* name,
        const char* help,
        const char* method,
        const char* target,
        const std::function<std::string()>& body
    ) {
        add(admin_,
            name,
            help,
            [=, this](const Config& config) {
                return control(
                    config, {.method = method, .target = user_path(user_) + target, .body = body()}
                );
            })
            .add_option("USER", user_, "A username or a user_id")
            ->required();
    }

    void add_users() {
        const auto disabled = [](bool value) {
            return [value] {
                return object([value](JsonWriter& json) { json.field("disabled", value); });
            };
        };
        add(admin_, "users", "List users", [this](const Config& config) {
            std::string target = "/api/admin/users?limit=" + std::to_string(limit_);
            target += "&query=" + percent_encoded(query_);
            target += cursor_.empty() ? "" : "&cursor=" + percent_encoded(cursor_);
            return control(config, {.method = "GET", .target = target, .body = {}});
        }).add_option("QUERY", query_, "Only those whose username begins so");
        add_paging();
        add_of_user("user", "Show one user", "GET", "", [] { return std::string{}; });
        add_of_user("disable", "Nobody gets in by the account", "PATCH", "", disabled(true));
        add_of_user("enable", "The account works again", "PATCH", "", disabled(false));
        add_of_user("role", "Make an operator, or a user", "PATCH", "", [this] {
            return object([this](JsonWriter& json) { json.field("role", role_); });
        });
        calls_.back()
            .first->add_option("ROLE", role_, "user or operator")
            ->required()
            ->check(CLI::IsMember({"user", "operator"}));
        add_of_user(
            "reset",
            "Void the password and end all devices; prints a token for setting a new one",
            "POST",
            "/reset",
            [] { return std::string{}; }
        );
    }

    /// The last command is a list.
    void add_paging() {
        calls_.back()
            .first->add_option("--limit", limit_, "At most so many")
            ->capture_default_str();
        calls_.back().first->add_option("--cursor", cursor_, "`next` of the page before");
    }

    void add_invites() {
        add(admin_, "invites", "List invites", [](const Config& config) {
            return control(config, {.method = "GET", .target = "/api/admin/invites", .body = {}});
        });
        CLI::App& invite =
            add(admin_, "invite", "Make an invite; prints its code", [this](const Config& config) {
                const std::string body = object([this](JsonWriter& json) {
                    json.field("uses", uses_).field("days", days_).field("note", note_);
                });
                return control(
                    config, {.method = "POST", .target = "/api/admin/invites", .body = body}
                );
            });
        invite.add_option("--uses", uses_, "How many may come by it")->capture_default_str();
        invite.add_option("--days", days_, "How long it is good for")->capture_default_str();
        invite.add_option("--note", note_, "For whom it is");
        add(admin_,
            "revoke-invite",
            "End an invite",
            [this](const Config& config) {
                const std::string target = "/api/admin/invites/" + percent_encoded(id_);
                return control(config, {.method = "DELETE", .target = target, .body = {}});
            })
            .add_option("INVITE_ID", id_)
            ->required();
    }

    void add_reports() {
        add(admin_, "reports", "List reports", [this](const Config& config) {
            std::string target = "/api/admin/reports?limit=" + std::to_string(limit_);
            target += all_ ? "&state=all" : "&state=open";
            target += cursor_.empty() ? "" : "&cursor=" + percent_encoded(cursor_);
            return control(config, {.method = "GET", .target = target, .body = {}});
        }).add_flag("--all", all_, "Resolved ones, too");
        add_paging();
        CLI::App& resolve = add(admin_, "resolve", "Close a report", [this](const Config& config) {
            const std::string body = object([this](JsonWriter& json) {
                json.field("resolved", true).field("note", note_);
            });
            const std::string target = "/api/admin/reports/" + percent_encoded(id_);
            return control(config, {.method = "PATCH", .target = target, .body = body});
        });
        resolve.add_option("REPORT_ID", id_)->required();
        resolve.add_option("--note", note_, "What was done");
    }

    void add_server() {
        add(admin_, "stats", "Figures of the server", [](const Config& config) {
            return control(
                config, {.method = "GET", .target = "/api/admin/statistics", .body = {}}
            );
        });
        CLI::App& broadcast =
            add(admin_, "broadcast", "Say something to everybody", [this](const Config& config) {
                const std::string body = object([this](JsonWriter& json) {
                    json.field("content", text_);
                    if (!id_.empty()) {
                        json.field("client_id", id_);
                    }
                });
                return control(
                    config, {.method = "POST", .target = "/api/admin/broadcasts", .body = body}
                );
            });
        broadcast.add_option("TEXT", text_)->required();
        broadcast.add_option("--id", id_, "Of an earlier one: reaches those whom it missed");
        add(admin_,
            "audit",
            "What operators did, and what happened at the door",
            [this](const Config& config) {
                std::string target = "/api/admin/audit?limit=" + std::to_string(limit_);
                target += cursor_.empty() ? "" : "&cursor=" + percent_encoded(cursor_);
                return control(config, {.method = "GET", .target = target, .body = {}});
            });
        add_paging();
    }

    void add_backups() {
        add(app_,
            "backup",
            "Copy everything into a new directory, also while the server runs",
            [this](const Config& config) {
                const std::string path = std::filesystem::absolute(path_).string();
                const std::string body =
                    object([&path](JsonWriter& json) { json.field("path", path); });
                return control(
                    config,
                    {.method = "POST",
                     .target = "/control/backups",
                     .body = body,
                     .seconds = kBackupSeconds}
                );
            })
            .add_option("DEST", path_, "A directory that is not there yet")
            ->required();
        add(app_,
            "restore",
            "Make a data directory of a backup",
            [this](const Config& config) { return restore_here(config); })
            .add_option("SRC", path_, "What `parley backup` has made")
            ->required();
    }

    Result<std::string> restore_here(const Config& config) {
        runtime::Runtime runtime{{.loops = 1}};
        runtime::Worker& worker = runtime.make_worker("log");
        const std::int64_t seconds = runtime.clock().wall().seconds();
        TRY(const auto restored, restore(runtime.disk(), worker, path_, config.data_dir, seconds));
        return object([&](JsonWriter& json) {
            json.field("data", config.data_dir).field("epoch", restored.epoch);
            json.field("offset", restored.position.offset);
        });
    }

    CLI::App& app_;
    CLI::App& admin_;
    const std::function<void(CLI::App&)> add_flags_;
    std::vector<std::pair<CLI::App*, Call>> calls_;
    std::string user_;
    std::string role_;
    std::string query_;
    std::string cursor_;
    std::string note_;
    std::string id_;
    std::string text_;
    std::string path_;
    std::uint32_t limit_ = 50;
    std::uint32_t uses_ = 1;
    std::uint32_t days_ = 7;
    bool all_ = false;
};

AdminCommands::AdminCommands(
    CLI::App& app, CLI::App& admin, const std::function<void(CLI::App&)>& add_flags
)
    : state_(std::make_unique<State>(app, admin, add_flags)) {}

AdminCommands::~AdminCommands() = default;

bool AdminCommands::asked() const {
    return state_->asked() != nullptr;
}

Result<void> AdminCommands::run(const Config& config) {
    const State::Call* call = state_->asked();
    PARLEY_ASSERT(call != nullptr);
    TRY(const std::string answer, (*call)(config));
    if (!answer.empty()) {
        std::fprintf(stdout, "%s\n", answer.c_str());
    }
    return {};
}

}  // namespace parley::app
