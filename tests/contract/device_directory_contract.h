#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/contract/directories.h"

namespace parley::contract {

/// The suite of ports/device_directory.h. Users 1 and 2 exist; device 1 of user 1 logged in at 0 with
/// token 1, which expires at 1000.
template <class Directories>
class DeviceDirectoryContract : public DirectoryContract<Directories> {
protected:
    using Base = DirectoryContract<Directories>;
    using Kind = ports::Rotation::Kind;

    void SetUp() override {
        this->make_user(this->user(1, "alice"));
        this->make_user(this->user(2, "bob"));
        EXPECT_TRUE(log_in(1, 1, 1, 0).ok());
    }

    ports::DeviceDirectory& devices() { return this->directories_.devices(); }
    runtime::Loop& home() { return this->directories_.home(); }

    static ports::TokenHash token(std::uint8_t n) {
        ports::TokenHash hash{};
        hash.fill(static_cast<std::byte>(n));
        return hash;
    }
    static ports::Device device(std::uint64_t n, std::uint64_t owner, std::int64_t now) {
        return {
            .id = Base::device_id(n),
            .user = Base::user_id(owner),
            .name = "phone " + std::to_string(now),
            .platform = "test",
            .created_at = Base::at(now),
            .last_used_at = Base::at(now),
        };
    }
    /// Answers the devices that had to make room.
    Result<std::vector<DeviceId>> log_in(
        std::uint64_t n,
        std::uint64_t owner,
        std::uint8_t hash,
        std::int64_t now,
        std::size_t most = 100
    ) {
        return this->wait(
            devices().log_in(home(), device(n, owner, now), token(hash), Base::at(now + 1000), most)
        );
    }
    ports::RotationRequest request(std::uint8_t presented, std::uint8_t successor, std::int64_t now)
        const {
        return {
            .presented = token(presented),
            .successor = token(successor),
            .now = Base::at(now),
            .expires_at = Base::at(now + 1000),
            .serving_since = Base::at(serving_since_),
        };
    }
    Result<ports::Rotation> rotate(
        std::uint8_t presented, std::uint8_t successor, std::int64_t now
    ) {
        return this->wait(devices().rotate(home(), request(presented, successor, now)));
    }
    /// The kind, or the error's code in words.
    std::string outcome(std::uint8_t presented, std::uint8_t successor, std::int64_t now) {
        const auto answer = rotate(presented, successor, now);
        if (!answer.ok()) {
            return std::string(to_string(answer.error().code));
        }
        EXPECT_EQ(answer->device, Base::device_id(1));
        EXPECT_EQ(answer->user, Base::user_id(1));
        switch (answer->kind) {
            case Kind::rotated:
                return "rotated";
            case Kind::repeated:
                return "repeated";
            case Kind::reused:
                return "reused";
        }
        return "";
    }
    Result<void> revoke(std::uint64_t n, std::uint64_t owner, std::int64_t now) {
        return this->wait(
            devices().revoke(home(), Base::user_id(owner), Base::device_id(n), Base::at(now))
        );
    }
    std::vector<ports::Device> list(std::uint64_t owner) {
        return *this->wait(devices().list(home(), Base::user_id(owner)));
    }
    std::vector<DeviceId> revoked_since(std::int64_t since) {
        auto revoked = *devices().revoked_since(Base::at(since));
        std::ranges::sort(revoked);
        return revoked;
    }

