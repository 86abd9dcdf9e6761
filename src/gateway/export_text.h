#pragma once

#include <string>
#include <vector>

#include "gateway/front.h"
#include "services/account/account.h"

namespace parley::gateway {

/// How an export reads: JSON in the shapes of REST, and lines for people. On the loop of `front`, which must outlive it.
class ExportWriter final : public account::ExportText {
public:
    explicit ExportWriter(Front& front);

    [[nodiscard]] std::span<const Section> sections() const noexcept override { return sections_; }
    [[nodiscard]] std::string file_name(Form form) const override;
    [[nodiscard]] runtime::Task<Result<std::string>> begin(
        Form form, messaging::ConversationView view
    ) override;
    [[nodiscard]] runtime::Task<Result<std::string>> page(
        Form form,
        UserId reader,
        ConversationNumber number,
        std::vector<core::EventPtr> events,
        bool first
    ) override;
    [[nodiscard]] std::string end(Form form) const override;

private:
    [[nodiscard]] runtime::Task<Result<std::string>> lines(
        UserId reader, std::vector<core::EventPtr> events
    );

    Front& front_;
    std::vector<Section> sections_;
};

}  // namespace parley::gateway
