#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/contract/directories.h"

namespace parley::contract {

/// The suite of ports/audit_log.h.
template <class Directories>
class AuditLogContract : public DirectoryContract<Directories> {
protected:
    ports::AuditLog& audit() { return this->directories_.audit(); }
    runtime::Loop& home() { return this->directories_.home(); }

    void append(ports::AuditEntry entry) {
        EXPECT_TRUE(this->wait(audit().append(home(), std::move(entry))).ok());
    }
    std::vector<ports::NumberedAuditEntry> page(
        std::optional<std::uint64_t> before, std::size_t limit
    ) {
        return *this->wait(audit().page(home(), before, limit));
    }
};

TYPED_TEST_SUITE_P(AuditLogContract);

TYPED_TEST_P(AuditLogContract, KeepsWhatWasWrittenAsItWas) {
    const auto by_user = this->act("user.disabled", 5);
    auto by_nobody = this->act("login.failed", 6);
    by_nobody.actor.reset();
    by_nobody.security = true;
    this->append(by_user);
    this->append(by_nobody);
    this->directories_.restart();
    const auto all = this->page(std::nullopt, 10);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].entry, by_nobody);
    EXPECT_EQ(all[1].entry, by_user);
    EXPECT_GT(all[0].number, all[1].number);
}

TYPED_TEST_P(AuditLogContract, PagesHaveEachEntryOnce) {
    for (int n = 0; n < 7; ++n) {
        this->append(this->act("act." + std::to_string(n), n));
    }
    std::vector<std::string> seen;
    std::optional<std::uint64_t> before;
    for (;;) {
        const auto page = this->page(before, 3);
        if (page.empty()) {
            break;
        }
        for (const auto& one : page) {
            seen.push_back(one.entry.action);
        }
        before = page.back().number;
    }
    EXPECT_EQ(
        seen,
        (std::vector<std::string>{"act.6", "act.5", "act.4", "act.3", "act.2", "act.1", "act.0"})
    );
}

TYPED_TEST_P(AuditLogContract, NumbersGoOnAfterARestart) {
    this->append(this->act("one"));
    const auto first = this->page(std::nullopt, 1).front().number;
    this->directories_.restart();
    this->append(this->act("two"));
    EXPECT_GT(this->page(std::nullopt, 1).front().number, first);
}

REGISTER_TYPED_TEST_SUITE_P(
    AuditLogContract, KeepsWhatWasWrittenAsItWas, PagesHaveEachEntryOnce, NumbersGoOnAfterARestart
);

}  // namespace parley::contract
