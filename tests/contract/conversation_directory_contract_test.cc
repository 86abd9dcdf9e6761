#include "tests/contract/conversation_directory_contract.h"

namespace parley::contract {

INSTANTIATE_TYPED_TEST_SUITE_P(
    Adapters, ConversationDirectoryContract, BothDirectories, DirectoriesName
);

}  // namespace parley::contract
