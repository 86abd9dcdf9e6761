#include <array>
#include <memory>
#include <utility>

#include "gateway/body_source.h"
#include "gateway/rest_call.h"

namespace parley::gateway {
namespace {

/// A ready export, read as it is sent.
class ExportBody final : public BodySource {
public:
    ExportBody(account::Exports& exports, const ports::ExportFile& file)
        : exports_(exports), file_(file) {}

    [[nodiscard]] std::uint64_t bytes() const noexcept override { return file_.bytes; }
    [[nodiscard]] runtime::Task<Result<std::string>> read(
        runtime::Loop& home, std::uint64_t offset, std::size_t bytes
    ) override {
        co_return co_await exports_.read(home, file_.name, offset, bytes);
    }

private:
    account::Exports& exports_;
    const ports::ExportFile file_;
};

std::string place_of(const ports::ExportName& name) {
    return "/api/users/me/export/" + to_string(name.id);
}

/// It is being made, or is there already: where it is, and how long.
http::Response export_response(const account::Exports::View& view) {
    std::string body;
    JsonWriter json{body};
    json.begin_object().field("export_id", view.file.name.id);
    json.field("status", view.file.ready ? "ready" : "in_work");
    json.field("url", place_of(view.file.name));
    json.field("created_at", view.file.name.since).field("expires_at", view.expires_at);
    json.end_object();
    http::Response response = json_response(202, std::move(body));
    response.headers.push_back({"Location", place_of(view.file.name)});
    response.headers.push_back({"Retry-After", "1"});
    return response;
}

runtime::Task<http::Response> delete_account(Call call) {
    ANSWER(const auto named, user_of(call));
    if (named != call.identity.user) {
        co_return problem_response(403, "forbidden", "an account is ended by its owner alone");
    }
    ANSWER(const auto body, call.body());
    ANSWER(auto password, body.text("password"));
    if (!password) {
        co_return problem_response(400, "invalid_request", "password is needed");
    }
    const UserId user = call.identity.user;
    auto removed = co_await call.parts().removals.remove(
        call.loop(), user, std::move(*password), call.address
    );
    if (!removed.ok()) {
        co_return error_response(removed.error());
    }
    // Nobody can fetch them any more; what fails here goes when its time is over.
    (void)co_await call.parts().exports.drop(call.loop(), user);
    co_return no_content();
}

runtime::Task<http::Response> wish_export(Call call) {
    auto wished = co_await call.parts().exports.wish(call.loop(), call.identity.user);
    if (!wished.ok()) {
        co_return error_response(wished.error());
    }
    co_return export_response(*wished);
}

runtime::Task<http::Response> get_export(Call call) {
    const auto id = parse_uuid(call.path[0]);
    if (!id) {
        co_return problem_response(404, "not_found", "no such export");
    }
    auto found = co_await call.parts().exports.find(call.loop(), call.identity.user, *id);
    if (!found.ok()) {
        co_return error_response(found.error());
    }
    if (!found->file.ready) {
        co_return export_response(*found);
    }
    http::Response response{
        .status = 200, .content_type = "application/zip", .headers = {}, .body = {}
    };
    response.source = std::make_shared<ExportBody>(call.parts().exports, found->file);
    response.headers.push_back({"Content-Disposition", "attachment; filename=\"parley-export.zip\""}
    );
    co_return response;
}

constexpr std::array kRoutes{
    Route{.method = "DELETE", .pattern = "/api/users/{}", .handler = &delete_account},
    Route{.method = "POST", .pattern = "/api/users/me/export", .handler = &wish_export},
    Route{.method = "GET", .pattern = "/api/users/me/export/{}", .handler = &get_export},
};

}  // namespace

std::span<const Route> account_routes() noexcept {
    return kRoutes;
}

}  // namespace parley::gateway
