#include "tests/contract/account_removals_contract.h"

namespace parley::contract {

INSTANTIATE_TYPED_TEST_SUITE_P(Adapters, AccountRemovalsContract, BothDirectories, DirectoriesName);

}  // namespace parley::contract
