#include "tests/contract/export_files_contract.h"

namespace parley::contract {

using BothExports = ::testing::Types<MemoryExports, ArchiveExports>;
INSTANTIATE_TYPED_TEST_SUITE_P(Adapters, ExportFilesContract, BothExports);

}  // namespace parley::contract
