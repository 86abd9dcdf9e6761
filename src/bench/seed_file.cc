#include "bench/seed_file.h"

#include <fstream>
#include <optional>
#include <string_view>

#include "bench/scanner.h"

namespace parley::bench {
namespace {

/// Nothing for a line that is no object; an account without `user_id` for the file's head.
std::optional<Account> read_account(std::string_view line) {
    Account account;
    while (const auto member = next_member(line)) {
        if (member->name == "user_id") {
            account.user_id = member->value;
        } else if (member->name == "access_token") {
            account.access_token = member->value;
        } else if (member->name == "peer_id") {
            account.peer_id = member->value;
        } else if (member->name == "conversation_id") {
            account.conversation_id = member->value;
        }
    }
    return ends_well(line) ? std::optional(std::move(account)) : std::nullopt;
}

Result<void> check_pairs(const std::string& path, const std::vector<Account>& accounts) {
    for (std::size_t i = 0; i + 1 < accounts.size(); i += 2) {
        const Account& first = accounts[i];
        const Account& second = accounts[i + 1];
        if (first.peer_id != second.user_id || second.peer_id != first.user_id ||
            first.conversation_id != second.conversation_id) {
            return Error{
                ErrorCode::invalid_request,
                path + ": users " + std::to_string(i) + " and " + std::to_string(i + 1) +
                    " are not each other's peers"
            };
        }
    }
    return {};
}

}  // namespace

Result<std::vector<Account>> read_seed_file(const std::string& path, std::size_t count) {
    std::ifstream file(path);
    if (!file) {
        return Error{ErrorCode::invalid_request, path + ": cannot be read"};
    }
    std::vector<Account> accounts;
    accounts.reserve(count);
    std::string line;
    for (std::size_t number = 1; accounts.size() < count && std::getline(file, line); ++number) {
        auto account = read_account(line);
        if (!account || (account->user_id.empty() && number != 1)) {
            return Error{
                ErrorCode::invalid_request, path + ":" + std::to_string(number) + ": not a user"
            };
        }
        if (!account->user_id.empty()) {
            accounts.push_back(std::move(*account));
        }
    }
    if (accounts.size() < count) {
        return Error{
            ErrorCode::invalid_request,
            path + ": has " + std::to_string(accounts.size()) + " users, " + std::to_string(count) +
                " are wanted"
        };
    }
    if (auto paired = check_pairs(path, accounts); !paired.ok()) {
        return std::move(paired).error();
    }
    return accounts;
}

}  // namespace parley::bench
