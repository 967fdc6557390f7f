#include "selvage/harness/model/barrier.h"

#include "selvage/harness/tsan/annotations.h"

namespace selvage::model {

using runtime::OpKind;
using runtime::Readiness;
using runtime::Scheduler;
using runtime::Task;

namespace {

struct Round {
  const std::uint64_t* current;
  std::uint64_t mine;
};

}  // namespace

Barrier::Role Barrier::Arrive(Task& task, std::uintptr_t site) {
  Scheduler& scheduler = task.scheduler();
  scheduler.Point(task, OpKind::kArrive, id(), site);
  tsan::Release(address());
  if (++arrived_ == parties_) {
    arrived_ = 0;
    ++round_;
    scheduler.Changed(id());
    tsan::Acquire(address());
    return Role::kLast;
  }
  const Round round{&round_, round_};
  const Readiness over{.ready =
                           [](const void* argument) {
                             const auto* self = static_cast<const Round*>(argument);
                             return *self->current != self->mine;
                           },
                       .context = &round};
  scheduler.Await(task, OpKind::kWait, id(), site, over);
  tsan::Acquire(address());
  return Role::kOther;
}

void Barrier::Destroy(Task& task, std::uintptr_t site) {
  task.scheduler().NoteTouchOfEverything();
  if (arrived_ != 0) Misuse(task, "destroyed while a task waits in it", site);
}

}  // namespace selvage::model
