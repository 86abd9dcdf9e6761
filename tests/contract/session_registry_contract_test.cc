#include "tests/contract/session_registry_contract.h"

#include "adapters/memory/session_registry.h"

namespace parley::contract {

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, SessionRegistryContract, memory::SessionRegistry);

}  // namespace parley::contract
