// Programs whose tasks wait in loops, compiled as code under test is.
#ifndef SELVAGE_TESTS_HARNESS_RUNTIME_SPINNING_BODIES_H_
#define SELVAGE_TESTS_HARNESS_RUNTIME_SPINNING_BODIES_H_

#include <span>

namespace selvage::spinning {

struct Program {
  const char* name;
  void (*body)();
};

// Each of them ends in every schedule that is fair, and has no other fault.
std::span<const Program> CorrectPrograms();
// The same, on std::thread, std::atomic, std::mutex and POSIX alone.
std::span<const Program> CorrectStandardPrograms();

// Those that wait for what nobody will do.
void WaitForAFlagThatNobodySets();
void WaitUnderALockForAFlagThatNobodySets();
void TryALockThatIsNeverReleased();
void WaitForEachOther();
void PollByTheClockForAFlagThatNobodySets();
void WaitInALoopThatCounts();
void WaitWithABackOffThatIsBounded();
void WaitForAnExchangeThatNeverSucceeds();
// One task spins on `flag`; another waits for a lock that nobody releases.
void SpinBesideATaskThatWaits();

// Ends, after as many operations on one object as this.
inline constexpr int kManyOperations = 5'000;
void LoadAnAtomicManyTimes();
void YieldManyTimes();
// With 200,000 operations.
void CountUnderALockManyTimes();

// Fails if a task that has tried a lock three times in vain then waits for it.
void TryThreeTimesThenWait();

// What the loop waits for is done by code without scheduling points.
void WaitForAFlagThatIsCopiedOver();

}  // namespace selvage::spinning

#endif  // SELVAGE_TESTS_HARNESS_RUNTIME_SPINNING_BODIES_H_
