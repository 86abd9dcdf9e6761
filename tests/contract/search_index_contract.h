#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/search_text.h"
#include "ports/search_index.h"
#include "tests/contract/await.h"
#include "tests/fakes/manual_loop.h"

/// What src/ports/search_index.h promises. `Adapter` has index(), home(), and restart(): a crash, after which
/// at least what was flushed is there.

namespace parley::contract {

template <class Adapter>
class SearchIndexContract : public ::testing::Test {
protected:
    static constexpr UserId kAda{{.high = 1, .low = 1}};
    static constexpr UserId kBob{{.high = 1, .low = 2}};

    static ConversationNumber number(std::uint64_t n) { return {n << 20U}; }
    static Timestamp at(std::int64_t n) { return Timestamp::from_millis(1'800'000'000'000 + n); }

    static ports::SearchDocument document(
        std::uint64_t seq, std::string_view content, UserId sender = kAda
    ) {
        return {
            .seq = {seq},
            .time = at(static_cast<std::int64_t>(seq)),
            .sender = sender,
            .hidden = false,
            .words = core::search_words(content)
        };
    }
    /// New messages at the end.
    void put(std::uint64_t conversation, std::vector<ports::SearchDocument> documents) {
        const Seq first = documents.front().seq;
        const Seq last = documents.back().seq;
        write({number(conversation), first, last, std::move(documents)});
    }
    void erase(std::uint64_t conversation, std::uint64_t first, std::uint64_t last) {
        write({number(conversation), {first}, {last}, {}});
    }
    void write(ports::SearchReplace replace) {
        ports::SearchBatch batch;
        batch.replaces.push_back(std::move(replace));
        write(std::move(batch));
    }
    void write(ports::SearchBatch batch) {
        batch.progress = progress_;
        const auto written = wait(adapter_.index().write(adapter_.home(), std::move(batch)));
        ASSERT_TRUE(written.ok()) << written.error().detail;
    }

