#include "tests/contract/account_directory_contract.h"

namespace parley::contract {

INSTANTIATE_TYPED_TEST_SUITE_P(
    Adapters, AccountDirectoryContract, BothDirectories, DirectoriesName
);

}  // namespace parley::contract
