// What is said of a cycle.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_VERDICT_H_
#define SELVAGE_HARNESS_LOCKGRAPH_VERDICT_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace selvage::lockgraph {

// Strongest first, so that the weaker of two is the greater.
enum class Verdict : std::uint8_t {
  kOccurred,         // the deadlock happened
  kConfirmed,        // a schedule made it happen
  kFeasible,         // different threads, concurrent, no common guard, blocking requests
  kHazard,           // a deadlock once a writer queues between two readers
  kCommunication,    // a wait that is no lock is in it, while a lock the waker needs is held
  kOrderedObserved,  // ordered by a signal, which another run need not repeat
  kInitialization,   // one side happened before the object was published
  kTimed,            // a request in it has a deadline: it gives up, and the others go on
  kGuarded,          // a common lock excludes parts of it from one another
  kOrdered,          // fork, join or call_once orders the parts
  kSingleThread,     // one thread made all parts
};
inline constexpr int kVerdictCount = 11;

// "FEASIBLE".
const char* VerdictName(Verdict verdict);
std::optional<Verdict> VerdictFromName(std::string_view name);

// Whether a cycle of that verdict fails a test run by default.
constexpr bool FailsByDefault(Verdict verdict) { return verdict <= Verdict::kCommunication; }
// Whether it has been seen to deadlock, in a run or in a schedule.
constexpr bool HasHappened(Verdict verdict) { return verdict <= Verdict::kConfirmed; }
// Whether it is shown in full although it does not fail: another run may see it otherwise.
constexpr bool IsShown(Verdict verdict) {
  return FailsByDefault(verdict) || verdict == Verdict::kOrderedObserved ||
         verdict == Verdict::kTimed;
}

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_VERDICT_H_
