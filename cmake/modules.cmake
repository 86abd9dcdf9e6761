# What a module is to the build. New .cc files need no mention here: folders are globbed, and a
# build notices when files come and go.

# Targets that build every test binary of a kind: `cmake --build build/asan --target unit_tests`.
add_custom_target(unit_tests)
add_custom_target(contract_tests)
add_custom_target(sim_tests)

# parley_test_binary(<name> KIND unit|contract|sim PREFIX <prefix> SOURCES ... DEPS ...)
#
# A GoogleTest binary whose tests ctest knows as "<prefix>:Suite.name", with the kind as label.
function(parley_test_binary name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "KIND;PREFIX;TIMEOUT" "SOURCES;DEPS")
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 60)
    endif()
    if(PARLEY_SANITIZE)
        math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * 5")
    endif()
    add_executable(${name} ${arg_SOURCES})
    # src/ for the code under test, the root for "tests/...".
    target_include_directories(${name} PRIVATE
        "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}")
    target_link_libraries(${name} PRIVATE
        parley_options ${arg_DEPS} GTest::gmock GTest::gtest GTest::gtest_main)
    set_target_properties(${name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
    add_dependencies(${arg_KIND}_tests ${name})
    gtest_discover_tests(${name}
        DISCOVERY_MODE PRE_TEST
        DISCOVERY_TIMEOUT 60
        TEST_PREFIX "${arg_PREFIX}:"
        PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS ${arg_KIND})
endfunction()

# parley_module(<target> DIR <folder> [EXCLUDE <file>...] [DEFINES ...] DEPS ... [TEST_DEPS ...])
#
# A static library from the .cc files of exactly that folder (not of folders below it), without
# *_test.cc; an INTERFACE library while there is none. The *_test.cc beside them become one test
# binary, <target>_test, which may also link TEST_DEPS.
function(parley_module target)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "DIR" "DEPS;TEST_DEPS;EXCLUDE;DEFINES")
    file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${arg_DIR}/*.cc")
    foreach(excluded IN LISTS arg_EXCLUDE)
        list(REMOVE_ITEM sources "${PROJECT_SOURCE_DIR}/${arg_DIR}/${excluded}")
    endforeach()
    set(tests ${sources})
    list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
    list(FILTER tests INCLUDE REGEX "_test\\.cc$")

    if(sources)
        add_library(${target} STATIC ${sources})
        target_link_libraries(${target} PRIVATE parley_options)
        set(scope PUBLIC)
    else()
        add_library(${target} INTERFACE)
        set(scope INTERFACE)
    endif()
    target_include_directories(${target} ${scope} "${PROJECT_SOURCE_DIR}/src")
    target_link_libraries(${target} ${scope} ${arg_DEPS})
    target_compile_definitions(${target} ${scope} ${arg_DEFINES})

    if(tests AND PARLEY_TESTS)
        string(REGEX REPLACE "^parley_" "" prefix "${target}")
        parley_test_binary(${target}_test
            KIND unit PREFIX "${prefix}" SOURCES ${tests} DEPS ${target} ${arg_TEST_DEPS})
    endif()
endfunction()
