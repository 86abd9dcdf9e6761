#pragma once

#include <cerrno>
#include <cstdint>
#include <random>
#include <system_error>

namespace parley::lossyfs {

/// Chance of a power cut, out of its seed. Not the distributions of <random>: those differ between libraries.
class Chance {
public:
    explicit Chance(std::uint64_t seed) : engine_(seed) {}
    [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
    [[nodiscard]] bool percent(std::uint64_t percent) { return below(100) < percent; }
    [[nodiscard]] char byte() { return static_cast<char>(engine_() & 0xFFU); }

private:
    std::mt19937_64 engine_;
};

/// How this file system refuses: an errno, thrown, because every operation has a dozen of them and each is
/// handed to FUSE as it is, in one place.
[[noreturn]] inline void refuse(int error) {
    throw std::system_error(error, std::generic_category());
}

/// For what the backing directory answers.
inline void check(bool fine) {
    if (!fine) {
        refuse(errno);
    }
}

}  // namespace parley::lossyfs
