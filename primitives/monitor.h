// Monitor: what the primitives with more state than a number have in common: one thread at a time
// in it, and waiting there until the state is as wanted.
//
// A primitive derives from it, keeps its state twice, for native use and for the running schedule,
// and writes each operation once, as a Turn.
#ifndef SELVAGE_PRIMITIVES_MONITOR_H_
#define SELVAGE_PRIMITIVES_MONITOR_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

#include "selvage/harness/lockgraph/lock_identity.h"
#include "selvage/harness/runtime/object.h"
#include "selvage/harness/runtime/op.h"
#include "selvage/harness/runtime/spin_lock.h"
#include "selvage/harness/runtime/task.h"
#include "selvage/harness/source_location.h"

namespace selvage::internal {

// What was ordered by `address` is so no more: as tsan::Forget, but for where threads that nothing
// orders may do it. TSan takes the end of a synchronisation object for a write to its memory.
void ForgetOrder(const void* address);

// What is waited for: natively, the recorder is told before the thread sleeps without a deadline,
// and looks for a deadlock.
struct Contention {
  const lockgraph::LockIdentity* lock = nullptr;
  lockgraph::Mode mode = lockgraph::Mode::kExclusive;
};

// Orders nobody by itself: what an operation means to TSan, the primitive says with tsan::Release
// and tsan::Acquire inside the turn. One object of the runtime; natively a spin lock and a futex. A
// change wakes all who wait, and they look again. Derived classes are Thread-safe through it.
class Monitor {
 public:
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

 protected:
  class Turn;

  Monitor(const char* type, std::string_view name, SourceLocation made_at);
  // Misuse inside a schedule: another task is about to use the primitive.
  ~Monitor();

  // A schedule uses the primitive for the first time: its model state, left over from an earlier
  // schedule, starts anew.
  virtual void ResetModel() = 0;

  // Inside a schedule a finding that ends it; outside throws std::logic_error. Returns only to a
  // task that is being unwound.
  void Misuse(std::string_view what, std::uintptr_t site) const;
  // The same, but throws std::system_error.
  void Misuse(std::errc code, std::string_view what, std::uintptr_t site) const;

  // Whether the calling task's schedule has met the primitive.
  bool UsedInSchedule() const;
  runtime::Object& object() { return object_; }
  const runtime::Object& object() const { return object_; }

 private:
  runtime::ObjectId Enter(runtime::Scheduler& scheduler);

  runtime::Object object_;
  // Native use only.
  runtime::SpinLock lock_;
  std::atomic<std::uint32_t> changes_{0};  // slept on
  std::uint32_t sleepers_ = 0;             // guarded by lock_
};

// One operation: while it lives nobody else is in the monitor. Inside a schedule it begins with a
// scheduling point, and no other one may come before its end but Await().
class Monitor::Turn {
 public:
  using Timeout = std::optional<std::chrono::nanoseconds>;

  // An operation that can always take effect.
  Turn(Monitor& monitor, runtime::OpKind kind, std::uintptr_t site);

  // An operation that waits until `ready()`, for at most `timeout`. `ready` reads the monitor's
  // state and nothing else. It may have a member VisitBlockers(visitor), as in runtime::Readiness.
  template <typename Predicate>
  Turn(Monitor& monitor, runtime::OpKind kind, std::uintptr_t site, const Predicate& ready,
       Timeout timeout, Contention contention = {})
      : Turn(monitor, kind, site, Readiness(ready), timeout, contention) {}

  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  // Lets others in until `ready()`. False if it was not so in time.
  template <typename Predicate>
  bool Await(runtime::OpKind kind, std::uintptr_t site, const Predicate& ready, Timeout timeout,
             Contention contention = {}) {
    return Wait(kind, site, Readiness(ready), timeout, contention);
  }

  // Whether what the constructor waited for did not come in time.
  bool timed_out() const { return timed_out_; }
  // The calling task; null outside schedules.
  runtime::Task* task() const { return task_; }
  // The primitive's number in the schedule.
  runtime::ObjectId id() const { return id_; }

  // The state has just changed: whoever waits looks again.
  void Changed();
  // The operation was a try, and failed.
  void Unsuccessful();

 private:
  template <typename Predicate>
  static runtime::Readiness Readiness(const Predicate& ready) {
    runtime::Readiness readiness{
        .ready = [](const void* it) { return (*static_cast<const Predicate*>(it))(); },
        .context = &ready};
    if constexpr (requires(runtime::BlockerVisitor & visitor) { ready.VisitBlockers(visitor); }) {
      readiness.blockers = [](const void* it, runtime::BlockerVisitor& visitor) {
        static_cast<const Predicate*>(it)->VisitBlockers(visitor);
      };
    }
    return readiness;
  }

  Turn(Monitor& monitor, runtime::OpKind kind, std::uintptr_t site, runtime::Readiness readiness,
       Timeout timeout, Contention contention);
  bool Wait(runtime::OpKind kind, std::uintptr_t site, runtime::Readiness readiness,
            Timeout timeout, Contention contention);
  bool SleepOn(Contention contention, std::uintptr_t site, const runtime::Readiness& readiness);
  bool SleepUntil(const runtime::Readiness& readiness, Timeout timeout);

  Monitor& monitor_;
  runtime::Task* const task_;
  runtime::ObjectId id_ = runtime::kNoObject;
  bool timed_out_ = false;
  bool changed_ = false;  // native
};

// While one lives the calling task is an ordinary thread that TSan disregards: for destroying what
// an earlier schedule left behind, which must be no part of this one.
class OutsideSchedule {
 public:
  OutsideSchedule();
  ~OutsideSchedule();
  OutsideSchedule(const OutsideSchedule&) = delete;
  OutsideSchedule& operator=(const OutsideSchedule&) = delete;

 private:
  runtime::Task* const task_;
};

}  // namespace selvage::internal

#endif  // SELVAGE_PRIMITIVES_MONITOR_H_