    std::int64_t serving_since_ = 0;
};

TYPED_TEST_SUITE_P(DeviceDirectoryContract);

TYPED_TEST_P(DeviceDirectoryContract, RotatesTheLiveToken) {
    EXPECT_EQ(this->outcome(1, 2, 100), "rotated");
    EXPECT_EQ(this->outcome(2, 3, 200), "rotated");
    EXPECT_EQ(this->outcome(3, 4, 200), "rotated");
    EXPECT_EQ(this->list(1).at(0).last_used_at, this->at(200));
    EXPECT_TRUE(this->revoked_since(0).empty());
}

TYPED_TEST_P(DeviceDirectoryContract, RepeatsTheSuccessorWithinTheGrace) {
    EXPECT_EQ(this->outcome(1, 2, 100), "rotated");
    EXPECT_EQ(this->outcome(1, 2, 100), "repeated");
    EXPECT_EQ(this->outcome(1, 2, 105), "repeated");
    EXPECT_EQ(this->outcome(1, 2, 110), "repeated");
    EXPECT_EQ(this->outcome(2, 3, 110), "rotated");
}

TYPED_TEST_P(DeviceDirectoryContract, EndsTheDeviceWhenATokenComesBackAfterTheGrace) {
    EXPECT_EQ(this->outcome(1, 2, 100), "rotated");
    EXPECT_EQ(this->outcome(1, 2, 111), "reused");
    EXPECT_TRUE(this->list(1).empty());
    EXPECT_EQ(this->revoked_since(0), std::vector{this->device_id(1)});
    for (std::uint8_t token = 1; token <= 3; ++token) {
        EXPECT_EQ(this->outcome(token, 9, 112), "unauthorized");
    }
}

TYPED_TEST_P(DeviceDirectoryContract, RepeatsTheSuccessorOfAnEarlierLifeUntilItIsUsed) {
    EXPECT_EQ(this->outcome(1, 2, 100), "rotated");
    this->serving_since_ = 500;
    EXPECT_EQ(this->outcome(1, 2, 500), "repeated");
    EXPECT_EQ(this->outcome(1, 2, 990), "repeated");
    EXPECT_EQ(this->outcome(2, 3, 991), "rotated");
    EXPECT_EQ(this->outcome(1, 2, 992), "reused");
    EXPECT_EQ(this->outcome(3, 4, 993), "unauthorized");
}

TYPED_TEST_P(DeviceDirectoryContract, TheGraceOfThisLifeEndsWhateverTheRestartBefore) {
    this->serving_since_ = 100;
    EXPECT_EQ(this->outcome(1, 2, 100), "rotated");
    EXPECT_EQ(this->outcome(1, 2, 111), "reused");
}

TYPED_TEST_P(DeviceDirectoryContract, EndsTheDeviceWhenTheSuccessorWasUsed) {
    EXPECT_EQ(this->outcome(1, 2, 100), "rotated");
    EXPECT_EQ(this->outcome(2, 3, 101), "rotated");
    EXPECT_EQ(this->outcome(1, 2, 102), "reused");
    EXPECT_EQ(this->outcome(3, 4, 103), "unauthorized");
}

TYPED_TEST_P(DeviceDirectoryContract, EndsTheDeviceForAnyEarlierToken) {
    for (std::uint8_t n = 1; n <= 50; ++n) {
        EXPECT_EQ(this->outcome(n, static_cast<std::uint8_t>(n + 1), 10 * n), "rotated");
    }
    EXPECT_EQ(this->outcome(1, 2, 600), "reused");
    EXPECT_EQ(this->outcome(51, 52, 601), "unauthorized");
}

TYPED_TEST_P(DeviceDirectoryContract, DoesNotRepeatAnotherSuccessor) {
    EXPECT_EQ(this->outcome(1, 2, 100), "rotated");
    EXPECT_EQ(this->outcome(1, 7, 101), "reused");
}

TYPED_TEST_P(DeviceDirectoryContract, RefusesUnknownAndExpiredTokens) {
    EXPECT_EQ(this->outcome(9, 2, 100), "unauthorized");
    EXPECT_EQ(this->outcome(1, 2, 1000), "unauthorized");
    EXPECT_EQ(this->outcome(1, 2, 5000), "unauthorized");
    EXPECT_EQ(this->list(1).size(), 1U);
    EXPECT_EQ(this->outcome(1, 2, 999), "rotated");
    // The used one has expired too: nobody can tell it from one that never was.
    EXPECT_EQ(this->outcome(1, 2, 1000), "unauthorized");
    EXPECT_EQ(this->outcome(2, 3, 1000), "rotated");
}

TYPED_TEST_P(DeviceDirectoryContract, GivesManyAtOnceOneSuccessor) {
    std::vector<runtime::Task<Result<ports::Rotation>>> tasks;
    for (int i = 0; i < 100; ++i) {
        tasks.push_back(this->devices().rotate(this->home(), this->request(1, 2, 100)));
    }
    int rotated = 0;
    int repeated = 0;
    for (const auto& answer : await_all(this->home(), std::move(tasks))) {
        ASSERT_TRUE(answer.ok());
        rotated += answer->kind == ports::Rotation::Kind::rotated ? 1 : 0;
        repeated += answer->kind == ports::Rotation::Kind::repeated ? 1 : 0;
    }
    EXPECT_EQ(rotated, 1);
    EXPECT_EQ(repeated, 99);
    EXPECT_EQ(this->outcome(2, 3, 101), "rotated");
}

TYPED_TEST_P(DeviceDirectoryContract, RevokesADeviceForGood) {
    EXPECT_TRUE(this->revoke(1, 1, 50).ok());
    EXPECT_TRUE(this->list(1).empty());
    EXPECT_EQ(this->outcome(1, 2, 51), "unauthorized");
    EXPECT_EQ(this->revoke(1, 1, 52).error().code, ErrorCode::not_found);
    EXPECT_EQ(this->log_in(1, 1, 5, 60).error().code, ErrorCode::conflict);
    EXPECT_EQ(this->outcome(5, 6, 61), "unauthorized");
}

TYPED_TEST_P(DeviceDirectoryContract, RevokesOnlyTheUsersOwn) {
    EXPECT_EQ(this->revoke(1, 2, 50).error().code, ErrorCode::not_found);
    EXPECT_EQ(this->revoke(9, 1, 50).error().code, ErrorCode::not_found);
    EXPECT_EQ(this->outcome(1, 2, 51), "rotated");
}

TYPED_TEST_P(DeviceDirectoryContract, BeginsANewFamilyOnAKnownDevice) {
    EXPECT_EQ(this->outcome(1, 2, 10), "rotated");
    EXPECT_TRUE(this->log_in(1, 1, 5, 20).ok());
    const auto listed = this->list(1);
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed[0].created_at, this->at(0));
    EXPECT_EQ(listed[0].last_used_at, this->at(20));
    EXPECT_EQ(listed[0].name, "phone 20");
    EXPECT_EQ(this->outcome(2, 3, 21), "unauthorized");
    EXPECT_EQ(this->outcome(1, 2, 21), "unauthorized");
    EXPECT_EQ(this->outcome(5, 6, 21), "rotated");
}

