#include "tests/contract/audit_log_contract.h"

namespace parley::contract {

INSTANTIATE_TYPED_TEST_SUITE_P(Adapters, AuditLogContract, BothDirectories, DirectoriesName);

}  // namespace parley::contract
