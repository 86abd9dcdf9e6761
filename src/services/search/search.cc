#include "services/search/search.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/log.h"
#include "services/search/keeper.h"
#include "services/search/lane.h"
#include "services/search/shared.h"

namespace parley::search {
namespace {

/// Conversations that the index looks into in one go: between, others have their turn.
constexpr std::size_t kScopesAtOnce = 256;
/// A page whose candidates turn out to be void, or another by now, is filled up so often; then it is short.
constexpr int kRoundsMax = 8;
/// Tells the bucket of a user's searches from other buckets of the user.
constexpr std::uint64_t kSearchBucket = 0x736561726368;

Error mending() {
    return {ErrorCode::unavailable, "the search index is being made anew; try again later"};
}

}  // namespace

/// One search on its way.
struct Search::Looking {
    runtime::Loop* home;
    Request request;
    ports::SearchRequest wanted;
    std::vector<ports::SearchScope> scopes;
    Duration deadline;
};

Search::Search(Options options, Dependencies dependencies) {
    shared_ = std::make_unique<Shared>(options, std::move(dependencies));
    for (runtime::Loop* loop : shared_->parts.loops) {
        lanes_.push_back(std::make_unique<Lane>(*shared_, *loop));
    }
    auto found = shared_->parts.index.progress();
    keeper_ =
        std::make_unique<Keeper>(*shared_, lanes_, found.ok() ? *found : ports::SearchProgress{});
    if (!found.ok()) {
        log::error("search index not readable", {{"detail", found.error().detail}});
        keeper_->start_over("its position is not readable");
    }
    for (const auto& lane : lanes_) {
        lane->attach(*keeper_);
    }
    shared_->parts.messaging.listen(*this);
}

Search::~Search() = default;

void Search::start() {
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        Lane* lane = lanes_[i].get();
        shared_->parts.loops[i]->post([lane] { lane->start(); });
    }
    keeper_->start();
}

void Search::stop(Job done) {
    keeper_->stop(std::move(done));
}

// --- what Messaging tells -----------------------------------------------------------------------

std::optional<LogPosition> Search::replay_from() {
    return keeper_->replay_from();
}

void Search::on_record(runtime::LoopId lane, const core::Record& record) {
    Lane* at = lanes_[lane.value].get();
    const ConversationNumber number = record.conversation;
    shared_->parts.loops[lane.value]->post([at, number, command = record.command] {
        if (const auto* expire = std::get_if<core::Expire>(&command)) {
            at->expired(number, expire->through);
        } else if (const auto* forget = std::get_if<core::ForgetUser>(&command)) {
            at->forgotten(number, forget->user);
        } else if (const auto* edit = std::get_if<core::EditMessage>(&command)) {
            at->changed(number, edit->target.seq);
        } else if (const auto* deletion = std::get_if<core::DeleteMessage>(&command)) {
            at->changed(number, deletion->target.seq);
        } else if (std::holds_alternative<core::SendMessage>(command)) {
            at->grown(number);
        }
    });
}

void Search::on_gap() {
    keeper_->start_over("the log does not reach back to where it ends");
}

void Search::on_change(runtime::LoopId lane, ConversationNumber number, Seq seq) {
    lanes_[lane.value]->changed(number, seq);
}

void Search::on_expired(runtime::LoopId lane, ConversationNumber number, Seq through) {
    lanes_[lane.value]->expired(number, through);
}

void Search::on_forgotten(runtime::LoopId lane, ConversationNumber number, UserId user) {
    lanes_[lane.value]->forgotten(number, user);
}

LogPosition Search::passed() const noexcept {
    return keeper_->passed();
}

// --- asking -------------------------------------------------------------------------------------

