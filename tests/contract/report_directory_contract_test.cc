#include "tests/contract/report_directory_contract.h"

namespace parley::contract {

INSTANTIATE_TYPED_TEST_SUITE_P(Adapters, ReportDirectoryContract, BothDirectories, DirectoriesName);

}  // namespace parley::contract