    static ports::SearchScope all_of(std::uint64_t conversation) {
        return {
            .conversation = number(conversation),
            .ranges = {{.first = {1}, .last = {~std::uint64_t{0}}}},
            .newest = at(1'000'000'000)
        };
    }
    ports::SearchRequest asked(
        std::string_view text, const std::vector<std::uint64_t>& conversations
    ) {
        auto query = core::parse_search_query(text);
        EXPECT_TRUE(query.ok()) << text;
        ports::SearchRequest request{.query = *query, .scopes = {}, .viewer = kAda};
        for (const std::uint64_t conversation : conversations) {
            request.scopes.push_back(all_of(conversation));
        }
        return request;
    }
    std::vector<ports::SearchHit> find(ports::SearchRequest request) {
        auto hits = wait(adapter_.index().find(adapter_.home(), std::move(request)));
        EXPECT_TRUE(hits.ok()) << (hits.ok() ? "" : hits.error().detail);
        return hits.ok() ? *hits : std::vector<ports::SearchHit>{};
    }
    /// The places in one conversation.
    std::vector<std::uint64_t> seqs(std::string_view text, std::uint64_t conversation = 1) {
        return seqs_of(find(asked(text, {conversation})));
    }
    static std::vector<std::uint64_t> seqs_of(const std::vector<ports::SearchHit>& hits) {
        std::vector<std::uint64_t> seqs;
        for (const ports::SearchHit& hit : hits) {
            seqs.push_back(hit.seq.value);
        }
        return seqs;
    }
    template <class T>
    T wait(runtime::Task<T> task) {
        return await(adapter_.home(), std::move(task));
    }

    using Seqs = std::vector<std::uint64_t>;

    Adapter adapter_;
    ports::SearchProgress progress_;
};

TYPED_TEST_SUITE_P(SearchIndexContract);

TYPED_TEST_P(SearchIndexContract, NewIsEmpty) {
    const auto known = this->adapter_.index().progress();
    ASSERT_TRUE(known.ok());
    EXPECT_EQ(*known, ports::SearchProgress{});
    EXPECT_TRUE(this->seqs("anything").empty());
    EXPECT_EQ(
        this->wait(this->adapter_.index().newest(this->adapter_.home(), this->number(1)))->value, 0U
    );
}

TYPED_TEST_P(SearchIndexContract, WordsPrefixesPhrases) {
    using Seqs = std::vector<std::uint64_t>;
    this->put(
        1,
        {this->document(1, "Hello, World!"),
         this->document(2, "the world says hello"),
         this->document(4, "words, words"),
         this->document(5, "Crème brûlée in 東京都")}
    );
    EXPECT_EQ(this->seqs("hello"), (Seqs{2, 1}));
    EXPECT_EQ(this->seqs("hello world"), (Seqs{2, 1}));
    EXPECT_EQ(this->seqs("\"hello world\""), (Seqs{1}));
    EXPECT_EQ(this->seqs("wor"), (Seqs{4, 2, 1}));
    EXPECT_EQ(this->seqs("wor* says"), (Seqs{2}));
    EXPECT_EQ(this->seqs("wor says"), (Seqs{}));
    EXPECT_EQ(this->seqs("creme"), (Seqs{5}));
    EXPECT_EQ(this->seqs("BRÛL"), (Seqs{5}));
    EXPECT_EQ(this->seqs("京都"), (Seqs{5}));
    EXPECT_EQ(this->seqs("都"), (Seqs{5}));
    EXPECT_EQ(this->seqs("京東"), (Seqs{}));
    EXPECT_EQ(this->seqs("NEAR OR NOT"), (Seqs{}));
    EXPECT_EQ(
        this->wait(this->adapter_.index().newest(this->adapter_.home(), this->number(1)))->value, 5U
    );
}

TYPED_TEST_P(SearchIndexContract, OnlyWhereItIsToLook) {
    using Seqs = std::vector<std::uint64_t>;
    for (const std::uint64_t conversation : {1U, 2U, 37U, 3U}) {
        this->put(
            conversation,
            {this->document(conversation, "hello"), this->document(conversation + 100, "hello")}
        );
    }
    EXPECT_EQ(this->seqs("hello", 2), (Seqs{102, 2}));
    EXPECT_EQ(this->seqs_of(this->find(this->asked("hello", {1, 37}))), (Seqs{137, 101, 37, 1}));
    EXPECT_TRUE(this->find(this->asked("hello", {})).empty());
    EXPECT_TRUE(this->find(this->asked("hello", {99})).empty());
    auto some = this->asked("hello", {1, 2});
    some.scopes[0].ranges = {{.first = {2}, .last = {100}}, {.first = {101}, .last = {101}}};
    some.scopes[1].ranges = {{.first = {1}, .last = {50}}};
    EXPECT_EQ(this->seqs_of(this->find(some)), (Seqs{101, 2}));
}

TYPED_TEST_P(SearchIndexContract, BySenderAndTime) {
    using Seqs = std::vector<std::uint64_t>;
    std::vector<ports::SearchDocument> documents;
    for (std::uint64_t seq = 1; seq <= 20; ++seq) {
        documents.push_back(this->document(seq, "hello", seq % 2 == 0 ? this->kAda : this->kBob));
    }
    this->put(1, documents);
    auto request = this->asked("hello", {1});
    request.sender = this->kBob;
    request.limit = 3;
    EXPECT_EQ(this->seqs_of(this->find(request)), (Seqs{19, 17, 15}));
    request = this->asked("hello", {1});
    request.after = this->at(18);
    EXPECT_EQ(this->seqs_of(this->find(request)), (Seqs{20, 19, 18}));
    request.after = {};
    request.before = ports::SearchPlace{.time = this->at(4), .conversation = this->number(1)};
    EXPECT_EQ(this->seqs_of(this->find(request)), (Seqs{3, 2, 1}));
    request.before->conversation = this->number(2);
    EXPECT_EQ(this->seqs_of(this->find(request)), (Seqs{4, 3, 2, 1}));
    request.before->conversation = {};
    request.after = this->at(2);
    EXPECT_EQ(this->seqs_of(this->find(request)), (Seqs{3, 2}));
    request.after = this->at(9);
    EXPECT_TRUE(this->find(request).empty());
}

TYPED_TEST_P(SearchIndexContract, PagesHaveNoHoleAndNoRepeat) {
    for (const std::uint64_t conversation : {1U, 2U, 3U}) {
        std::vector<ports::SearchDocument> documents;
        for (std::uint64_t seq = 1; seq <= 30; ++seq) {
            documents.push_back(this->document(seq, seq % 3 == 0 ? "other" : "hello"));
        }
        this->put(conversation, documents);
    }
    auto request = this->asked("hello", {1, 2, 3});
    request.limit = 1'000;
    const auto all = this->find(request);
    ASSERT_EQ(all.size(), 60U);
    EXPECT_TRUE(std::ranges::is_sorted(all, std::ranges::greater{}, &ports::SearchHit::place));
    request.limit = 7;
    std::vector<ports::SearchHit> paged;
    for (;;) {
        const auto page = this->find(request);
        if (page.empty()) {
            break;
        }
        ASSERT_LE(page.size(), 7U);
        paged.insert(paged.end(), page.begin(), page.end());
        request.before = page.back().place;
    }
    EXPECT_EQ(paged, all);
}

TYPED_TEST_P(SearchIndexContract, ReplacingAndErasing) {
    using Seqs = std::vector<std::uint64_t>;
    this->put(
        1,
        {this->document(1, "one apple"), this->document(2, "two apples"), this->document(3, "three")
        }
    );
    this->put(2, {this->document(2, "one apple")});
    this->write({this->number(1), {2}, {2}, {this->document(2, "two pears")}});
    EXPECT_EQ(this->seqs("apple"), (Seqs{1}));
    EXPECT_EQ(this->seqs("pear"), (Seqs{2}));
    this->write({this->number(1), {2}, {2}, {this->document(2, "two pears")}});  // again
    EXPECT_EQ(this->seqs("two"), (Seqs{2}));
    this->erase(1, 1, 1);
    EXPECT_TRUE(this->seqs("apple").empty());
    EXPECT_EQ(this->seqs("apple", 2), (Seqs{2}));
    this->erase(1, 1, ~std::uint64_t{0});
    EXPECT_TRUE(this->seqs("pear").empty());
    EXPECT_TRUE(this->seqs("three").empty());
    this->erase(7, 1, 5);  // nothing there
}

TYPED_TEST_P(SearchIndexContract, ManyAreErasedAtOnce) {
    std::vector<ports::SearchDocument> documents;
    for (std::uint64_t seq = 1; seq <= 1'700; ++seq) {
        documents.push_back(this->document(seq, "word" + std::to_string(seq)));
    }
    this->put(1, documents);
    this->erase(1, 1, 1'600);
    auto request = this->asked("word", {1});
    request.limit = 10'000;
    EXPECT_EQ(this->find(request).size(), 100U);
}

TYPED_TEST_P(SearchIndexContract, HiddenIsFoundByItsSender) {
    using Seqs = std::vector<std::uint64_t>;
    auto hidden = this->document(2, "hello", this->kBob);
    hidden.hidden = true;
    this->put(1, {this->document(1, "hello", this->kBob), hidden});
    auto request = this->asked("hello", {1});
    EXPECT_EQ(this->seqs_of(this->find(request)), (Seqs{1}));
    request.viewer = this->kBob;
    EXPECT_EQ(this->seqs_of(this->find(request)), (Seqs{2, 1}));
}

TYPED_TEST_P(SearchIndexContract, ForgottenSenders) {
    using Seqs = std::vector<std::uint64_t>;
    this->put(1, {this->document(1, "hello", this->kBob), this->document(2, "hello", this->kAda)});
    this->put(2, {this->document(3, "hello", this->kBob)});
    ports::SearchBatch batch;
    batch.forgets.push_back({.conversation = this->number(1), .user = this->kBob});
    this->write(std::move(batch));
    auto request = this->asked("hello", {1, 2});
    EXPECT_EQ(this->seqs_of(this->find(request)), (Seqs{3, 2, 1}));
    request.sender = this->kBob;
    EXPECT_EQ(this->seqs_of(this->find(request)), (Seqs{3}));
}

TYPED_TEST_P(SearchIndexContract, FlushedIsThereAfterACrash) {
    using Seqs = std::vector<std::uint64_t>;
    this->progress_ = {
        .position = {.epoch = 1, .offset = 7}, .complete = true, .swept = this->number(3)
    };
    this->put(1, {this->document(1, "hello")});
    const auto flushed = this->wait(this->adapter_.index().flush(this->adapter_.home()));
    ASSERT_TRUE(flushed.ok());
    EXPECT_EQ(*flushed, (LogPosition{.epoch = 1, .offset = 7}));
    const ports::SearchProgress at_flush = this->progress_;
    this->progress_.position.offset = 9;
    this->put(1, {this->document(2, "hello")});
    this->adapter_.restart();
    const auto known = this->adapter_.index().progress();
    ASSERT_TRUE(known.ok());
    // What was written later is there as a whole, or not at all.
    const bool later = known->position.offset == 9;
    EXPECT_EQ(*known, later ? this->progress_ : at_flush);
    EXPECT_EQ(this->seqs("hello"), later ? (Seqs{2, 1}) : (Seqs{1}));
}

TYPED_TEST_P(SearchIndexContract, ResetIsNew) {
    this->progress_.position = {.epoch = 1, .offset = 7};
    this->put(1, {this->document(1, "hello")});
    EXPECT_FALSE(this->seqs("hello").empty());
    ASSERT_TRUE(this->wait(this->adapter_.index().reset(this->adapter_.home())).ok());
    EXPECT_EQ(*this->adapter_.index().progress(), ports::SearchProgress{});
    EXPECT_TRUE(this->seqs("hello").empty());
    this->put(1, {this->document(2, "hello")});
    EXPECT_EQ(this->seqs("hello"), (std::vector<std::uint64_t>{2}));
}

REGISTER_TYPED_TEST_SUITE_P(
    SearchIndexContract,
    NewIsEmpty,
    WordsPrefixesPhrases,
    OnlyWhereItIsToLook,
    BySenderAndTime,
    PagesHaveNoHoleAndNoRepeat,
    ReplacingAndErasing,
    ManyAreErasedAtOnce,
    HiddenIsFoundByItsSender,
    ForgottenSenders,
    FlushedIsThereAfterACrash,
    ResetIsNew
);

}  // namespace parley::contract