runtime::Task<Result<Page>> Search::find(runtime::Loop& home, Request request) {
    const Duration begun = home.clock().steady();
    CO_TRY(auto query, core::parse_search_query(request.q));
    const Hash128 key{.high = request.user.uuid.high ^ kSearchBucket, .low = request.user.uuid.low};
    if (shared_->parts.limiter.take(key, shared_->options.searches, begun).count() != 0) {
        co_return Error{ErrorCode::rate_limited, "too many searches; try again in a second"};
    }
    if (shared_->mending.load()) {
        co_return mending();
    }
    if (query.phrases.empty()) {
        co_return Page{.items = {}, .next = {}, .complete = shared_->complete.load()};
    }
    shared_->metrics.searches.add(home.id().value);
    Looking looking{
        .home = &home,
        .request = std::move(request),
        .wanted = {},
        .scopes = {},
        .deadline = begun + shared_->options.deadline
    };
    looking.request.limit = std::clamp<std::size_t>(looking.request.limit, 1, kLimitMax);
    looking.wanted.query = std::move(query);
    looking.wanted.viewer = looking.request.user;
    looking.wanted.sender = looking.request.sender;
    looking.wanted.after = looking.request.after;
    looking.wanted.before = looking.request.before;
    auto scopes = co_await scopes_of(&home, &looking.request);
    CO_TRY(looking.scopes, std::move(scopes));
    auto page = co_await look(&looking);
    shared_->metrics.find_latency.observe(home.id().value, home.clock().steady() - begun);
    co_return page;
}

/// Where the user may look, as the conversations' owners say.
runtime::Task<Result<std::vector<ports::SearchScope>>> Search::scopes_of(
    runtime::Loop* home, const Request* request
) {
    std::vector<ConversationNumber> numbers;
    if (request->conversation) {
        numbers.push_back(*request->conversation);
    } else {
        auto listed = co_await shared_->parts.directory.of_user(*home, request->user);
        CO_TRY(numbers, std::move(listed));
    }
    auto asked =
        co_await shared_->parts.messaging.readable(*home, request->user, std::move(numbers));
    CO_TRY(const auto views, std::move(asked));
    if (request->conversation && views.empty()) {
        co_return Error{ErrorCode::not_found, "no such conversation"};
    }
    std::vector<ports::SearchScope> scopes;
    for (const messaging::ReadableView& view : views) {
        ports::SearchScope scope{.conversation = view.number, .ranges = {}, .newest = view.newest};
        for (const auto& range : view.ranges) {
            scope.ranges.push_back({.first = range.first, .last = range.last});
        }
        scopes.push_back(std::move(scope));
    }
    std::ranges::sort(scopes, std::ranges::greater{}, &ports::SearchScope::newest);
    co_return scopes;
}

/// The next places that the index proposes, newest first.
runtime::Task<Result<std::vector<ports::SearchHit>>> Search::candidates(
    Looking* looking, std::size_t limit
) {
    std::vector<ports::SearchHit> best;
    const auto& scopes = looking->scopes;
    for (std::size_t i = 0; i < scopes.size(); i += kScopesAtOnce) {
        if (best.size() == limit && scopes[i].newest < best.back().place.time) {
            break;  // All that follow are older.
        }
        if (looking->home->clock().steady() > looking->deadline) {
            co_return Error{
                ErrorCode::unavailable, "the search takes too long: name a conversation"
            };
        }
        ports::SearchRequest some = looking->wanted;
        some.limit = limit;
        const std::size_t end = std::min(scopes.size(), i + kScopesAtOnce);
        for (std::size_t at = i; at < end; ++at) {
            some.scopes.push_back(scopes[at]);
        }
        auto found = co_await shared_->parts.index.find(*looking->home, std::move(some));
        if (!found.ok()) {
            shared_->metrics.failures.add(looking->home->id().value);
            if (found.error().code == ErrorCode::internal) {
                shared_->parts.loops.front()->post([keeper = keeper_.get()] { keeper->mend(); });
                co_return mending();
            }
            co_return std::move(found).error();
        }
        best.insert(best.end(), found->begin(), found->end());
        std::ranges::sort(best, std::ranges::greater{}, &ports::SearchHit::place);
        best.resize(std::min(best.size(), limit));
    }
    co_return best;
}

