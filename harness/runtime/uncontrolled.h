// What tasks do that the scheduler does not control: then a schedule does not determine what
// happens, and a walk through all schedules is no proof.
//
// Whoever stands in front of a native function and lets a task call it says so by Note().
#ifndef SELVAGE_HARNESS_RUNTIME_UNCONTROLLED_H_
#define SELVAGE_HARNESS_RUNTIME_UNCONTROLLED_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace selvage::runtime {

enum class Uncontrolled : std::uint8_t {
  kNativeCall,  // of a function of pthread's, a semaphore's or a futex's
  kWeakOrder    // an atomic operation of weaker order than seq_cst, run as if it were that
};
inline constexpr std::size_t kUncontrolledKinds = 2;

// "call of a native thread or lock", "calls of ...".
const char* UncontrolledText(Uncontrolled kind, bool plural);

// One place in the code that does such a thing.
struct UncontrolledUse {
  static constexpr int kMostDepth = 24;

  Uncontrolled kind = Uncontrolled::kNativeCall;
  std::uintptr_t site = 0;     // return address of the call
  std::uintptr_t address = 0;  // what it was done to, if that is known, else 0
  std::uint64_t here = 0;      // times in the schedule that runs
  std::uint64_t most = 0;      // times in one schedule
  int depth = 0;
  std::uintptr_t stack[kMostDepth] = {};  // of the first time, innermost return address first

  std::span<const std::uintptr_t> Stack() const { return {stack, static_cast<std::size_t>(depth)}; }
};

// Of all schedules of a scheduler. Not thread-safe: tasks and driver are one thread.
class UncontrolledUses {
 public:
  void BeginSchedule();
  void Add(Uncontrolled kind, std::uintptr_t site, std::uintptr_t address);
  // In the order in which they were met, up to a limit.
  std::span<const UncontrolledUse> uses() const { return {uses_, count_}; }

 private:
  static constexpr std::size_t kMost = 64;

  UncontrolledUse uses_[kMost];
  std::size_t count_ = 0;
};

// The calling thread is about to do such a thing. Nothing in an ordinary thread, or where the
// harness does it. O(places noted so far); the first time at a place takes a walk of the stack.
void Note(Uncontrolled kind, std::uintptr_t site, const volatile void* address = nullptr);

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_UNCONTROLLED_H_
