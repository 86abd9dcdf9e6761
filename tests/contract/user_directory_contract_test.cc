#include "tests/contract/user_directory_contract.h"

namespace parley::contract {

INSTANTIATE_TYPED_TEST_SUITE_P(Adapters, UserDirectoryContract, BothDirectories, DirectoriesName);

}  // namespace parley::contract
