#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/config.h"
#include "base/result.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
}

namespace parley::app {

/// `parley admin …`, `parley backup` and `parley restore`, but for `parley admin seed`. Owned by main; one thread.
class AdminCommands {
public:
    /// Adds to the command line what belongs to it. `add_flags` gives a command the flags that name configuration.
    AdminCommands(CLI::App& app, CLI::App& admin, const std::function<void(CLI::App&)>& add_flags);
    AdminCommands(const AdminCommands&) = delete;
    AdminCommands& operator=(const AdminCommands&) = delete;
    AdminCommands(AdminCommands&&) = delete;
    AdminCommands& operator=(AdminCommands&&) = delete;
    ~AdminCommands();

    /// Whether one of them was asked for.
    [[nodiscard]] bool asked() const;
    /// Does it; what it answers goes to standard output, as JSON.
    [[nodiscard]] Result<void> run(const Config& config);

private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace parley::app
