// What std::atomic_thread_fence orders, told to ThreadSanitizer, which does not know fences.
//
// C++20 [atomics.fences]: a release fence before a store, and a load of what that stored (or of a
// read-modify-write in its release sequence) before an acquire fence, order what came before the
// one fence before what comes after the other. On either side a store with release, or a load with
// acquire, does as well as a fence.
//
// TSan's happens-before is added to by __tsan_release(x) and __tsan_acquire(x). So each release
// fence, and each store with release, has a record of its own, released when it is executed; of
// each atomic variable those records are known that a load of its value synchronises with; of each
// task, those that it has read without acquire. Its next acquire fence acquires just these: no more
// is ordered than the standard says, and a race that a missing fence leaves is reported.
#ifndef SELVAGE_HARNESS_TSAN_FENCE_ORDER_H_
#define SELVAGE_HARNESS_TSAN_FENCE_ORDER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

namespace selvage::tsan {

// Of one scheduler: its tasks are one OS thread, so there is nothing to lock. Called on the thread
// of the task whose operation it is, which is known by its number. Orders are those of
// std::memory_order.
class FenceOrder {
 public:
  FenceOrder() = default;
  FenceOrder(const FenceOrder&) = delete;
  FenceOrder& operator=(const FenceOrder&) = delete;

  void BeginSchedule();
  void OnFence(std::uint32_t task, int order);
  void OnLoad(std::uint32_t task, const volatile void* address, int order);
  void OnStore(std::uint32_t task, const volatile void* address, int order);
  // A read-modify-write: the release sequences that it reads go on with it. O(their length).
  void OnUpdate(std::uint32_t task, const volatile void* address, int order);

 private:
  // Something that has an address, which TSan knows it by.
  using Record = std::uint64_t;
  static constexpr std::size_t kChunk = 512;

  struct TaskState {
    Record* fence = nullptr;              // its last release fence
    absl::flat_hash_set<Record*> unread;  // read since its last acquire fence, without acquire
  };

  TaskState& Of(std::uint32_t task);
  // A new record, of all that the calling thread has done.
  Record* Released();
  // What a store of that order by the task leaves to be synchronised with, beside what it
  // continues.
  Record* OfStore(std::uint32_t task, int order);

  std::vector<std::unique_ptr<Record[]>> chunks_;  // used again in each schedule
  std::size_t records_ = 0;                        // of this schedule
  std::vector<TaskState> tasks_;
  absl::flat_hash_map<const volatile void*, std::vector<Record*>> variables_;
};

// For the functions in front of TSan's: what the calling task does. Nothing in ordinary threads.
enum class AtomicKind : std::uint8_t { kLoad, kStore, kUpdate };
void TellAtomic(AtomicKind kind, const volatile void* address, int order);
void TellFence(int order);

}  // namespace selvage::tsan

#endif  // SELVAGE_HARNESS_TSAN_FENCE_ORDER_H_
