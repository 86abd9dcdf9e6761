#include "tests/contract/device_directory_contract.h"

namespace parley::contract {

INSTANTIATE_TYPED_TEST_SUITE_P(Adapters, DeviceDirectoryContract, BothDirectories, DirectoriesName);

}  // namespace parley::contract
