#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "adapters/sqlite/connection.h"
#include "ports/search_index.h"

/// Reading the search index: how documents are numbered, and how the newest that match are found.

namespace parley::sqlite {

/// Places beyond are not indexed: a document's id has so many bits for them.
inline constexpr std::uint64_t kSeqMax = (1ULL << 32U) - 1;

[[nodiscard]] constexpr std::int64_t document_id(std::int64_t conversation, Seq seq) noexcept {
    return (conversation << 32U) | static_cast<std::int64_t>(seq.value);
}
[[nodiscard]] constexpr Seq seq_of(std::int64_t document) noexcept {
    return {static_cast<std::uint64_t>(document) & kSeqMax};
}

struct DocumentIds {
    std::int64_t first;
    std::int64_t last;
};
[[nodiscard]] constexpr DocumentIds document_ids(
    std::int64_t conversation, Seq first, Seq last
) noexcept {
    const Seq top{last.value < kSeqMax ? last.value : kSeqMax};
    return {.first = document_id(conversation, first), .last = document_id(conversation, top)};
}

/// The small number of a conversation that has documents, or had.
[[nodiscard]] Result<std::optional<std::int64_t>> conversation_id(
    Connection& connection, ConversationNumber number
);

/// See ports::SearchIndex.
[[nodiscard]] Result<Seq> newest_document(Connection& connection, ConversationNumber number);
[[nodiscard]] Result<std::vector<ports::SearchHit>> find_documents(
    Connection& connection, const ports::SearchRequest& request
);

}  // namespace parley::sqlite
