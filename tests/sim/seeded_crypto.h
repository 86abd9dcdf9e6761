#pragma once

#include "tests/sim/simulation.h"

/// What the simulation changes about cryptography: where chance comes from, and that nothing is checked twice.

namespace parley::sim {

/// While one lives, all that OpenSSL draws (keys, the server's secret, the nonces of signatures) comes from its
/// generator, so that keys, tokens and files are the same in two runs of a seed. One at a time in a process.
///
/// Clients show the same token again and again, and every start reads the same keys, which would be a third of a
/// seed's work. So what the product's own code has once said is kept as long as this lives: of a signature whether it
/// is right (right, too, when that key has just made it), of a key file which key it holds. Other bytes, or bytes
/// that a disk has spoiled, are asked about. (The linker puts the remembering functions in front of those of Es256Key:
/// see CMakeLists.txt.)
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
