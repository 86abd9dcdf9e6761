#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/contract/directories.h"

namespace parley::contract {

/// The suite of ports/report_directory.h.
template <class Directories>
class ReportDirectoryContract : public DirectoryContract<Directories> {
protected:
    void SetUp() override {
        for (std::uint64_t n = 1; n <= 3; ++n) {
            this->make_user(this->user(n, "user" + std::to_string(n)));
        }
        this->make_user(this->user(999, "operator"));
    }

    ports::ReportDirectory& reports() { return this->directories_.reports(); }
    runtime::Loop& home() { return this->directories_.home(); }

    static ports::Report about_user(std::uint64_t reporter, std::uint64_t user) {
        ports::Report report;
        report.reporter = DirectoryContract<Directories>::user_id(reporter);
        report.about = DirectoryContract<Directories>::user_id(user);
        report.reason = "rude";
        report.created_at = DirectoryContract<Directories>::at(1);
        return report;
    }
    static ports::Report about_message(
        std::uint64_t reporter, std::uint64_t user, std::uint64_t n
    ) {
        ports::Report report = about_user(reporter, user);
        report.message = ports::ReportedMessage{
            .id = {{n, n}},
            .conversation = {n + 7},
            .sender = report.about,
            .sent_at = DirectoryContract<Directories>::at(0),
            .message_type = core::MessageType::text,
            .content = "something\nrude \"é\"",
        };
        return report;
    }
    Result<std::uint64_t> create(ports::Report report) {
        return this->wait(reports().create(home(), std::move(report)));
    }
    std::vector<std::uint64_t> list(ports::ReportDirectory::Query query) {
        std::vector<std::uint64_t> numbers;
        const auto found = this->wait(reports().list(home(), query));
        for (const auto& report : *found) {
            numbers.push_back(report.number);
        }
        return numbers;
    }
    Result<ports::Report> resolve(std::uint64_t number, std::string note) {
        return this->wait(
            reports().resolve(home(), number, std::move(note), this->act("report.resolved", 9))
        );
    }
};

TYPED_TEST_SUITE_P(ReportDirectoryContract);

TYPED_TEST_P(ReportDirectoryContract, KeepsTheMessageAsItWas) {
    auto report = this->about_message(1, 2, 5);
    const auto number = this->create(report);
    ASSERT_TRUE(number.ok());
    report.number = *number;
    this->directories_.restart();
    const auto found = this->wait(this->reports().list(this->home(), {}));
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->front(), report);
}

TYPED_TEST_P(ReportDirectoryContract, TheSameOpenReportIsMadeOnce) {
    const auto message = this->create(this->about_message(1, 2, 5));
    const auto user = this->create(this->about_user(1, 2));
    EXPECT_NE(*message, *user);
    EXPECT_EQ(*this->create(this->about_message(1, 2, 5)), *message);
    EXPECT_EQ(*this->create(this->about_user(1, 2)), *user);
    EXPECT_NE(*this->create(this->about_message(3, 2, 5)), *message);
    ASSERT_TRUE(this->resolve(*message, "").ok());
    EXPECT_NE(*this->create(this->about_message(1, 2, 5)), *message);
}

TYPED_TEST_P(ReportDirectoryContract, OneUserHasSoManyOpenAndNoMore) {
    for (std::uint64_t n = 1; n <= ports::kOpenReportsMax; ++n) {
        ASSERT_TRUE(this->create(this->about_message(1, 2, n)).ok());
    }
    const auto more = this->create(this->about_message(1, 2, 1'000));
    ASSERT_FALSE(more.ok());
    EXPECT_EQ(more.error().code, ErrorCode::rate_limited);
    EXPECT_TRUE(this->create(this->about_message(3, 2, 1'000)).ok());
    ASSERT_TRUE(this->resolve(1, "").ok());
    EXPECT_TRUE(this->create(this->about_message(1, 2, 1'000)).ok());
}

TYPED_TEST_P(ReportDirectoryContract, ListsNewestFirstOpenOnesOrAll) {
    for (std::uint64_t n = 1; n <= 5; ++n) {
        ASSERT_TRUE(this->create(this->about_message(1, 2, n)).ok());
    }
    ASSERT_TRUE(this->resolve(4, "done").ok());
    using Numbers = std::vector<std::uint64_t>;
    EXPECT_EQ(this->list({}), (Numbers{5, 3, 2, 1}));
    EXPECT_EQ(this->list({.open_only = false}), (Numbers{5, 4, 3, 2, 1}));
    EXPECT_EQ(this->list({.open_only = true, .before = 5, .limit = 2}), (Numbers{3, 2}));
    EXPECT_EQ(this->list({.open_only = false, .before = 5, .limit = 2}), (Numbers{4, 3}));
}

TYPED_TEST_P(ReportDirectoryContract, ResolvingIsDoneAndWrittenDownOnce) {
    const auto number = this->create(this->about_user(1, 2));
    const auto resolved = this->resolve(*number, "talked to them");
    ASSERT_TRUE(resolved.ok());
    EXPECT_EQ(resolved->note, "talked to them");
    EXPECT_EQ(resolved->resolved_at, this->at(9));
    EXPECT_EQ(resolved->resolved_by, this->user_id(999));
    const auto again = this->resolve(*number, "again");
    EXPECT_EQ(*again, *resolved);
    EXPECT_EQ(this->actions(), std::vector<std::string>{"report.resolved"});
    EXPECT_EQ(this->resolve(77, "").error().code, ErrorCode::not_found);
    this->directories_.restart();
    EXPECT_EQ(
        this->wait(this->reports().list(this->home(), {.open_only = false}))->front(), *resolved
    );
}

REGISTER_TYPED_TEST_SUITE_P(
    ReportDirectoryContract,
    KeepsTheMessageAsItWas,
    TheSameOpenReportIsMadeOnce,
    OneUserHasSoManyOpenAndNoMore,
    ListsNewestFirstOpenOnesOrAll,
    ResolvingIsDoneAndWrittenDownOnce
);

}  // namespace parley::contract
