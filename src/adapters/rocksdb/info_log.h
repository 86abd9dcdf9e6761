#pragma once

#include <memory>

#include <rocksdb/env.h>

namespace parley::rocksdb_store {

/// What RocksDB has to say, warnings and errors, as lines of our own log. Its own file would lie beside the
/// data, on the disk that may be full or failing, and Debian's RocksDB 7.8 ends the program (an assertion, in
/// WritableFileWriter) when it writes a line after one that could not be written. Thread-safe.
[[nodiscard]] std::shared_ptr<rocksdb::Logger> make_info_log();

}  // namespace parley::rocksdb_store
