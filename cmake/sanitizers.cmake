# Instrumentation, the same for every target of a build, so it is set globally.
# PARLEY_SANITIZE is the argument of -fsanitize=, for example "address,undefined" or "thread".

set(PARLEY_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them; empty for none")

if(PARLEY_SANITIZE)
    set(parley_sanitize_flags
        "-fsanitize=${PARLEY_SANITIZE}" -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_compile_options(${parley_sanitize_flags})
    add_link_options(${parley_sanitize_flags})
    add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()

if(PARLEY_FUZZ)
    if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
        message(FATAL_ERROR "PARLEY_FUZZ needs clang: cmake --preset fuzz")
    endif()
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(PARLEY_COVERAGE)
    if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
        message(FATAL_ERROR "PARLEY_COVERAGE needs clang: cmake --preset coverage")
    endif()
    add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
    add_link_options(-fprofile-instr-generate)
endif()