TYPED_TEST_P(DeviceDirectoryContract, RefusesAnIdOfAnotherUser) {
    EXPECT_EQ(this->log_in(1, 2, 5, 20).error().code, ErrorCode::conflict);
    EXPECT_TRUE(this->list(2).empty());
    EXPECT_EQ(this->outcome(5, 6, 21), "unauthorized");
    EXPECT_EQ(this->outcome(1, 2, 21), "rotated");
}

TYPED_TEST_P(DeviceDirectoryContract, EndsTheLongestUnusedForOneTooMany) {
    EXPECT_TRUE(this->log_in(2, 1, 20, 10)->empty());
    EXPECT_TRUE(this->log_in(3, 1, 30, 20, 3)->empty());
    EXPECT_TRUE(this->log_in(7, 2, 70, 20, 3)->empty()) << "each user has a bound of their own";
    EXPECT_EQ(this->outcome(1, 2, 30), "rotated");  // device 1 is used; 2 is now the oldest
    EXPECT_EQ(*this->log_in(4, 1, 40, 40, 3), (std::vector{this->device_id(2)}));
    EXPECT_EQ(this->outcome(20, 21, 41), "unauthorized");
    EXPECT_EQ(this->revoked_since(0), (std::vector{this->device_id(2)}));
    EXPECT_EQ(this->log_in(2, 1, 50, 42, 3).error().code, ErrorCode::conflict);
    EXPECT_TRUE(this->log_in(3, 1, 60, 50, 3)->empty()) << "a device that is there takes no room";
    EXPECT_EQ(this->list(1).size(), 3U);
    // The bound was lowered: all that is too many goes, never the one that logs in.
    EXPECT_EQ(
        *this->log_in(1, 1, 80, 60, 1), (std::vector{this->device_id(3), this->device_id(4)})
    );
    EXPECT_EQ(this->list(1).size(), 1U);
    EXPECT_EQ(this->list(2).size(), 1U);
    EXPECT_EQ(this->outcome(80, 81, 61), "rotated");
}

