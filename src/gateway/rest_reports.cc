#include <array>
#include <utility>

#include "gateway/rest_call.h"

namespace parley::gateway {
namespace {

runtime::Task<http::Response> create_report(Call call) {
    ANSWER(const auto body, call.body());
    ANSWER(const auto message, body.uuid("message_id"));
    ANSWER(const auto user, body.uuid("user_id"));
    ANSWER(auto reason, body.text("reason"));
    administration::NewReport report;
    if (message) {
        report.message = MessageId{*message};
    }
    if (user) {
        report.user = UserId{*user};
    }
    report.reason = std::move(reason).value_or("");
    auto made = co_await call.parts().administration.report(
        call.loop(), call.identity.user, std::move(report)
    );
    if (!made.ok()) {
        co_return error_response(made.error());
    }
    std::string out;
    JsonWriter json{out};
    json.begin_object().field("report_id", std::to_string(*made)).end_object();
    co_return json_response(201, std::move(out));
}

constexpr std::array kRoutes{
    Route{.method = "POST", .pattern = "/api/reports", .handler = &create_report},
};

}  // namespace

std::span<const Route> report_routes() noexcept {
    return kRoutes;
}

}  // namespace parley::gateway
