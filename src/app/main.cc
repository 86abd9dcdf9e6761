#include <cstdio>
#include <string>
#include <vector>

#include <unistd.h>

#include "app/commands.h"

extern char** environ;  // NOLINT: POSIX's own name

int main(int argc, char** argv) {
    std::vector<std::string> environment;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        environment.emplace_back(*entry);
    }
    return parley::app::run_command(argc, argv, environment);
}
