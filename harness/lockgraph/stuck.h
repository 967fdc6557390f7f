// Threads that wait for ever without waiting for one another in a circle of locks: for a condition,
// an event, a queue, a barrier, a future, the end of a thread, or for a lock whose owner has ended.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_STUCK_H_
#define SELVAGE_HARNESS_LOCKGRAPH_STUCK_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "selvage/harness/lockgraph/recorder.h"

namespace selvage::lockgraph {

// The threads of the process, as the kernel counts them.
std::vector<pid_t> KernelThreads();

// Looks at a recorder's ordinary threads from time to time. Not thread-safe, and for a thread that
// is not recorded itself.
//
// That all wait for ever is said only if it is sure. Each thread of the process, as the kernel counts
// them, has said that it waits without a deadline, sleeps, and has not run since it was last looked
// at: so at one moment in between all slept, and who sleeps wakes nobody. The program has no signal
// handler of its own either.
class StuckWatch {
 public:
  // `bystanders`: kernel threads that never wake another one, such as the caller.
  StuckWatch(Recorder& recorder, std::vector<pid_t> bystanders);

  enum class Answer : std::uint8_t {
    kNo,
    kAllKnownWait,  // every recorded thread does, for so long; others may wake them
    kForEver,       // some wait for ever; it was noted in the recorder
  };
  // Answers kAllKnownWait once for each standstill, when Look() has found it `kPatience` times.
  Answer Look();
  static constexpr int kPatience = 10;

  // For kAllKnownWait: a line for each thread, and how many others there are.
  std::string Describe() const;

 private:
  // One recorded thread that waits.
  struct Waiter {
    ThreadContext* context;
    std::uint32_t wait_count;
    std::uint64_t switches;  // how often it has given the processor up

    bool operator==(const Waiter&) const = default;
  };

  bool ListWaiters(std::vector<Waiter>& waiters) const;
  bool FindEndedOwner(const std::vector<Waiter>& waiters) const;
  void Note(const std::vector<Waiter>& waiters, OccurrenceKind kind) const;

  Recorder& recorder_;
  const std::vector<pid_t> bystanders_;
  std::vector<Waiter> waiters_;  // as of the last look; empty if somebody ran
  std::size_t strangers_ = 0;    // threads of the process that are not recorded, then
  int found_ = 0;                // how often in a row it was the same
};

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_STUCK_H_