TYPED_TEST_P(DeviceDirectoryContract, ListsNewestFirst) {
    EXPECT_TRUE(this->log_in(3, 1, 3, 30).ok());
    EXPECT_TRUE(this->log_in(2, 1, 2, 20).ok());
    EXPECT_TRUE(this->log_in(5, 1, 5, 20).ok());
    EXPECT_TRUE(this->log_in(4, 2, 4, 40).ok());
    std::vector<DeviceId> ids;
    for (const auto& device : this->list(1)) {
        ids.push_back(device.id);
    }
    EXPECT_EQ(
        ids,
        (std::vector{this->device_id(3), this->device_id(2), this->device_id(5), this->device_id(1)}
        )
    );
    EXPECT_EQ(this->list(1).at(0), this->device(3, 1, 30));
    EXPECT_TRUE(this->list(9).empty());
}

TYPED_TEST_P(DeviceDirectoryContract, TellsWhatWasRevokedSince) {
    EXPECT_TRUE(this->log_in(2, 1, 2, 0).ok());
    EXPECT_TRUE(this->revoke(1, 1, 50).ok());
    EXPECT_TRUE(this->revoke(2, 1, 60).ok());
    EXPECT_EQ(this->revoked_since(49), (std::vector{this->device_id(1), this->device_id(2)}));
    EXPECT_EQ(this->revoked_since(50), (std::vector{this->device_id(2)}));
    EXPECT_TRUE(this->revoked_since(60).empty());
}

TYPED_TEST_P(DeviceDirectoryContract, KeepsWhatItAnsweredOverARestart) {
    EXPECT_TRUE(this->log_in(2, 1, 20, 0).ok());
    EXPECT_TRUE(this->revoke(2, 1, 50).ok());
    EXPECT_EQ(this->outcome(1, 2, 100), "rotated");
    const auto listed = this->list(1);
    this->directories_.restart();
    EXPECT_EQ(this->list(1), listed);
    EXPECT_EQ(this->revoked_since(0), (std::vector{this->device_id(2)}));
    EXPECT_EQ(this->outcome(1, 2, 105), "repeated");
    EXPECT_EQ(this->outcome(2, 3, 106), "rotated");
    this->directories_.restart();
    EXPECT_EQ(this->outcome(1, 2, 107), "reused");
    this->directories_.restart();
    EXPECT_EQ(this->outcome(3, 4, 108), "unauthorized");
    EXPECT_EQ(this->revoked_since(0).size(), 2U);
}

REGISTER_TYPED_TEST_SUITE_P(
    DeviceDirectoryContract,
    RotatesTheLiveToken,
    RepeatsTheSuccessorWithinTheGrace,
    EndsTheDeviceWhenATokenComesBackAfterTheGrace,
    RepeatsTheSuccessorOfAnEarlierLifeUntilItIsUsed,
    TheGraceOfThisLifeEndsWhateverTheRestartBefore,
    EndsTheDeviceWhenTheSuccessorWasUsed,
    EndsTheDeviceForAnyEarlierToken,
    DoesNotRepeatAnotherSuccessor,
    RefusesUnknownAndExpiredTokens,
    GivesManyAtOnceOneSuccessor,
    RevokesADeviceForGood,
    RevokesOnlyTheUsersOwn,
    BeginsANewFamilyOnAKnownDevice,
    RefusesAnIdOfAnotherUser,
    EndsTheLongestUnusedForOneTooMany,
    ListsNewestFirst,
    TellsWhatWasRevokedSince,
    KeepsWhatItAnsweredOverARestart
);

}  // namespace parley::contract
