// Makes the tasks of an exploration known to its lock-order recorder.
#ifndef SELVAGE_HARNESS_LOCK_ORDER_OBSERVER_H_
#define SELVAGE_HARNESS_LOCK_ORDER_OBSERVER_H_

#include <vector>

#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/thread_context.h"
#include "selvage/harness/runtime/scheduler.h"

namespace selvage {

// Gives each task the recorder's context for its place in the tree of spawns, so that what the
// primitives tell "the calling thread's context" arrives there. The driver calls BeginSchedule()
// before and EndSchedule() after each schedule.
class LockOrderObserver : public runtime::TaskObserver {
 public:
  void BeginSchedule();
  void EndSchedule();

  lockgraph::Recorder& recorder() { return recorder_; }

  void OnSpawn(const runtime::Task& parent, const runtime::Task& child) override;
  void OnTaskStart(const runtime::Task& task) override;
  void OnTaskEnd(const runtime::Task& task) override;
  void OnJoin(const runtime::Task& joiner, const runtime::Task& child, std::uintptr_t site,
              bool timed) override;
  void OnJoined(const runtime::Task& joiner, const runtime::Task& child) override;

 private:
  lockgraph::ForkToken& TokenOf(const runtime::Task& task);

  lockgraph::Recorder recorder_{lockgraph::Recorder::Runs::kRepeated,
                                lockgraph::Recorder::Threads::kOneAtATime};
  runtime::AppendBuffer<lockgraph::ForkToken> tokens_;  // by task id
};

}  // namespace selvage

#endif  // SELVAGE_HARNESS_LOCK_ORDER_OBSERVER_H_
