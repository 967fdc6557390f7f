// Whose permits a receiver of a semaphore must have had, where the semaphore is used as a signal.
//
// A receiver does not know which release let it in. But of P permits at first and R released up to
// now, the one that takes the T-th cannot have come without the poster's j-th release, where all
// others together have released, with P, fewer than T - j + 1.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_PERMITS_H_
#define SELVAGE_HARNESS_LOCKGRAPH_PERMITS_H_

#include <cstdint>

#include "selvage/harness/lockgraph/storage.h"

namespace selvage::lockgraph {

struct ClockRecord;

// What one thread has released in this run.
struct PosterRecord {
  // The newest releases; one before them orders nobody.
  static constexpr std::uint32_t kKept = 16;
  struct Post {
    std::uint64_t upto;  // of its releases, counted from 1
    ClockRecord* clock;  // what it had done then
  };
  std::uint32_t thread;
  std::uint64_t count;
  Post posts[kKept];  // number n at n % kKept
  std::uint64_t posts_made;
  PosterRecord* next;
};

// Of one semaphore, in the current run. Zero is a new one. Not thread-safe.
struct PermitRecord {
  // More threads than that are not told apart: their releases order nobody.
  static constexpr std::uint32_t kMostPosters = 64;

  void Forget();
  // `permits` were released by `thread`, which had done what `clock` says.
  void Posted(std::uint32_t thread, std::uint64_t permits, ClockRecord* clock, Arena& arena);
  void Taken() { ++taken; }

  // Calls visit(clock) with what the receiver of the permit taken last comes after. `initial`:
  // permits at first. Linear in the number of posters.
  template <typename Visitor>
  void ForEachNeeded(std::uint32_t initial, const Visitor& visit) const {
    for (const PosterRecord* poster = posters; poster != nullptr; poster = poster->next) {
      const std::uint64_t others = initial + posted - poster->count;
      if (taken <= others) continue;
      if (ClockRecord* clock = ClockOf(*poster, taken - others)) visit(clock);
    }
  }

  std::uint64_t posted;
  std::uint64_t taken;
  PosterRecord* posters;
  std::uint32_t poster_count;

 private:
  static ClockRecord* ClockOf(const PosterRecord& poster, std::uint64_t release);
};

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_PERMITS_H_
