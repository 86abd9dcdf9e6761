#pragma once

#include "tests/sim/simulation.h"

/// What the simulation changes about cryptography: where chance comes from, and that nothing is checked twice.

namespace parley::sim {

/// While one lives, all that OpenSSL draws (keys, the server's secret, the nonces of signatures) comes from its
/// generator, so that keys, tokens and files are the same in two runs of a seed. One at a time in a process.
///
/// Clients show the same token again and again, and checking a signature would be a quarter of a seed's work: each
/// is checked once, by the product's own code, and the answer kept as long as this lives. (The linker puts the
/// remembering function in front of Es256Key::verify: see CMakeLists.txt.)
class SeededCrypto {
public:
    explicit SeededCrypto(Rng rng);
    SeededCrypto(const SeededCrypto&) = delete;
    SeededCrypto& operator=(const SeededCrypto&) = delete;
    SeededCrypto(SeededCrypto&&) = delete;
    SeededCrypto& operator=(SeededCrypto&&) = delete;
    ~SeededCrypto();
};

}  // namespace parley::sim
