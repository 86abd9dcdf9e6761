#include <vector>

#include "fuzz/support/target.h"

/// No target: a bug on purpose. One byte too many is read, behind four bytes that chance alone would take 2^32
/// inputs to hit. `./dev fuzz` looks for it first: it is found only if the fuzzer is guided by what the code
/// does, and if the sanitizer watches.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 4 || data[0] != 'C' || data[1] != 'H' || data[2] != 'A' || data[3] != 'T') {
        return 0;
    }
    const std::vector<std::uint8_t> copy(data, data + size);
    const volatile std::uint8_t behind = copy.data()[size];
    static_cast<void>(behind);
    return 0;
}
