#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tests/history/generate.h"
#include "tests/history/measures.h"
#include "tests/history/reader.h"
#include "tests/history/report.h"
#include "tests/history/writer.h"

namespace {

using parley::history::GenerateOptions;
using parley::history::History;
using parley::history::Measures;
using parley::history::Unreadable;
using parley::history::Verdict;

constexpr const char* kUsage =
    "usage: parley_history check FILE...\n"
    "       parley_history generate [--events N] [--seed S] [--users N] [--conversations N] FILE\n"
    "  check     judge what test clients wrote down (tests/history/README.md): 0 what is promised\n"
    "            holds, 1 it does not, 2 it cannot be judged\n"
    "  generate  write a history that holds, of about N events (100000)\n";

int refuse(const std::string& why) {
    std::fprintf(stderr, "parley_history: %s\n", why.c_str());
    return 2;
}

int usage() {
    std::fputs(kUsage, stderr);
    return 2;
}

int check_files(const std::vector<std::string>& paths) {
    const auto read = parley::history::read_files(paths);
    if (const auto* const unreadable = std::get_if<Unreadable>(&read)) {
        return refuse(unreadable->why);
    }
    const History& history = std::get<History>(read);
    Measures measures;
    const Verdict verdict = parley::history::check(history, &measures);
    if (!verdict.problem.empty()) {
        return refuse(verdict.problem);
    }
    std::fputs(parley::history::to_text(history, verdict, measures).c_str(), stdout);
    return verdict.holds() ? 0 : 1;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

bool take_option(GenerateOptions& options, std::string_view name, std::uint64_t value) {
    if (name == "--events") {
        options.events = value;
    } else if (name == "--seed") {
        options.seed = value;
    } else if (name == "--users") {
        options.users = static_cast<std::uint32_t>(value);
    } else if (name == "--conversations") {
        options.conversations = static_cast<std::uint32_t>(value);
    } else {
        return false;
    }
    return true;
}

int generate_file(const std::vector<std::string>& arguments) {
    GenerateOptions options;
    std::string path;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (!arguments[i].starts_with("--")) {
            if (!path.empty()) {
                return usage();
            }
            path = arguments[i];
            continue;
        }
        const std::string& name = arguments[i];
        const auto value = ++i < arguments.size() ? parse_number(arguments[i]) : std::nullopt;
        if (!value || !take_option(options, name, *value)) {
            return usage();
        }
    }
    if (path.empty()) {
        return usage();
    }
    const History history = parley::history::generate(options);
    const std::string problem = parley::history::write_file(history, path);
    return problem.empty() ? 0 : refuse(problem);
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() < 2) {
        return usage();
    }
    if (arguments.front() == "check") {
        return check_files({arguments.begin() + 1, arguments.end()});
    }
    if (arguments.front() == "generate") {
        return generate_file({arguments.begin() + 1, arguments.end()});
    }
    return usage();
}
