// Capturing the calling thread's stack as return addresses, cheaply enough to do it on every new
// lock-order edge.
//
// Unwinding follows the call frame information that every x86-64 and aarch64 object carries, not
// frame pointers, so it works through code built without them. Thread-safe.
#ifndef SELVAGE_HARNESS_REPORT_STACK_H_
#define SELVAGE_HARNESS_REPORT_STACK_H_

#include <cstdint>

namespace selvage::report {

// Writes the return addresses of the calling thread's stack to `pcs`, innermost first, and returns
// how many there are: at most `capacity`, fewer when the stack ends before. The first one lies in
// the caller of CaptureStack; `skip` leaves out that many of the innermost frames. A caller that
// the compiler turned into a jump (tail call) has no frame and is absent.
//
// Each entry is the address after a call instruction, to be looked up as `pc - 1`
// (Symbolizer::Resolve does so). For a frame interrupted by a signal, which has no call, it is the
// interrupted address plus one, so that the same rule holds.
//
// Allocates nothing. Ends cleanly on stacks made by make_fcontext. Linear in the depth, about 0.1
// us a frame. Returns 0 when `capacity` is not positive; a negative `skip` counts as 0.
int CaptureStack(std::uintptr_t* pcs, int capacity, int skip = 0);

// The same, and where on the stack each address lies: as long as all of them lie there, a stack
// captured by the same call of the same function would be the same again. Where that is not known,
// because the architecture or the unwinder keeps it elsewhere, a null pointer. `slots` has room for
// `capacity`.
int CaptureStack(std::uintptr_t* pcs, const std::uintptr_t** slots, int capacity, int skip);

// A function's frame, as debug information refers to it, while it waits for a call.
struct StackFrame {
  std::uintptr_t return_address = 0;  // as CaptureStack() gives it; 0: there is no frame
  std::uintptr_t stack_pointer = 0;
  std::uintptr_t frame_pointer = 0;
  std::uintptr_t callers_stack_pointer = 0;  // the canonical frame address

  // Whether memory of the stack belongs to it.
  bool Has(std::uintptr_t address) const {
    return address >= stack_pointer && address < callers_stack_pointer;
  }
};

// CaptureStack() with the frames; the outermost one, whose end is not known, is left out.
int CaptureFrames(StackFrame* frames, int capacity, int skip = 0);

// A hash of the addresses and their order. Stable within a process only: load addresses differ
// between runs. Linear, about 1 ns an address. Not resistant against crafted input.
std::uint64_t HashStack(const std::uintptr_t* pcs, int count);

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_STACK_H_
