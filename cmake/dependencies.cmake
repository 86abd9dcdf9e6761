# Third-party libraries: Debian's packages (tools/packages.txt). Each is linked by the modules that
# may include it and by nobody else.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(Boost 1.81 REQUIRED CONFIG)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(simdjson REQUIRED)
find_package(prometheus-cpp REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(jemalloc REQUIRED IMPORTED_TARGET jemalloc)
pkg_check_modules(rocksdb REQUIRED IMPORTED_TARGET rocksdb)
pkg_check_modules(libarchive REQUIRED IMPORTED_TARGET libarchive)
find_package(CLI11 REQUIRED)

# Asio and Beast, headers only.
add_library(parley_boost INTERFACE)
target_link_libraries(parley_boost INTERFACE Boost::headers)
target_compile_definitions(parley_boost INTERFACE BOOST_ASIO_NO_DEPRECATED)

add_library(parley_rocksdb INTERFACE)
target_link_libraries(parley_rocksdb INTERFACE PkgConfig::rocksdb)

# Headers only: Debian's package config wants a library that nothing here needs.
find_path(PARLEY_TOMLPLUSPLUS_INCLUDE toml++/toml.h REQUIRED)
add_library(parley_tomlplusplus INTERFACE)
target_include_directories(parley_tomlplusplus SYSTEM INTERFACE "${PARLEY_TOMLPLUSPLUS_INCLUDE}")

if(PARLEY_TESTS)
    find_package(GTest REQUIRED)
    include(GoogleTest)
    # Of tests/power, which says what to do when it is missing.
    pkg_check_modules(PARLEY_FUSE3 IMPORTED_TARGET fuse3)
endif()
if(PARLEY_BENCH)
    find_package(benchmark REQUIRED)
endif()
