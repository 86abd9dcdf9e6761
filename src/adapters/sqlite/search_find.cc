#include "adapters/sqlite/search_find.h"

#include <algorithm>
#include <string>
#include <utility>

#include "adapters/sqlite/search_words.h"

namespace parley::sqlite {
namespace {

constexpr const char* kFindConversation = "SELECT id FROM conversations WHERE number = ?1";
constexpr const char* kFirstDocument =
    "SELECT id, time FROM documents WHERE id >= ?1 AND id <= ?2 ORDER BY id LIMIT 1";
constexpr const char* kLastDocument =
    "SELECT id, time FROM documents WHERE id >= ?1 AND id <= ?2 ORDER BY id DESC LIMIT 1";
/// FTS5 goes through its rows downwards by itself, and is left as soon as enough was found.
constexpr const char* kFind = R"(
SELECT p.rowid, d.time
FROM postings AS p CROSS JOIN documents AS d ON d.id = p.rowid
WHERE p.postings MATCH ?1 AND p.rowid >= ?2 AND p.rowid <= ?3
  AND (?4 IS NULL OR d.sender = ?4) AND (d.hidden = 0 OR d.sender = ?5)
ORDER BY p.rowid DESC)";

struct Row {
    std::int64_t id;
    Timestamp time;
};

Result<std::optional<Row>> one_row(Connection& connection, const char* sql, DocumentIds range) {
    TRY(Statement row, connection.query(sql, range.first, range.last));
    TRY(const bool found, row.step());
    if (!found) {
        return std::optional<Row>{};
    }
    return std::optional(Row{.id = row.integer(0), .time = row.time(1)});
}

/// The part of the range whose documents are not older than `time`: ids and times grow together, so it is
/// found by halving.
Result<std::int64_t> first_from(Connection& connection, DocumentIds range, Timestamp time) {
    std::int64_t low = range.first;
    std::int64_t high = range.last + 1;
    while (low < high) {
        const std::int64_t middle = low + ((high - low) / 2);
        TRY(const auto row, one_row(connection, kFirstDocument, {middle, high - 1}));
        if (!row || row->time >= time) {
            high = middle;
        } else {
            low = row->id + 1;
        }
    }
    return low;
}

/// The best hits so far, the worst of them in front.
class Best {
public:
    explicit Best(std::size_t limit) : limit_(limit) {}

    /// Whether a hit at `place` would still be among them.
    [[nodiscard]] bool takes(const ports::SearchPlace& place) const noexcept {
        return hits_.size() < limit_ || (limit_ > 0 && place > hits_.front().place);
    }
    [[nodiscard]] bool takes_any_until(Timestamp newest) const noexcept {
        return hits_.size() < limit_ || (limit_ > 0 && newest >= hits_.front().place.time);
    }
    void add(const ports::SearchHit& hit) {
        if (hits_.size() == limit_) {
            std::ranges::pop_heap(hits_, std::ranges::greater{}, &ports::SearchHit::place);
            hits_.pop_back();
        }
        hits_.push_back(hit);
        std::ranges::push_heap(hits_, std::ranges::greater{}, &ports::SearchHit::place);
    }
    std::vector<ports::SearchHit> take() {
        std::ranges::sort(hits_, std::ranges::greater{}, &ports::SearchHit::place);
        return std::move(hits_);
    }

private:
    const std::size_t limit_;
    std::vector<ports::SearchHit> hits_;
};

/// The range without what is too new or too old for the request.
Result<DocumentIds> narrowed(
    Connection& connection,
    const ports::SearchRequest& request,
    ConversationNumber conversation,
    DocumentIds range
) {
    if (!request.before && request.after.ticks <= 0) {
        return range;
    }
    TRY(const auto last, one_row(connection, kLastDocument, range));
    if (!last) {
        return DocumentIds{.first = 1, .last = 0};
    }
    range.last = last->id;
    if (request.before) {
        // Of the same time, a conversation of a lower number is below.
        const bool same_too = conversation < request.before->conversation;
        const Timestamp end{request.before->time.ticks + (same_too ? 1 : 0)};
        TRY(const std::int64_t beyond, first_from(connection, range, end));
        range.last = beyond - 1;
    }
    if (request.after.ticks > 0) {
        TRY(range.first, first_from(connection, range, request.after));
    }
    return range;
}

Result<void> find_in_range(
    Connection& connection,
    const ports::SearchRequest& request,
    const ports::SearchScope& scope,
    const std::string& expression,
    std::pair<DocumentIds, Best*> where
) {
    const auto [range, best] = where;
    TRY(Statement row,
        connection.query(kFind, expression, range.first, range.last, request.sender, request.viewer)
    );
    TRY(bool more, row.step());
    while (more) {
        const ports::SearchHit hit{
            .place = {.time = row.time(1), .conversation = scope.conversation},
            .seq = seq_of(row.integer(0))
        };
        if (!best->takes(hit.place)) {
            break;  // What follows is older.
        }
        best->add(hit);
        TRY(more, row.step());
    }
    return {};
}

Result<void> find_in_scope(
    Connection& connection,
    const ports::SearchRequest& request,
    const ports::SearchScope& scope,
    Best& best
) {
    TRY(const auto id, conversation_id(connection, scope.conversation));
    if (!id) {
        return {};
    }
    const std::string expression = match_expression(request.query, word_prefix(*id));
    for (auto at = scope.ranges.rbegin(); at != scope.ranges.rend(); ++at) {
        if (at->first.value > kSeqMax || at->first > at->last) {
            continue;
        }
        const DocumentIds whole = document_ids(*id, at->first, at->last);
        TRY(const DocumentIds range, narrowed(connection, request, scope.conversation, whole));
        if (range.first > range.last) {
            continue;
        }
        if (auto found = find_in_range(connection, request, scope, expression, {range, &best});
            !found.ok()) {
            return found;
        }
    }
    return {};
}

}  // namespace

Result<std::optional<std::int64_t>> conversation_id(
    Connection& connection, ConversationNumber number
) {
    TRY(Statement row, connection.query(kFindConversation, number));
    TRY(const bool found, row.step());
    return found ? std::optional(row.integer(0)) : std::nullopt;
}

Result<Seq> newest_document(Connection& connection, ConversationNumber number) {
    TRY(const auto id, conversation_id(connection, number));
    if (!id) {
        return Seq{};
    }
    TRY(const auto last, one_row(connection, kLastDocument, document_ids(*id, {}, {kSeqMax})));
    return last ? seq_of(last->id) : Seq{};
}

Result<std::vector<ports::SearchHit>> find_documents(
    Connection& connection, const ports::SearchRequest& request
) {
    // One state of the file for all of it.
    if (auto begun = connection.execute("BEGIN"); !begun.ok()) {
        return std::move(begun).error();
    }
    Best best(request.limit);
    Result<void> found;
    for (const ports::SearchScope& scope : request.scopes) {
        if (!best.takes_any_until(scope.newest)) {
            break;  // Scopes come newest first.
        }
        found = find_in_scope(connection, request, scope, best);
        if (!found.ok()) {
            break;
        }
    }
    if (auto ended = connection.execute("COMMIT"); found.ok() && !ended.ok()) {
        found = std::move(ended);
    }
    if (!found.ok()) {
        return std::move(found).error();
    }
    return best.take();
}

}  // namespace parley::sqlite
