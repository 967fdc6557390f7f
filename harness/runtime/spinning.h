// Whether a task goes in circles: it does the same operations again and again, none of which
// changes anything, and is each time in the same state as before.
//
// Such a task has nothing to contribute until somebody changes what it reads: whatever it would do
// in another round it has done already, and a schedule without that round shows the same
// behaviours. So the scheduler lets it sleep (scheduler_spinning.cc). That the state is the same is
// not guessed from the operations: a task that tries three times and then waits, or reads one
// variable a thousand times in a loop that counts, has another state in each round, and is no
// spinner.
//
// How it is noticed. An operation that changes something starts everything anew; taking something
// and giving it back changes nothing together. The anchor is one operation of the task (site and
// object), moved on after 2, 4, 8, ... operations without meeting it again, so that it comes to lie
// in the loop whatever came before (Brent, "An Improved Monte Carlo Factorization Algorithm", BIT
// 1980). From one anchor to the next is a lap. The second lap finds the operation with the
// outermost frame: its stack has in it all that outlives a round, and nothing that the harness
// could have left there. That is the mark. From the third lap on the state at the mark is compared
// with one that was kept, again by Brent's rule.
//
// What is not seen: memory that code changes which has no scheduling points at plain accesses.
// Where none were met, more rounds are asked for.
#ifndef SELVAGE_HARNESS_RUNTIME_SPINNING_H_
#define SELVAGE_HARNESS_RUNTIME_SPINNING_H_

#include <cstddef>
#include <cstdint>

#include "selvage/harness/runtime/local_state.h"
#include "selvage/harness/runtime/op.h"

namespace selvage::runtime {

// What an operation leaves behind.
enum class Footprint : std::uint8_t {
  kNone,   // it only looks
  kTakes,  // it is undone by giving back
  kGivesBack,
  kChanges,
};

// Of an operation that succeeds; one that fails, or whose wait runs out of time, only looks.
constexpr Footprint FootprintOf(OpKind kind) {
  switch (kind) {
    case OpKind::kLoad:
    case OpKind::kAtomicLoad:
    case OpKind::kRawAtomicLoad:
    case OpKind::kQuery:
    case OpKind::kSleep:
    case OpKind::kYield:
    case OpKind::kWait:  // the lock that it releases is taken again before the next round
      return Footprint::kNone;
    case OpKind::kLock:
    case OpKind::kTryLock:
    case OpKind::kLockShared:
    case OpKind::kTryLockShared:
    case OpKind::kAcquire:
    case OpKind::kTryAcquire:
      return Footprint::kTakes;
    case OpKind::kUnlock:
    case OpKind::kUnlockShared:
    case OpKind::kRelease:
      return Footprint::kGivesBack;
    default:
      return Footprint::kChanges;
  }
}

// A few objects; with too many it is as if it had all there are. Whether it has one does not depend
// on addresses but for the sixteen bytes in which they lie, so that it is the same in a replay.
class ReadSet {
 public:
  void Clear() { size_ = 0; }
  void Insert(ObjectId object) {
    if (size_ > kMost || MayContain(object)) return;
    if (size_ < kMost) objects_[size_] = Place(object);
    ++size_;
  }
  bool MayContain(ObjectId object) const {
    if (size_ > kMost) return true;
    for (std::uint32_t i = 0; i < size_; ++i) {
      if (objects_[i] == Place(object)) return true;
    }
    return false;
  }

 private:
  static constexpr std::uint32_t kMost = 16;

  // Memory by sixteen bytes, the most that one access has: accesses of different sizes meet.
  static std::uint64_t Place(ObjectId object) {
    constexpr std::uint64_t kLowestAddress = std::uint64_t{1} << 16;
    const auto value = static_cast<std::uint64_t>(object);
    return value < kLowestAddress ? value : value & ~std::uint64_t{15};
  }

  std::uint64_t objects_[kMost] = {};
  std::uint32_t size_ = 0;
};

// Of one task; only the scheduler uses it. The inline part is on the path of every operation.
class Spin {
 public:
  // Something has changed: by the task itself, or in what it reads.
  void Restart() {
    site_ = 0;
    ops_ = 0;
    limit_ = 1;
    laps_ = 0;
    rounds_ = 0;
  }

  // The task announces an operation. Returns whether Watch() is to be called for it.
  bool Advance(ObjectId object, std::uintptr_t site) {
    if (site == site_ && object == object_) return true;
    if (++ops_ <= limit_) return laps_ > 0;
    site_ = site;
    object_ = object;
    ops_ = 0;
    limit_ *= 2;
    const bool was_watched = laps_ > 0;
    laps_ = 0;
    rounds_ = 0;
    return was_watched;
  }

  // The slow half of Advance(). `held`: how many locks the task holds. Reads the stack of the
  // calling task, which it is, up to `stack_top`.
  void Watch(ObjectId object, std::uintptr_t site, const void* stack_top, std::size_t held);

  // An operation without effect, or one to be undone, has been done. Only if laps() > 0.
  void Note(Footprint footprint, OpKind kind, ObjectId object);

  // How often the task has met the anchor since something changed. Not 0: it is being watched.
  std::uint32_t laps() const { return laps_; }
  // Rounds after which the task was in the same state as before.
  std::uint32_t rounds() const { return rounds_; }
  // Whether it holds, in this operation, no more than anywhere else in the round.
  bool holds_least() const { return held_ <= least_held_; }
  bool MayHaveRead(ObjectId object) const { return reads_.MayContain(object); }
  // An operation of each round, once there has been one.
  std::uintptr_t mark_site() const { return mark_site_; }
  ObjectId mark_object() const { return mark_object_; }
  // How often it comes in a round; 0 before there has been one.
  std::uint32_t marks_in_round() const { return period_; }

 private:
  void CountLap(std::size_t held);
  void Survey(ObjectId object, std::uintptr_t site, const void* stack_top);
  void CompareState(std::uint64_t state);
  bool IsStateDue() const;

  // The anchor.
  std::uintptr_t site_ = 0;
  ObjectId object_ = kNoObject;
  std::uint32_t ops_ = 0;    // since it was met
  std::uint32_t limit_ = 1;  // of ops_
  std::uint32_t laps_ = 0;
  std::uint32_t rounds_ = 0;

  // All below means something only while laps_ > 0.
  std::uint32_t marks_ = 0;  // how often the mark was met
  std::uint32_t laps_without_mark_ = 0;
  std::uint32_t kept_at_ = 0;   // marks_ when kept_ was taken; 0: it was not
  std::uint32_t period_ = 0;    // marks from one equal state to the next; 0: none was equal
  std::uint32_t equal_at_ = 0;  // marks_ when the state was equal last
  std::uint64_t kept_ = 0;
  std::uint64_t balance_ = 0;     // of what was taken and not given back
  std::uintptr_t outermost_ = 0;  // the mark's frame
  std::uintptr_t mark_site_ = 0;
  ObjectId mark_object_ = kNoObject;
  std::size_t held_ = 0;
  std::size_t least_held_ = 0;
  ReadSet reads_;
};

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_SPINNING_H_