/// What stands at these places now, for this user.
runtime::Task<Result<std::vector<core::EventPtr>>> Search::shown(
    const Looking* looking, const std::vector<ports::SearchHit>* hits
) {
    std::vector<core::EventPtr> events(hits->size());
    std::unordered_map<ConversationNumber, std::vector<std::size_t>> by_conversation;
    for (std::size_t i = 0; i < hits->size(); ++i) {
        by_conversation[(*hits)[i].place.conversation].push_back(i);
    }
    for (const auto& [number, places] : by_conversation) {
        std::vector<Seq> seqs;
        for (const std::size_t place : places) {
            seqs.push_back((*hits)[place].seq);
        }
        auto asked = co_await shared_->parts.messaging.shown(
            *looking->home, looking->request.user, number, std::move(seqs)
        );
        CO_TRY(auto some, std::move(asked));
        for (std::size_t i = 0; i < places.size(); ++i) {
            events[places[i]] = std::move(some[i]);
        }
    }
    co_return events;
}

runtime::Task<Result<Page>> Search::look(Looking* looking) {
    Page page{.items = {}, .next = std::nullopt, .complete = shared_->complete.load()};
    const Request& request = looking->request;
    bool more = true;
    for (int round = 0; round < kRoundsMax && more && page.items.size() < request.limit; ++round) {
        // One more than is wanted tells whether there is a next page.
        const std::size_t limit = request.limit - page.items.size() + 1;
        auto proposed = co_await candidates(looking, limit);
        CO_TRY(const auto hits, std::move(proposed));
        more = hits.size() == limit;
        auto asked = co_await shown(looking, &hits);
        CO_TRY(const auto events, std::move(asked));
        for (std::size_t i = 0; i < hits.size(); ++i) {
            if (page.items.size() == request.limit) {
                more = true;
                break;
            }
            looking->wanted.before = hits[i].place;
            const core::EventPtr& event = events[i];
            if (event->type != core::EventType::message || core::is_deleted(*event) ||
                (request.sender && event->sender != *request.sender)) {
                continue;
            }
            const auto matches = core::find_matches(looking->wanted.query, event->content);
            if (matches) {
                page.items.push_back(
                    {.conversation = hits[i].place.conversation,
                     .event = event,
                     .snippet = core::snippet(event->content, *matches, kSnippetBytes)}
                );
            }
        }
    }
    if (more && looking->wanted.before) {
        page.next = message_id(looking->wanted.before->conversation, looking->wanted.before->time);
    }
    co_return page;
}

void Search::register_metrics(metrics::Registry& registry) {
    Shared::Metrics& m = shared_->metrics;
    registry.counter("parley_searches_total", "Searches begun.", m.searches);
    registry.histogram("parley_search_latency_seconds", "One page found.", m.find_latency);
    registry.histogram(
        "parley_search_write_latency_seconds", "One batch into the search index.", m.write_latency
    );
    registry.counter(
        "parley_search_indexed_total", "Events looked at for the search index.", m.indexed
    );
    registry.counter(
        "parley_search_failures_total",
        "Reads and writes that the search index refused.",
        m.failures
    );
    registry.counter(
        "parley_search_skipped_total",
        "Conversations not indexed because the store could not read them.",
        m.skipped
    );
    registry.counter(
        "parley_search_resets_total", "Times the search index was made anew.", m.resets
    );
    registry.gauge(
        "parley_search_pending",
        "Conversations with changes that are not indexed.",
        [&m] { return static_cast<double>(m.pending.value()); }
    );
    registry.gauge(
        "parley_search_lag_records",
        "Records of the log that the search index has not passed.",
        [shared = shared_.get()] {
            const std::uint64_t end = shared->parts.log.committed().offset;
            return static_cast<double>(end - std::min(end, shared->position.load()));
        }
    );
    registry.gauge(
        "parley_search_complete",
        "1 when every message is in the search index, 0 while it is made.",
        [shared = shared_.get()] { return shared->complete.load() ? 1.0 : 0.0; }
    );
}

}  // namespace parley::search
