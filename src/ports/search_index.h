#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "core/search_query.h"
#include "runtime/loop.h"
#include "runtime/task.h"

namespace parley::ports {

/// A message as it is searched.
struct SearchDocument {
    Seq seq;
    Timestamp time;       ///< grows with `seq`
    UserId sender;        ///< nil: an account that is gone
    bool hidden = false;  ///< found by its sender alone
    std::string words;    ///< core::search_words of its content

    friend bool operator==(const SearchDocument&, const SearchDocument&) = default;
};

/// From now on the index has of the places first … last of a conversation exactly `documents`: the one
/// change there is. New messages, edits and deletions are all said so, and saying it again changes nothing.
struct SearchReplace {
    ConversationNumber conversation;
    Seq first;
    Seq last;
    std::vector<SearchDocument> documents;  ///< ascending, all within first … last
};

/// An account is gone: its documents in the conversation have no sender any more.
struct SearchForget {
    ConversationNumber conversation;
    UserId user;
};

/// How far an index is.
struct SearchProgress {
    /// It has all that records up to here have made, once it is complete.
    LogPosition position;
    /// All conversations there are have been looked at since the index was new; if not, those up to `swept`.
    bool complete = false;
    ConversationNumber swept;

    friend bool operator==(const SearchProgress&, const SearchProgress&) = default;
};

/// One atomic step: the replacements in their order, then the rest.
struct SearchBatch {
    std::vector<SearchReplace> replaces;
    std::vector<SearchForget> forgets;
    SearchProgress progress;
};

/// Where in a conversation to look.
struct SearchScope {
    struct Range {
        Seq first;
        Seq last;
    };
    ConversationNumber conversation;
    std::vector<Range> ranges;  ///< inclusive, ascending and apart
    Timestamp newest;           ///< nothing in it is newer
};

/// A place in the order of answers: newest first, and of the same time by conversation. No two documents
/// have the same.
struct SearchPlace {
    Timestamp time;
    ConversationNumber conversation;

    friend auto operator<=>(const SearchPlace&, const SearchPlace&) = default;
};

struct SearchHit {
    SearchPlace place;
    Seq seq;

    friend bool operator==(const SearchHit&, const SearchHit&) = default;
};

struct SearchRequest {
    core::SearchQuery query;
    std::vector<SearchScope> scopes;    ///< by `newest`, the newest first; no conversation twice
    UserId viewer;                      ///< finds what is hidden and their own
    std::optional<UserId> sender;       ///< of this sender only; not nil
    Timestamp after{};                  ///< at or after this
    std::optional<SearchPlace> before;  ///< below this; nothing: from the newest
    std::size_t limit = 50;
};

/// Which messages have which words. A projection of the message store: it may lag behind, may be thrown
/// away, and is made again from the store. It authorises nothing; who asks has said where to look. Coroutines
/// resume on `home`. Errors of every call: `unavailable` (full disk, too much waiting: the same call may
/// succeed later), and `internal` (damaged: `reset` mends it); both with nothing changed.
class SearchIndex {
public:
    virtual ~SearchIndex() = default;

    /// At start; blocks. Of a new index: position {0,0}, not complete, swept 0.
    [[nodiscard]] virtual Result<SearchProgress> progress() = 0;

    /// Applies a batch as one; what is durable is always a prefix of the batches.
    [[nodiscard]] virtual runtime::Task<Result<void>> write(
        runtime::Loop& home, SearchBatch batch
    ) = 0;
    /// The newest place of the conversation that has a document; 0 when there is none.
    [[nodiscard]] virtual runtime::Task<Result<Seq>> newest(
        runtime::Loop& home, ConversationNumber number
    ) = 0;
    /// The newest documents that have what is searched for, newest first, at most `limit`. May leave out none.
    [[nodiscard]] virtual runtime::Task<Result<std::vector<SearchHit>>> find(
        runtime::Loop& home, SearchRequest request
    ) = 0;

    /// Makes everything written so far durable, and answers the position of it.
    [[nodiscard]] virtual runtime::Task<Result<LogPosition>> flush(runtime::Loop& home) = 0;
    /// What was replaced or erased can be on the disk for some time after it is no longer found. This does a
    /// little of the work of removing it for good, and answers whether there is more to do.
    [[nodiscard]] virtual runtime::Task<Result<bool>> scrub(runtime::Loop& home) = 0;
    /// Throws everything away: it is a new index, whatever was wrong with it.
    [[nodiscard]] virtual runtime::Task<Result<void>> reset(runtime::Loop& home) = 0;
};

}  // namespace parley::ports
