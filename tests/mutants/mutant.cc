#include "base/mutant.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include <unistd.h>

/// What a build with planted bugs has beyond the others; part of parley_base there, and nowhere else.

namespace parley {
namespace {

#define PARLEY_MUTANT_NAME(name) #name,
/// In the order of the enumeration, without its `none`.
constexpr auto kNames = std::to_array<std::string_view>({PARLEY_EACH_MUTANT(PARLEY_MUTANT_NAME)});
#undef PARLEY_MUTANT_NAME

std::string spelled(std::string_view name) {
    std::string text{name};
    std::ranges::replace(text, '_', '-');
    return text;
}

Mutant from_environment();

Mutant& planted() {
    static Mutant which = from_environment();
    return which;
}

bool plant(Mutant& to, std::string_view name) {
    const auto at = std::ranges::find(kNames, name, spelled);
    if (at == kNames.end()) {
        return false;
    }
    to = static_cast<Mutant>(1 + (at - kNames.begin()));
    // So that nobody takes a program with a planted bug for one without.
    const std::string text = spelled(*at);
    std::fprintf(stderr, "planted bug: %s\n", text.c_str());
    return true;
}

/// A name that is none ends the program: a suite must not pass because its mutant was misspelled.
Mutant from_environment() {
    constexpr std::string_view kVariable = "PARLEY_MUTANT=";
    Mutant which = Mutant::none;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        if (text.starts_with(kVariable) && !plant(which, text.substr(kVariable.size()))) {
            std::fprintf(stderr, "%s: there are: %s\n", *entry, mutant_names().c_str());
            std::_Exit(2);
        }
    }
    return which;
}

/// Before main, so that a wrong name is told at the start of every program.
[[maybe_unused]] const Mutant kAtStart = planted();

}  // namespace

bool mutant(Mutant which) noexcept {
    return planted() == which;
}

bool plant_mutant(std::string_view name) {
    return plant(planted(), name);
}

std::string mutant_names() {
    std::string all;
    for (const std::string_view name : kNames) {
        all += (all.empty() ? "" : " ") + spelled(name);
    }
    return all;
}

}  // namespace parley
