#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "ports/fields.h"

namespace parley::fakes {

using Engine = std::mt19937_64;

/// Small, large and extreme values alike.
inline std::uint64_t any_number(Engine& chance) {
    return chance() >> (chance() % 64);
}

/// Fills values with anything that their types allow, by the fields that are stored: what codec tests
/// write and read again.
class RandomFields {
public:
    explicit RandomFields(Engine& chance) noexcept : chance_(chance) {}

    /// Fields of every version.
    [[nodiscard]] static std::uint8_t version() noexcept { return 255; }
    template <class... T>
    void operator()(T&... values) {
        (fill(values), ...);
    }

private:
    template <class Tag>
    void fill(UuidId<Tag>& id) {
        id.uuid = {.high = chance_(), .low = chance_()};
    }
    void fill(Seq& seq) { seq.value = any_number(chance_); }
    void fill(Ordinal& ordinal) { ordinal.value = any_number(chance_); }
    void fill(Timestamp& time) { time.ticks = static_cast<std::int64_t>(any_number(chance_)); }
    void fill(std::string& text) {
        text.resize(chance_() % (chance_() % 40 == 0 ? 20'000 : 60));
        for (char& c : text) {
            c = static_cast<char>(chance_());
        }
    }
    void fill(bool& flag) { flag = chance_() % 2 == 0; }
    void fill(std::uint32_t& number) { number = static_cast<std::uint32_t>(any_number(chance_)); }
    void fill(std::uint64_t& number) { number = any_number(chance_); }
    template <class Enum>
        requires std::is_enum_v<Enum>
    void fill(Enum& value) {
        do {
            value = static_cast<Enum>(chance_() % 16);
        } while (!ports::is_known(value));
    }
    template <class T>
    void fill(std::optional<T>& value) {
        if (chance_() % 2 == 0) {
            fill(value.emplace());
        }
    }
    template <class T>
    void fill(std::vector<T>& values) {
        values.resize(chance_() % 4);
        for (T& value : values) {
            fill(value);
        }
    }
    template <class... T>
    void fill(std::variant<T...>& value) {
        fill_alternative(value, chance_() % sizeof...(T), std::index_sequence_for<T...>{});
    }
    template <class Variant, std::size_t... I>
    void fill_alternative(Variant& value, std::size_t index, std::index_sequence<I...> /*all*/) {
        ((index == I ? fill(value.template emplace<I>()) : void()), ...);
    }
    template <class T>
    void fill(std::shared_ptr<const T>& value) {
        if (chance_() % 2 == 0) {
            auto made = std::make_shared<T>();
            fill(*made);
            value = std::move(made);
        }
    }
    template <class T>
        requires std::is_class_v<T>
    void fill(T& value) {
        ports::fields(*this, value);
    }

    Engine& chance_;
};

}  // namespace parley::fakes
