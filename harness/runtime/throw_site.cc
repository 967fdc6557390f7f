#include "selvage/harness/runtime/throw_site.h"

#include <unwind.h>

#include "selvage/harness/report/stack.h"
#include "selvage/harness/runtime/scheduler.h"

namespace selvage::runtime {
namespace {

constexpr int kMostFrames = 32;

constinit thread_local std::uintptr_t throw_stack[kMostFrames] = {};
constinit thread_local int throw_depth = 0;

// Asked by the unwinder about the frame of selvage_call_noting_throws.
_Unwind_Reason_Code NoteThrow(int, _Unwind_Action actions, _Unwind_Exception_Class,
                              _Unwind_Exception*, _Unwind_Context*) {
  const Task* task = CurrentTask();
  const bool unwinding = task != nullptr && task->scheduler().unwinding();
  if ((actions & _UA_SEARCH_PHASE) != 0 && !unwinding) {
    throw_depth = report::CaptureStack(throw_stack, kMostFrames);
  }
  return _URC_CONTINUE_UNWIND;
}

}  // namespace

extern "C" {
void selvage_call_noting_throws(void* argument, void (*function)(void*));
// Read through this pointer by the unwinder: position-independent code has no address to give.
__attribute__((used, visibility("hidden"))) _Unwind_Reason_Code (*selvage_note_throw)(
    int, _Unwind_Action, _Unwind_Exception_Class, _Unwind_Exception*,
    _Unwind_Context*) = &NoteThrow;
}

// The encoding 0x9b: indirect, relative to the place, four bytes signed (System V psABI, "DWARF
// Exception Header Encoding"). The frame has no language-specific data: the personality needs none.
#if defined(__x86_64__)
asm(R"(
  .text
  .hidden selvage_call_noting_throws
  .globl selvage_call_noting_throws
  .type selvage_call_noting_throws, @function
selvage_call_noting_throws:
  .cfi_startproc
  .cfi_personality 0x9b, selvage_note_throw
  subq $8, %rsp
  .cfi_adjust_cfa_offset 8
  callq *%rsi
  addq $8, %rsp
  .cfi_adjust_cfa_offset -8
  retq
  .cfi_endproc
  .size selvage_call_noting_throws, . - selvage_call_noting_throws
)");
#elif defined(__aarch64__)
asm(R"(
  .text
  .hidden selvage_call_noting_throws
  .globl selvage_call_noting_throws
  .type selvage_call_noting_throws, %function
selvage_call_noting_throws:
  .cfi_startproc
  .cfi_personality 0x9b, selvage_note_throw
  stp x29, x30, [sp, #-16]!
  .cfi_def_cfa_offset 16
  .cfi_offset x29, -16
  .cfi_offset x30, -8
  mov x29, sp
  blr x1
  ldp x29, x30, [sp], #16
  .cfi_restore x29
  .cfi_restore x30
  .cfi_def_cfa_offset 0
  ret
  .cfi_endproc
  .size selvage_call_noting_throws, . - selvage_call_noting_throws
)");
#else
#error "selvage supports x86-64 and aarch64"
#endif

void CallNotingThrows(void (*function)(void*), void* argument) {
  throw_depth = 0;
  selvage_call_noting_throws(argument, function);
}

std::span<const std::uintptr_t> ThrowStack() {
  return {throw_stack, static_cast<std::size_t>(throw_depth)};
}

}  // namespace selvage::runtime
