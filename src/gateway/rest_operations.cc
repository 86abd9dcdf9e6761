#include <array>
#include <utility>

#include "gateway/rest_call.h"

namespace parley::gateway {
namespace {

/// What a person sees who opens the server's address: that it runs, and how to try it from the console.
constexpr std::string_view kPage = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Parley</title>
<style>
body { font: 16px/1.6 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem; }
pre { background: #8881; padding: 1rem; overflow: auto; border-radius: .5rem; }
</style>
<h1>Parley is running</h1>
<p>This is a chat server. Its REST interface and its WebSocket frames are described at <a href="/docs">/docs</a>, for
programs at <a href="/openapi.json">/openapi.json</a> and <a href="/asyncapi.json">/asyncapi.json</a>.</p>
<p>Open this page in two windows, and this in each window's console (F12), with two names:</p>
<pre>
const name = 'ada', friend = 'bob'   // the other way round in the other window
const post = (path, body, token) => fetch('/api/' + path, {method: 'POST', body: JSON.stringify(body),
  headers: token ? {Authorization: 'Bearer ' + token} : {}}).then(r => r.json())
let me = await post('auth/register', {username: name, password: 'correct horse ' + name})
if (me.code) me = await post('auth/login', {login: name, password: 'correct horse ' + name})
const ws = new WebSocket(location.origin.replace('http', 'ws') + '/ws')
ws.onmessage = e => console.log(JSON.parse(e.data))
ws.onopen = () => ws.send(JSON.stringify({type: 'auth', token: me.access_token}))
console.log('my user_id is', me.user.user_id)
</pre>
<p>Then say something, with the other window's <code>user_id</code>:</p>
<pre>ws.send(JSON.stringify({type: 'send_message', receiver_id: '…', content: 'Hello!'}))</pre>
</html>
)";

runtime::Task<http::Response> index(Call /*call*/) {
    http::Response response{
        .status = 200, .content_type = "text/html; charset=utf-8", .headers = {}, .body = {}
    };
    response.body = kPage;
    response.headers.push_back(
        {"Content-Security-Policy",
         "default-src 'none'; style-src 'unsafe-inline'; connect-src 'self'; "
         "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"}
    );
    co_return response;
}

runtime::Task<http::Response> health(Call /*call*/) {
    co_return json_response(200, R"({"status":"ok"})");
}

runtime::Task<http::Response> readiness(Call call) {
    bool ready = true;
    std::string body;
    JsonWriter json{body};
    json.begin_object().name("checks").begin_object();
    for (const Readiness& part : call.parts().readiness()) {
        ready = ready && part.ready;
        json.field(part.name, part.ready && part.detail.empty() ? "ok" : part.detail);
    }
    json.end_object();
    const bool stopping = call.front->stopping();
    json.field("status", stopping ? "stopping" : (ready ? "ready" : "unavailable")).end_object();
    http::Response response = json_response(ready && !stopping ? 200 : 503, std::move(body));
    if (response.status == 503) {
        response.headers.push_back({"Retry-After", "1"});
    }
    co_return response;
}

runtime::Task<http::Response> show_metrics(Call call) {
    http::Response response{.status = 200, .content_type = {}, .headers = {}, .body = {}};
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = call.parts().metrics.text();
    co_return response;
}

runtime::Task<http::Response> openapi(Call call) {
    co_return json_response(200, call.front->options().openapi_json);
}

runtime::Task<http::Response> asyncapi(Call call) {
    co_return json_response(200, call.front->options().asyncapi_json);
}

constexpr std::array kRoutes{
    Route{.method = "GET", .pattern = "/", .handler = &index, .authenticated = false},
    Route{.method = "GET", .pattern = "/healthz", .handler = &health, .authenticated = false},
    Route{.method = "GET", .pattern = "/readyz", .handler = &readiness, .authenticated = false},
    Route{.method = "GET", .pattern = "/metrics", .handler = &show_metrics, .authenticated = false},
    Route{.method = "GET", .pattern = "/openapi.json", .handler = &openapi, .authenticated = false},
    Route{
        .method = "GET", .pattern = "/asyncapi.json", .handler = &asyncapi, .authenticated = false
    },
    Route{.method = "GET", .pattern = "/ws", .handler = nullptr, .authenticated = false},
};

}  // namespace

std::span<const Route> operation_routes() noexcept {
    return kRoutes;
}

}  // namespace parley::gateway
