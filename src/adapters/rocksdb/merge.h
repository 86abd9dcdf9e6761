#pragma once

#include <memory>

#include <rocksdb/merge_operator.h>

namespace parley::rocksdb_store {

/// Puts values of one key together: what is added to a block, of events or of a send ring, is written
/// without reading what is there. A value that cannot be read makes RocksDB report corruption.
[[nodiscard]] std::shared_ptr<rocksdb::MergeOperator> make_run_merge();
[[nodiscard]] std::shared_ptr<rocksdb::MergeOperator> make_ring_merge();

}  // namespace parley::rocksdb_store
