#include "selvage/harness/report/stack.h"

#include <unwind.h>

#include "selvage/harness/tsan/annotations.h"

namespace selvage::report {
namespace {

#if defined(__x86_64__)
constexpr bool kReturnAddressBelowFrame = true;
#else
constexpr bool kReturnAddressBelowFrame = false;
#endif

struct Capture {
  std::uintptr_t* pcs;
  const std::uintptr_t** slots;  // or null
  int capacity;
  int skip;
  int count;
};

_Unwind_Reason_Code AddFrame(_Unwind_Context* context, void* argument) {
  auto* capture = static_cast<Capture*>(argument);
  int is_exact = 0;
  const std::uintptr_t pc = _Unwind_GetIPInfo(context, &is_exact);
  // A stack whose outermost frame has call frame information but no caller ends with a null return
  // address.
  if (pc == 0) return _URC_END_OF_STACK;
  if (capture->skip > 0) {
    --capture->skip;
    return _URC_NO_REASON;
  }
  if (capture->slots != nullptr) {
    // Here the canonical frame address is that of the function called: on x86-64 the return address
    // lies just below it (System V ABI, AMD64 supplement, 3.2.2). Looked at, rather than believed.
    const auto* const slot = reinterpret_cast<const std::uintptr_t*>(_Unwind_GetCFA(context)) - 1;
    capture->slots[capture->count] =
        !is_exact && kReturnAddressBelowFrame && *slot == pc ? slot : nullptr;
  }
  capture->pcs[capture->count++] = is_exact ? pc + 1 : pc;
  return capture->count < capture->capacity ? _URC_NO_REASON : _URC_END_OF_STACK;
}

#if defined(__x86_64__)
constexpr int kFramePointerRegister = 6;
#else
constexpr int kFramePointerRegister = 29;
#endif

struct FrameCapture {
  StackFrame* frames;
  int capacity;
  int skip;
  int count;
};

_Unwind_Reason_Code AddStackFrame(_Unwind_Context* context, void* argument) {
  auto* capture = static_cast<FrameCapture*>(argument);
  int is_exact = 0;
  const std::uintptr_t pc = _Unwind_GetIPInfo(context, &is_exact);
  // The canonical frame address of the function called is where its caller's stack ends.
  const std::uintptr_t stack_pointer = _Unwind_GetCFA(context);
  if (capture->count > 0) capture->frames[capture->count - 1].callers_stack_pointer = stack_pointer;
  if (pc == 0 || capture->count == capture->capacity) return _URC_END_OF_STACK;
  if (capture->skip > 0) {
    --capture->skip;
    return _URC_NO_REASON;
  }
  capture->frames[capture->count++] = {
      .return_address = is_exact ? pc + 1 : pc,
      .stack_pointer = stack_pointer,
      .frame_pointer = _Unwind_GetGR(context, kFramePointerRegister)};
  return _URC_NO_REASON;
}

}  // namespace

// None is inlined, nor called by a jump: the frames they leave out must be their own.
__attribute__((noinline)) int CaptureStack(std::uintptr_t* pcs, int capacity, int skip) {
  const int count = CaptureStack(pcs, nullptr, capacity, (skip > 0 ? skip : 0) + 1);
  __asm__ volatile("");
  return count;
}

__attribute__((noinline)) int CaptureStack(std::uintptr_t* pcs, const std::uintptr_t** slots,
                                           int capacity, int skip) {
  if (capacity <= 0) return 0;
  // The unwinder clears and copies its context by memset and memcpy, which TSan intercepts.
  const tsan::IgnoreScope ignore;
  Capture capture{pcs, slots, capacity, (skip > 0 ? skip : 0) + 1, 0};
  // Whatever it returns, the frames found so far stand: the end of a make_fcontext stack, code
  // without call frame information, is an "error" to some unwinders and the end of the stack to
  // others.
  _Unwind_Backtrace(AddFrame, &capture);
  return capture.count;
}

__attribute__((noinline)) int CaptureFrames(StackFrame* frames, int capacity, int skip) {
  if (capacity <= 0) return 0;
  const tsan::IgnoreScope ignore;
  FrameCapture capture{frames, capacity, (skip > 0 ? skip : 0) + 1, 0};
  _Unwind_Backtrace(AddStackFrame, &capture);
  if (capture.count > 0 && frames[capture.count - 1].callers_stack_pointer == 0) --capture.count;
  return capture.count;
}

std::uint64_t HashStack(const std::uintptr_t* pcs, int count) {
  // Multiply-and-fold with the 64-bit golden ratio; the multiplier is odd, so no address bit is
  // lost, and the shift brings the well-mixed high half down before the next address is added.
  constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15;
  std::uint64_t hash = static_cast<std::uint64_t>(count) * kMultiplier;
  for (int i = 0; i < count; ++i) {
    hash = (hash ^ pcs[i]) * kMultiplier;
    hash ^= hash >> 32;
  }
  return hash;
}

}  // namespace selvage::report
