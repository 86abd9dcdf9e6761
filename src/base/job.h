#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace parley {

template <class Signature>
class UniqueFunction;

/// A move-only callable with 96 bytes of room inside, so that the usual captures need no allocation.
/// (C++23's std::move_only_function, which this compiler's library lacks.) Calling an empty one is
/// undefined; operator bool tells.
// NOLINTBEGIN(cppcoreguidelines-pro-type-member-init): the room is filled by whoever moves in
// NOLINTBEGIN(google-explicit-constructor,bugprone-forwarding-reference-overload): as std's own
// NOLINTBEGIN(performance-unnecessary-value-param): the signature is the user's
template <class R, class... Args>
class UniqueFunction<R(Args...)> {
public:
    UniqueFunction() = default;
    UniqueFunction(std::nullptr_t) noexcept {}

    template <class F>
        requires(!std::same_as<std::remove_cvref_t<F>, UniqueFunction> && std::is_invocable_r_v<R, F&, Args...>)
    UniqueFunction(F&& f) {
        using Held = std::decay_t<F>;
        if constexpr (sizeof(Held) <= kRoom && alignof(Held) <= alignof(std::max_align_t) &&
                      std::is_nothrow_move_constructible_v<Held>) {
            ::new (static_cast<void*>(room_)) Held(std::forward<F>(f));
            table_ = &kInside<Held>;
        } else {
            ::new (static_cast<void*>(room_))
                std::unique_ptr<Held>(std::make_unique<Held>(std::forward<F>(f)));
            table_ = &kOutside<Held>;
        }
    }
    UniqueFunction(UniqueFunction&& other) noexcept { take(other); }
    UniqueFunction& operator=(UniqueFunction&& other) noexcept {
        if (this != &other) {
            reset();
            take(other);
        }
        return *this;
    }
    UniqueFunction(const UniqueFunction&) = delete;
    UniqueFunction& operator=(const UniqueFunction&) = delete;
    ~UniqueFunction() { reset(); }

    explicit operator bool() const noexcept { return table_ != nullptr; }
    R operator()(Args... args) { return table_->call(room_, std::forward<Args>(args)...); }

private:
    static constexpr std::size_t kRoom = 96;

    struct Table {
        R (*call)(void*, Args&&...);
        void (*move)(void* to, void* from) noexcept;
        void (*destroy)(void*) noexcept;
    };
    template <class Held>
    static constexpr Table kInside{
        [](void* at, Args&&... args) -> R {
            return (*static_cast<Held*>(at))(std::forward<Args>(args)...);
        },
        [](void* to, void* from) noexcept {
            ::new (to) Held(std::move(*static_cast<Held*>(from)));
            static_cast<Held*>(from)->~Held();
        },
        [](void* at) noexcept { static_cast<Held*>(at)->~Held(); },
    };
    template <class Held>
    static constexpr Table kOutside{
        [](void* at, Args&&... args) -> R {
            return (**static_cast<std::unique_ptr<Held>*>(at))(std::forward<Args>(args)...);
        },
        [](void* to, void* from) noexcept {
            using Pointer = std::unique_ptr<Held>;
            ::new (to) Pointer(std::move(*static_cast<Pointer*>(from)));
            static_cast<Pointer*>(from)->~Pointer();
        },
        [](void* at) noexcept {
            using Pointer = std::unique_ptr<Held>;
            static_cast<Pointer*>(at)->~Pointer();
        },
    };

    void take(UniqueFunction& other) noexcept {
        table_ = std::exchange(other.table_, nullptr);
        if (table_ != nullptr) {
            table_->move(room_, other.room_);
        }
    }
    void reset() noexcept {
        if (table_ != nullptr) {
            std::exchange(table_, nullptr)->destroy(room_);
        }
    }

    alignas(std::max_align_t) std::byte room_[kRoom];
    const Table* table_ = nullptr;
};

// NOLINTEND(performance-unnecessary-value-param)
// NOLINTEND(google-explicit-constructor,bugprone-forwarding-reference-overload)
// NOLINTEND(cppcoreguidelines-pro-type-member-init)

using Job = UniqueFunction<void()>;

}  // namespace parley
