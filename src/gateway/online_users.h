#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "base/ids.h"
#include "services/messaging/messaging.h"

namespace parley::gateway {

/// Who of a larger conversation has sessions on this loop, remembered, so that a delivery costs what it reaches
/// and not what the conversation has in members. A list is made anew when the audience is another; who has
/// come since is added from a journal, who has gone is noticed when they are looked up. Belongs to its Front.
class OnlineUsers {
public:
    /// Up to so many members each is looked up at every delivery: there is nothing to win.
    static constexpr std::size_t kLookedUpMax = 32;
    static constexpr std::size_t kListsMax = 1'000;          ///< then one goes for one that comes
    static constexpr std::size_t kListedUsersMax = 500'000;  ///< over all lists; likewise
    static constexpr std::size_t kArrivalsKept = 4'096;

    /// The user has a session here now, and had none.
    void arrived(const UserId& user) {
        arrivals_.push_back(user);
        ++arrivals_ever_;
        if (arrivals_.size() > kArrivalsKept) {
            arrivals_.pop_front();
        }
    }

    /// Calls `f(user, value)` for each of the audience who is in `here`, a map by UserId. `f` must not change `here`.
    template <class Here, class F>
    void for_each(
        ConversationNumber conversation, const messaging::Audience& audience, const Here& here, F f
    ) {
        if (audience->users().size() <= kLookedUpMax) {
            for (const UserId& user : audience->users()) {
                if (const auto at = here.find(user); at != here.end()) {
                    f(at->first, at->second);
                }
            }
            return;
        }
        std::unordered_set<UserId>& users = listed(conversation, audience, here);
        for (auto user = users.begin(); user != users.end();) {
            const auto at = here.find(*user);
            if (at == here.end()) {
                user = users.erase(user);
                --listed_users_;
                continue;
            }
            f(at->first, at->second);
            ++user;
        }
    }

    [[nodiscard]] std::size_t lists() const noexcept { return lists_.size(); }
    [[nodiscard]] std::size_t listed_users() const noexcept { return listed_users_; }
    /// How many users were looked at to make lists and keep them, ever: what all this is to keep small.
    [[nodiscard]] std::uint64_t looks() const noexcept { return looks_; }

private:
    struct List {
        std::weak_ptr<const messaging::AudienceList> audience;  ///< weak: it may be large, and gone
        std::uint64_t arrivals_seen = 0;
        std::unordered_set<UserId> users;
    };

    template <class Here>
    std::unordered_set<UserId>& listed(
        ConversationNumber conversation, const messaging::Audience& audience, const Here& here
    ) {
        make_room(conversation);
        List& list = lists_[conversation];
        listed_users_ -= list.users.size();
        const std::uint64_t missed = arrivals_ever_ - list.arrivals_seen;
        const std::size_t all = std::min(audience->users().size(), here.size());
        if (list.audience.lock() != audience || missed > std::min(all, arrivals_.size())) {
            make(list, audience, here);
        } else {
            const auto first = arrivals_.end() - static_cast<std::ptrdiff_t>(missed);
            for (auto user = first; user != arrivals_.end(); ++user) {
                ++looks_;
                if (audience->contains(*user)) {
                    list.users.insert(*user);
                }
            }
        }
        list.arrivals_seen = arrivals_ever_;
        listed_users_ += list.users.size();
        return list.users;
    }

    /// One list goes for one that comes, any; all but one's own while there are too many users in them.
    void make_room(ConversationNumber conversation) {
        if (lists_.size() >= kListsMax && !lists_.contains(conversation)) {
            drop(lists_.begin());
        }
        for (auto at = lists_.begin(); at != lists_.end() && listed_users_ > kListedUsersMax;) {
            at = at->first == conversation ? std::next(at) : drop(at);
        }
    }
    std::unordered_map<ConversationNumber, List>::iterator drop(
        std::unordered_map<ConversationNumber, List>::iterator at
    ) {
        listed_users_ -= at->second.users.size();
        return lists_.erase(at);
    }

    template <class Here>
    void make(List& list, const messaging::Audience& audience, const Here& here) {
        list.audience = audience;
        list.users.clear();
        looks_ += std::min(audience->users().size(), here.size());
        if (audience->users().size() > here.size()) {
            for (const auto& [user, value] : here) {
                if (audience->contains(user)) {
                    list.users.insert(user);
                }
            }
            return;
        }
        for (const UserId& user : audience->users()) {
            if (here.contains(user)) {
                list.users.insert(user);
            }
        }
    }

    std::unordered_map<ConversationNumber, List> lists_;
    std::size_t listed_users_ = 0;
    std::deque<UserId> arrivals_;  ///< the newest of them
    std::uint64_t arrivals_ever_ = 0;
    std::uint64_t looks_ = 0;
};

}  // namespace parley::gateway
