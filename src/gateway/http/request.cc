#include <algorithm>

#include "gateway/http/http.h"
#include "gateway/http/syntax.h"

namespace parley::http {

std::string_view Request::path() const noexcept {
    return std::string_view(target).substr(0, target.find('?'));
}

std::string_view Request::query() const noexcept {
    const std::size_t mark = target.find('?');
    return mark == std::string::npos ? std::string_view{}
                                     : std::string_view(target).substr(mark + 1);
}

std::string_view Request::header(std::string_view name) const noexcept {
    for (const HeaderField& field : headers) {
        if (equals_ignoring_case(field.name, name)) {
            return field.value;
        }
    }
    return {};
}

int Request::header_count(std::string_view name) const noexcept {
    const auto matches = [name](const HeaderField& field) {
        return equals_ignoring_case(field.name, name);
    };
    return static_cast<int>(std::ranges::count_if(headers, matches));
}

std::string Request::joined_header(std::string_view name) const {
    std::string joined;
    bool first = true;
    for (const HeaderField& field : headers) {
        if (equals_ignoring_case(field.name, name)) {
            joined += first ? "" : ", ";
            joined += field.value;
            first = false;
        }
    }
    return joined;
}

}  // namespace parley::http
