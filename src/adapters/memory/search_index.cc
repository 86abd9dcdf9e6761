#include "adapters/memory/search_index.h"

#include <algorithm>
#include <utility>

namespace parley::memory {
namespace {

bool wanted(
    const ports::SearchRequest& request,
    const ports::SearchScope& scope,
    const ports::SearchDocument& document
) {
    const ports::SearchPlace place{.time = document.time, .conversation = scope.conversation};
    const auto covers = [&document](const ports::SearchScope::Range& range) {
        return document.seq >= range.first && document.seq <= range.last;
    };
    return std::ranges::any_of(scope.ranges, covers) && document.time >= request.after &&
           (!request.before || place < *request.before) &&
           (!request.sender || document.sender == *request.sender) &&
           (!document.hidden || document.sender == request.viewer) &&
           core::has_matches(request.query, document.words);
}

void apply(const ports::SearchReplace& replace, SearchIndex::State& state) {
    auto& documents = state.documents[replace.conversation];
    documents.erase(documents.lower_bound(replace.first), documents.upper_bound(replace.last));
    for (const ports::SearchDocument& document : replace.documents) {
        PARLEY_ASSERT(document.seq >= replace.first && document.seq <= replace.last);
        documents.insert_or_assign(document.seq, document);
    }
}

}  // namespace

Result<ports::SearchProgress> SearchIndex::progress() {
    const std::lock_guard lock(mutex_);
    return now_.progress;
}

runtime::Task<Result<void>> SearchIndex::write(runtime::Loop& /*home*/, ports::SearchBatch batch) {
    const std::lock_guard lock(mutex_);
    if (refusals_ > 0) {
        --refusals_;
        co_return refusal_;
    }
    for (const ports::SearchReplace& replace : batch.replaces) {
        apply(replace, now_);
    }
    for (const ports::SearchForget& forget : batch.forgets) {
        for (auto& [seq, document] : now_.documents[forget.conversation]) {
            if (document.sender == forget.user) {
                document.sender = {};
            }
        }
    }
    now_.progress = batch.progress;
    co_return Result<void>{};
}

runtime::Task<Result<Seq>> SearchIndex::newest(runtime::Loop& /*home*/, ConversationNumber number) {
    const std::lock_guard lock(mutex_);
    const auto found = now_.documents.find(number);
    if (found == now_.documents.end() || found->second.empty()) {
        co_return Seq{};
    }
    co_return found->second.rbegin()->first;
}

std::vector<ports::SearchHit> SearchIndex::look(const ports::SearchRequest& request) const {
    std::vector<ports::SearchHit> hits;
    for (const ports::SearchScope& scope : request.scopes) {
        const auto found = now_.documents.find(scope.conversation);
        if (found == now_.documents.end()) {
            continue;
        }
        for (const auto& [seq, document] : found->second) {
            if (wanted(request, scope, document)) {
                hits.push_back(
                    {.place = {.time = document.time, .conversation = scope.conversation},
                     .seq = seq}
                );
            }
        }
    }
    return hits;
}

runtime::Task<Result<std::vector<ports::SearchHit>>> SearchIndex::find(
    runtime::Loop& /*home*/, ports::SearchRequest request
) {
    const std::lock_guard lock(mutex_);
    std::vector<ports::SearchHit> hits = look(request);
    std::ranges::sort(hits, std::ranges::greater{}, &ports::SearchHit::place);
    hits.resize(std::min(hits.size(), request.limit));
    co_return hits;
}

runtime::Task<Result<LogPosition>> SearchIndex::flush(runtime::Loop& /*home*/) {
    const std::lock_guard lock(mutex_);
    flushed_ = now_;
    co_return now_.progress.position;
}

runtime::Task<Result<bool>> SearchIndex::scrub(runtime::Loop& /*home*/) {
    co_return false;
}

runtime::Task<Result<void>> SearchIndex::reset(runtime::Loop& /*home*/) {
    const std::lock_guard lock(mutex_);
    now_ = {};
    flushed_ = {};
    co_return Result<void>{};
}

SearchIndex::State SearchIndex::durable() const {
    const std::lock_guard lock(mutex_);
    return flushed_;
}

SearchIndex::State SearchIndex::state() const {
    const std::lock_guard lock(mutex_);
    return now_;
}

void SearchIndex::refuse_next(std::size_t calls, Error error) {
    const std::lock_guard lock(mutex_);
    refusals_ = calls;
    refusal_ = std::move(error);
}

}  // namespace parley::memory
