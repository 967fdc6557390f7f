// What a task computes with and nobody else sees: its stack and its registers.
#ifndef SELVAGE_HARNESS_RUNTIME_LOCAL_STATE_H_
#define SELVAGE_HARNESS_RUNTIME_LOCAL_STATE_H_

#include <cstdint>
#include <optional>

namespace selvage::runtime {

struct LocalState {
  // Where the frame begins that asked for the operation; frames of callers lie above it.
  std::uintptr_t frame = 0;
  // Of all bytes from there to the top of the stack, and of the registers that a call preserves, as
  // that frame has them. Whatever of a function's variables decides how it goes on is in one of the
  // two: a loop that counts does not have the same state twice.
  std::uint64_t hash = 0;
};

// The calling task's, in the operation that was asked for from `site` (a return address).
// `stack_top`: the end of its stack. Nothing if the stack cannot be walked to there. Takes about a
// microsecond, and a nanosecond more for each eight bytes of the stack.
std::optional<LocalState> CaptureLocalState(std::uintptr_t site, const void* stack_top);

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_LOCAL_STATE_H_
