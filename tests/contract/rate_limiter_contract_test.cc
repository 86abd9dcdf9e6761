#include "tests/contract/rate_limiter_contract.h"

#include "adapters/memory/rate_limiter.h"

namespace parley::contract {

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, RateLimiterContract, memory::RateLimiter);

}  // namespace parley::contract
