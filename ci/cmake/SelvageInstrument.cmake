include(${CMAKE_CURRENT_LIST_DIR}/SelvageUninstrumented.cmake)
include(CheckCXXCompilerFlag)
include(CMakePushCheckState)

# Whether large frames can be made to touch their pages one by one, as they grow. A warning is a no: some compilers know the option for some
# architectures only.
cmake_push_check_state(RESET)
set(CMAKE_REQUIRED_FLAGS -Werror)
check_cxx_compiler_flag(-fstack-clash-protection SELVAGE_HAS_STACK_CLASH_PROTECTION)
cmake_pop_check_state()

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

# selvage_instrument(TARGET...): compiles and links targets so that the harness sees as much of them as the compiler allows:
#
#  - the sanitizer chosen by the cache variable SELVAGE_SANITIZE ("", "thread" or "address,undefined");
#  - with clang, every load and store as a scheduling point (-fsanitize-coverage; without "func" it silently does nothing).
#    GCC has no such option: there, Shared<T> marks the variables that matter;
#  - large locals that cannot reach over the guard below a task's stack into other memory (-fstack-clash-protection).
#
# Use it on code under test, not on the harness; on each library that has such code, too.
function(selvage_instrument)
  selvage_sanitizer_flags(flags)
  foreach(target IN LISTS ARGN)
    if(SELVAGE_SANITIZE)
      target_compile_options(${target} PRIVATE ${flags} -g -fno-omit-frame-pointer)
    endif()
    target_compile_options(${target} PRIVATE
      $<$<CXX_COMPILER_ID:Clang>:-fsanitize-coverage=func,trace-loads,trace-stores>
      $<$<BOOL:${SELVAGE_HAS_STACK_CLASH_PROTECTION}>:-fstack-clash-protection>)
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
      if(NOT SELVAGE_SANITIZE MATCHES "thread")
        target_compile_options(${target} PRIVATE ${flags} -g)
      endif()
    endif()
  endforeach()
endfunction()
