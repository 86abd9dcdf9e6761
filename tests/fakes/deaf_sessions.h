#pragma once

#include "services/messaging/messaging.h"

namespace parley::fakes {

/// Sessions that hear nothing: for tests of what does not reach them, and to be overridden where one counts.
class DeafSessions : public messaging::SessionSink {
public:
    void on_event(
        ConversationNumber /*conversation*/,
        const core::EventPtr& /*event*/,
        const messaging::Audience& /*audience*/,
        SessionId /*except*/,
        Duration /*received_at*/
    ) override {}
    void on_receipt(
        const messaging::Receipt& /*receipt*/,
        const messaging::Audience& /*audience*/,
        SessionId /*except*/
    ) override {}
    void on_typing(const messaging::Typing& /*typing*/, const messaging::Audience& /*audience*/)
        override {}
    void on_changed(ConversationNumber /*conversation*/, UserId /*user*/) override {}
    void on_batch_end() override {}
};

}  // namespace parley::fakes
