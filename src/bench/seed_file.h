#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"

namespace parley::bench {

/// One user of a seed file.
struct Account {
    std::string user_id;
    std::string access_token;
    std::string peer_id;
    std::string conversation_id;  ///< of the direct conversation with the peer; may be empty
};

/// The first `count` users of a file that `parley admin seed` wrote: JSON lines, `{"parley_seed":1,…}`
/// perhaps first. Users 2i and 2i+1 are each other's peers. `invalid_request` names the file and line.
[[nodiscard]] Result<std::vector<Account>> read_seed_file(
    const std::string& path, std::size_t count
);

}  // namespace parley::bench
