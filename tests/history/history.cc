#include "tests/history/history.h"

namespace parley::history {

std::uint32_t History::add_detail(Detail detail) {
    if (detail == Detail{}) {
        return 0;
    }
    details.push_back(std::move(detail));
    return static_cast<std::uint32_t>(details.size() - 1);
}

std::string History::send_name(std::uint64_t send) const {
    if (sends.count() == 0) {
        return "c" + std::to_string(send);
    }
    const std::string_view name = sends.name(static_cast<std::uint32_t>(send));
    return std::string{name.substr(name.find(' ') + 1)};
}

std::string History::user_name(std::uint32_t user) const {
    return users.count() == 0 ? "u" + std::to_string(user) : std::string{users.name(user)};
}

std::string History::device_name(std::uint32_t device) const {
    const std::string& name = devices.at(device).name;
    return name.empty() ? user_name(devices.at(device).user) + ".d" + std::to_string(device) : name;
}

std::string History::origin_of(std::size_t event) const {
    if (event >= origins.size()) {
        return {};
    }
    const Origin& origin = origins[event];
    return files.at(origin.file) + ":" + std::to_string(origin.line);
}

}  // namespace parley::history
