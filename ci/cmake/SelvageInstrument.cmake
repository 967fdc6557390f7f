include(${CMAKE_CURRENT_LIST_DIR}/SelvageUninstrumented.cmake)
include(CheckCXXCompilerFlag)
include(CMakePushCheckState)

# Whether large frames can be made to touch their pages one by one, as they grow; and whether optimised code can be made to say where local
# variables lie whose addresses it takes, which clang leaves out. A warning is a no: some compilers know an option for some architectures only.
cmake_push_check_state(RESET)
set(CMAKE_REQUIRED_FLAGS -Werror)
check_cxx_compiler_flag(-fstack-clash-protection SELVAGE_HAS_STACK_CLASH_PROTECTION)
check_cxx_compiler_flag("-mllvm -instcombine-lower-dbg-declare=0" SELVAGE_HAS_LOCAL_VARIABLES_OPTION)
cmake_pop_check_state()

# Of this source tree, or of what it was installed to.
foreach(above ../.. ../../../include/selvage ../../../../include/selvage)
  if(EXISTS ${CMAKE_CURRENT_LIST_DIR}/${above}/harness/interpose/atomic_points.h)
    get_filename_component(SELVAGE_ATOMIC_POINTS ${CMAKE_CURRENT_LIST_DIR}/${above}/harness/interpose/atomic_points.h ABSOLUTE)
    break()
  endif()
endforeach()

# selvage_sanitizer_flags(VARIABLE): what compiles for the chosen sanitizer. Undefined behaviour ends the process: a line on a test's output
# fails nobody.
function(selvage_sanitizer_flags variable)
  set(flags)
  if(SELVAGE_SANITIZE)
    set(flags -fsanitize=${SELVAGE_SANITIZE})
  endif()
  if(SELVAGE_SANITIZE MATCHES "undefined")
    list(APPEND flags -fno-sanitize-recover=undefined)
  endif()
  set(${variable} ${flags} PARENT_SCOPE)
endfunction()

# What stands in front of ThreadSanitizer's functions, by the linker's --wrap: of atomic operations with every compiler, of plain accesses where
# -fsanitize-coverage is missing.
function(selvage_wrap_flags variable)
  set(functions init atomic_thread_fence)
  foreach(bits 8 16 32 64 128)
    foreach(operation load store exchange fetch_add fetch_sub fetch_and fetch_or fetch_xor fetch_nand
        compare_exchange_strong compare_exchange_weak compare_exchange_val)
      list(APPEND functions atomic${bits}_${operation})
    endforeach()
  endforeach()
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    foreach(access read write)
      foreach(size 1 2 4 8 16)
        list(APPEND functions ${access}${size})
      endforeach()
      foreach(size 2 4 8 16)
        list(APPEND functions unaligned_${access}${size})
      endforeach()
      list(APPEND functions ${access}_range)
    endforeach()
  endif()
  list(TRANSFORM functions PREPEND "--wrap=__tsan_")
  list(JOIN functions "," functions)
  set(${variable} "-Wl,${functions}" PARENT_SCOPE)
endfunction()

# selvage_access_flags(VARIABLE): what makes memory accesses and atomic operations of a file calls.
function(selvage_access_flags variable)
  set(flags)
  string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
  set(sanitizers "-fsanitize=${SELVAGE_SANITIZE} ${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}}")
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    list(APPEND flags -fsanitize-coverage=func,trace-loads,trace-stores)
  endif()
  if(NOT sanitizers MATCHES "-fsanitize=[a-z,-]*(address|thread|memory|leak)")
    list(APPEND flags -fsanitize=thread)
    if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
      list(APPEND flags
        "SHELL:-mllvm -tsan-instrument-memory-accesses=0"
        "SHELL:-mllvm -tsan-instrument-memintrinsics=0"
        "SHELL:-mllvm -tsan-instrument-func-entry-exit=0")
    endif()
  endif()
  if(sanitizers MATCHES "-fsanitize=[a-z,-]*address")
    list(APPEND flags "$<$<COMPILE_LANGUAGE:CXX>:SHELL:-include ${SELVAGE_ATOMIC_POINTS}>")
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    list(APPEND flags -Wno-tsan)  # which says that fences are not understood
  endif()
  set(${variable} ${flags} PARENT_SCOPE)
endfunction()

# selvage_instrument(TARGET...): compiles and links targets so that the harness sees as much of them as the compiler allows:
#
#  - the sanitizer chosen by the cache variable SELVAGE_SANITIZE ("", "thread" or "address,undefined");
#  - every load and store as a scheduling point: with clang by -fsanitize-coverage (without "func" it silently does nothing), with GCC by
#    -fsanitize=thread, in a plain build without its runtime: the harness has functions of its own for it. Not under AddressSanitizer, which
#    excludes it: there, Shared<T> marks the variables that matter to GCC;
#  - every atomic operation, in both compilers in that second way; under AddressSanitizer by a header that is included before all others
#    (C++ only);
#  - large locals that cannot reach over the guard below a task's stack into other memory (-fstack-clash-protection);
#  - with clang, debug information (-g) that tells the names of local variables in optimised code.
#
# Use it on code under test, not on the harness; on each library that has such code, too.
function(selvage_instrument)
  selvage_sanitizer_flags(flags)
  selvage_access_flags(access_flags)
  foreach(target IN LISTS ARGN)
    if(SELVAGE_SANITIZE)
      target_compile_options(${target} PRIVATE ${flags} -g -fno-omit-frame-pointer)
    endif()
    target_compile_options(${target} PRIVATE
      ${access_flags}
      $<$<BOOL:${SELVAGE_HAS_STACK_CLASH_PROTECTION}>:-fstack-clash-protection>
      "$<$<BOOL:${SELVAGE_HAS_LOCAL_VARIABLES_OPTION}>:SHELL:-mllvm -instcombine-lower-dbg-declare=0>")
    # Behind it on the linker's line. Not by target_link_libraries, which a project may use in its older form.
    set_property(TARGET ${target} APPEND PROPERTY LINK_LIBRARIES "$<LINK_ONLY:selvage::interpose>")
    get_target_property(type ${target} TYPE)
    if(type MATCHES "^(STATIC|OBJECT)_LIBRARY$")
      set_property(TARGET ${target} APPEND PROPERTY INTERFACE_LINK_LIBRARIES "$<LINK_ONLY:selvage::interpose>")
    endif()
    selvage_link_sanitizer(${target})
    selvage_note_instrumented(${target})
  endforeach()
endfunction()

# selvage_link_sanitizer(TARGET...): links the chosen sanitizer. Compiles for it too, unless it is TSan: for code that runs in a TSan binary
# but must stay out of its sight.
function(selvage_link_sanitizer)
  selvage_sanitizer_flags(flags)
  foreach(target IN LISTS ARGN)
    if(SELVAGE_SANITIZE)
      target_link_options(${target} PRIVATE -fsanitize=${SELVAGE_SANITIZE})
      if(SELVAGE_SANITIZE MATCHES "thread")
        selvage_wrap_flags(wrap)
        target_link_options(${target} PRIVATE ${wrap})
      else()
        target_compile_options(${target} PRIVATE ${flags} -g)
      endif()
    endif()
  endforeach()
endfunction()
