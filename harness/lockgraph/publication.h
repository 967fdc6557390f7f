// When a lock became known to others than the thread that made it, as far as that could be seen.
//
// What a thread does with a lock of its own making, before it has shown it to anybody, deadlocks
// with nobody. It may have shown it by whatever it publishes: a lock that it releases, a signal, an
// atomic store, a fork. That one of these was the publication is known only of a thread that came
// by one of them before it first asked for the lock. One that asks without has it from where the
// recorder does not look, and may have had it earlier.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_PUBLICATION_H_
#define SELVAGE_HARNESS_LOCKGRAPH_PUBLICATION_H_

#include <cstdint>

namespace selvage::lockgraph {

// Of one lock. Zero: it was never held before its maker had published anything.
struct Publication {
  enum class State : std::uint8_t {
    kNever,
    kPending,  // nobody else has asked for it since
    kSeen,     // the first one to ask for it came by what the maker had published
    kUnseen,   // in at least one run it did not
  };
  // The newest of the locks held at the publication.
  static constexpr std::uint32_t kMostLocks = 8;

  State state;
  std::uint32_t run;
  std::uint64_t at;  // the maker's position: what it published there or later may have shown it
  std::uint32_t lock_count;
  std::uint64_t locks[kMostLocks];  // their ids; released only after it
};

// Whether the object at `address` lives as long as its module: a global or static variable, which
// its name shows to everybody. Takes some ten nanoseconds.
bool IsStatic(const void* address);

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_PUBLICATION_H_
