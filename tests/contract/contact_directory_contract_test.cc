#include "tests/contract/contact_directory_contract.h"

namespace parley::contract {

INSTANTIATE_TYPED_TEST_SUITE_P(
    Adapters, ContactDirectoryContract, BothDirectories, DirectoriesName
);

}  // namespace parley::contract
