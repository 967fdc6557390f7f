// What ThreadSanitizer says: data races, captured in the process that has them.
#ifndef SELVAGE_HARNESS_TSAN_RACE_H_
#define SELVAGE_HARNESS_TSAN_RACE_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace selvage::tsan {

inline constexpr int kMaxRaceStack = 24;

// One of the two accesses of a race.
struct RaceAccess {
  std::uintptr_t address = 0;
  std::uint32_t size = 0;  // bytes
  bool write = false;
  bool atomic = false;
  std::uint64_t thread =
      0;  // the kernel's number of the thread, or body, that made it; 0 if unknown
  int depth = 0;
  std::uintptr_t stack[kMaxRaceStack] = {};  // return addresses, innermost first

  std::span<const std::uintptr_t> Stack() const { return {stack, static_cast<std::size_t>(depth)}; }
};

// Where TSan knows the memory to be.
enum class RaceMemory : std::uint8_t { kUnknown, kGlobal, kHeap, kStack, kThreadLocal };

// A race report, copied out of TSan: no memory of TSan's, nothing symbolized.
struct Race {
  RaceAccess current;   // the access at which TSan noticed
  RaceAccess previous;  // the one before it
  RaceMemory memory = RaceMemory::kUnknown;
  bool use_after_free = false;  // the previous one is the release of the memory
  std::uint64_t step = 0;       // of the schedule
  // Of a stack or a thread_local: the kernel's number of the thread it belongs to; of the heap: of
  // the one that allocated the block. 0 if unknown.
  std::uint64_t owner = 0;
  std::uintptr_t block_begin = 0;  // of the heap
  std::size_t block_size = 0;      // bytes
  int allocation_depth = 0;
  std::uintptr_t allocation[kMaxRaceStack] = {};  // its stack, as RaceAccess has them

  std::span<const std::uintptr_t> Allocation() const {
    return {allocation, static_cast<std::size_t>(allocation_depth)};
  }
};

// A lock-order inversion of native mutexes, which TSan's own deadlock detection watches.
struct Inversion {
  static constexpr int kMostStacks = 4;

  int stacks = 0;
  int depth[kMostStacks] = {};
  std::uintptr_t pcs[kMostStacks][kMaxRaceStack] = {};  // return addresses, innermost first

  std::span<const std::uintptr_t> Stack(int i) const {
    return {pcs[i], static_cast<std::size_t>(depth[i])};
  }
};

// Collects the races of one driver's schedules. While one is alive, TSan's reports from its tasks
// come here and are not printed; all others go their ordinary way. Not thread-safe: the tasks and
// the driver of one exploration are one thread.
class RaceCollector {
 public:
  RaceCollector();
  RaceCollector(const RaceCollector&) = delete;
  RaceCollector& operator=(const RaceCollector&) = delete;

  // The races since the last Clear(), in order, up to a limit; count() has all.
  std::span<const Race> races() const { return {races_, kept_}; }
  std::uint64_t count() const { return count_; }
  void Clear() { kept_ = count_ = 0; }

  // All that TSan has told of, up to a limit.
  std::span<const Inversion> inversions() const { return {inversions_, kept_inversions_}; }

  // Called by TSan's hook.
  void Add(void* report);

 private:
  static constexpr std::size_t kMost = 32;
  static constexpr std::size_t kMostInversions = 8;

  void AddInversion(void* report, int stacks);

  Race races_[kMost];
  Inversion inversions_[kMostInversions];
  std::size_t kept_inversions_ = 0;
  std::size_t kept_ = 0;
  std::uint64_t count_ = 0;
};

// Makes TSan forget all accesses so far. REQUIRES: no task runs.
//
// TSan marks memory that it has reported as read-only, and looks at no more reads of it
// (compiler-rt, "This prevents trapping on this address in future"); and in a process of many
// threads its history of accesses wears out. Where TSan has no such function (GCC 12) nothing
// happens.
void ForgetHistory();

// Makes the linker take the hooks (hooks.cc) out of the library.
void LinkReportHook();
void LinkDefaultOptions();

}  // namespace selvage::tsan

#endif  // SELVAGE_HARNESS_TSAN_RACE_H_
