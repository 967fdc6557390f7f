# How the project's own libraries are compiled.

# selvage_library(NAME SOURCES...): a static library of the harness, `selvage::NAME`.
#
# Never instrumented for TSan or coverage, whatever the user's global flags say: the harness's own hand-offs must create no
# happens-before edge, and its own accesses no scheduling point. Always optimised: it is the hot path of every schedule, and
# code that runs on a task's thread relies on small standard-library functions being inlined (see harness/tsan/annotations.h).
function(selvage_library name)
  add_library(selvage_${name} STATIC ${ARGN})
  add_library(selvage::${name} ALIAS selvage_${name})
  set_target_properties(selvage_${name} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  target_compile_features(selvage_${name} PUBLIC cxx_std_20)
  target_include_directories(selvage_${name} PUBLIC
    $<BUILD_INTERFACE:${SELVAGE_INCLUDE_DIR}> $<INSTALL_INTERFACE:include>)
  target_compile_options(selvage_${name} PRIVATE
    -O2 -g -fno-omit-frame-pointer -fno-sanitize=thread -ftls-model=initial-exec
    $<$<CXX_COMPILER_ID:Clang>:-fno-sanitize-coverage=func,trace-loads,trace-stores>)
  if(SELVAGE_SANITIZE AND NOT SELVAGE_SANITIZE MATCHES "thread")
    selvage_sanitizer_flags(flags)
    target_compile_options(selvage_${name} PRIVATE ${flags})
  endif()
  if(SELVAGE_BUILD_FUZZERS)
    target_compile_options(selvage_${name} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  selvage_warnings(selvage_${name})
endfunction()

# selvage_warnings(TARGET): the project's warnings; errors with SELVAGE_WERROR. Without those that GCC alone has of what designated initialisers
# leave at its default, and of the unnamed namespaces of files that are compiled together.
function(selvage_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wshadow
    $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
    $<$<CXX_COMPILER_ID:GNU>:-Wno-missing-field-initializers>
    $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>
    $<$<BOOL:${SELVAGE_WERROR}>:-Werror>)
endfunction()
