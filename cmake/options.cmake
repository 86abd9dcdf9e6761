# How every target of ours is compiled and linked: language, warnings, hardening, linker, cache.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

if(PARLEY_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    find_program(PARLEY_CCACHE_PROGRAM ccache)
    if(PARLEY_CCACHE_PROGRAM)
        set(CMAKE_CXX_COMPILER_LAUNCHER "${PARLEY_CCACHE_PROGRAM}")
    endif()
endif()

# A missing mold is no reason to fail: it is only faster.
if(PARLEY_LINKER)
    find_program(PARLEY_LINKER_PROGRAM
        NAMES "ld.${PARLEY_LINKER}" "ld.${PARLEY_LINKER}-19" NO_CACHE)
    if(PARLEY_LINKER_PROGRAM)
        add_link_options("-fuse-ld=${PARLEY_LINKER}")
    else()
        message(STATUS "linker ${PARLEY_LINKER} not found, using the compiler's default")
    endif()
endif()

# Warnings go to our own targets only; every target of ours links this.
add_library(parley_options INTERFACE)
target_compile_options(parley_options INTERFACE
    -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
    -Woverloaded-virtual -Wimplicit-fallthrough
    # Designated initialisers that leave members to their defaults are how options are passed here.
    -Wno-missing-designated-field-initializers)

if(PARLEY_MUTANTS)
    target_compile_definitions(parley_options INTERFACE PARLEY_MUTANTS)
endif()

if(PARLEY_CONFORMANCE)
    target_compile_definitions(parley_options INTERFACE PARLEY_CONFORMANCE)
endif()

if(PARLEY_HARDEN)
    target_compile_options(parley_options INTERFACE -fstack-protector-strong)
    # Debian's compilers may define _FORTIFY_SOURCE themselves; redefining it would be a warning.
    target_compile_options(parley_options INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
    target_compile_definitions(parley_options INTERFACE _GLIBCXX_ASSERTIONS)
    target_link_options(parley_options INTERFACE "LINKER:-z,relro,-z,now")
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
        target_compile_options(parley_options INTERFACE -fcf-protection)
    endif()
endif()
