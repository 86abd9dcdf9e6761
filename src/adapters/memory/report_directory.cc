#include "adapters/memory/report_directory.h"

#include <ranges>
#include <utility>

namespace parley::memory {
namespace {

bool is_same(const ports::Report& open, const ports::Report& report) {
    if (open.resolved_at || open.reporter != report.reporter) {
        return false;
    }
    if (report.message) {
        return open.message && open.message->id == report.message->id;
    }
    return !open.message && open.about == report.about;
}

}  // namespace

ReportDirectory::State ReportDirectory::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

runtime::Task<Result<std::uint64_t>> ReportDirectory::create(
    runtime::Loop& /*home*/, ports::Report report
) {
    const std::lock_guard lock(mutex_);
    std::size_t open = 0;
    for (const auto& [number, known] : state_) {
        if (is_same(known, report)) {
            co_return number;
        }
        open += !known.resolved_at && known.reporter == report.reporter ? 1 : 0;
    }
    if (open >= ports::kOpenReportsMax) {
        co_return Error{ErrorCode::rate_limited, "your earlier reports have to be looked at first"};
    }
    report.number = state_.empty() ? 1 : state_.rbegin()->first + 1;
    const std::uint64_t number = report.number;
    state_.emplace(number, std::move(report));
    co_return number;
}

runtime::Task<Result<std::vector<ports::Report>>> ReportDirectory::list(
    runtime::Loop& /*home*/, Query query
) {
    const std::lock_guard lock(mutex_);
    std::vector<ports::Report> reports;
    for (const auto& [number, report] : state_ | std::views::reverse) {
        if (reports.size() >= query.limit) {
            break;
        }
        if ((!query.before || number < *query.before) && !(query.open_only && report.resolved_at)) {
            reports.push_back(report);
        }
    }
    co_return reports;
}

runtime::Task<Result<ports::Report>> ReportDirectory::resolve(
    runtime::Loop& /*home*/, std::uint64_t number, std::string note, ports::AuditEntry act
) {
    const std::lock_guard lock(mutex_);
    const auto found = state_.find(number);
    if (found == state_.end()) {
        co_return Error{ErrorCode::not_found, "no such report"};
    }
    ports::Report& report = found->second;
    if (!report.resolved_at) {
        report.resolved_at = act.time;
        report.resolved_by = act.actor;
        report.note = std::move(note);
        audit_.add(std::move(act));
    }
    co_return report;
}

}  // namespace parley::memory
