#include "adapters/rocksdb/merge.h"

#include <span>
#include <string_view>
#include <vector>

#include "adapters/rocksdb/store_codec.h"

namespace parley::rocksdb_store {
namespace {

using Join = Result<std::string> (*)(std::span<const std::string_view>);

class JoiningMerge final : public rocksdb::MergeOperator {
public:
    JoiningMerge(const char* name, Join join) : name_(name), join_(join) {}

    [[nodiscard]] const char* Name() const override { return name_; }

    bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override {
        std::vector<std::string_view> values;
        values.reserve(in.operand_list.size() + 1);
        if (in.existing_value != nullptr) {
            values.push_back(in.existing_value->ToStringView());
        }
        for (const rocksdb::Slice& operand : in.operand_list) {
            values.push_back(operand.ToStringView());
        }
        auto joined = join_(values);
        if (joined.ok()) {
            out->new_value = std::move(*joined);
        }
        return joined.ok();
    }

    bool PartialMergeMulti(
        const rocksdb::Slice& /*key*/,
        const std::deque<rocksdb::Slice>& operands,
        std::string* merged,
        rocksdb::Logger* /*logger*/
    ) const override {
        std::vector<std::string_view> values;
        values.reserve(operands.size());
        for (const rocksdb::Slice& operand : operands) {
            values.push_back(operand.ToStringView());
        }
        auto joined = join_(values);
        if (joined.ok()) {
            *merged = std::move(*joined);
        }
        return joined.ok();
    }

private:
    const char* name_;
    Join join_;
};

}  // namespace

std::shared_ptr<rocksdb::MergeOperator> make_run_merge() {
    return std::make_shared<JoiningMerge>("parley.runs.1", &join_runs);
}

std::shared_ptr<rocksdb::MergeOperator> make_ring_merge() {
    return std::make_shared<JoiningMerge>("parley.rings.1", &join_rings);
}

}  // namespace parley::rocksdb_store
