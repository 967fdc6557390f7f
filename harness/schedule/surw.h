// URW and SURW: (selectively) uniform random walk.
//
// "Selectively Uniform Concurrency Testing", ASPLOS 2025. A task that still has much to do must be
// picked more often than one that is nearly done, or else most interleavings are practically never
// seen. URW picks in proportion to the operations left, which makes all interleavings equally
// probable; SURW does so for the accesses to one shared object, drawn anew for each schedule in
// proportion to how often it is accessed, and leaves the others to random priorities.
//
// What is left is learned: the first schedule is a random walk, and every schedule that does not
// fail raises the counts to the largest seen. Departures from the paper: the counts come from many
// schedules instead of one profiling run; accesses made while no other task could run are invisible
// to a strategy, so counts for one variable are the largest seen at choices; what is the same
// variable in another schedule is told by the code that uses it (SharedVariables). Tasks are the
// same if their spawn paths are.
#ifndef SELVAGE_HARNESS_SCHEDULE_SURW_H_
#define SELVAGE_HARNESS_SCHEDULE_SURW_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "selvage/harness/schedule/random.h"
#include "selvage/harness/schedule/random_value.h"
#include "selvage/harness/schedule/shared_variables.h"
#include "selvage/harness/schedule/strategy.h"

namespace selvage::schedule {

// REQUIRES: the tasks of a schedule can be read until EndSchedule has returned.
class Surw : public Strategy {
 public:
  enum class Interest {
    kEverything,   // URW
    kOneVariable,  // SURW
  };

  // `variables`: what is known of the schedules so far; learning is somebody else's (Focused). URW
  // needs none.
  explicit Surw(Interest interest, std::shared_ptr<const SharedVariables> variables = nullptr);

  std::string_view name() const override {
    return interest_ == Interest::kEverything ? "urw" : "surw";
  }
  void BeginSchedule(std::uint64_t seed) override;
  runtime::TaskId NextTask(const TaskChoice& choice) override;
  std::uint32_t NextValue(ValueKind kind, std::uint32_t bound) override {
    return RandomValue(random_, kind, bound);
  }
  void TaskSpawned(const runtime::Task* parent, const runtime::Task& child) override;
  void EndSchedule(const ScheduleSummary& summary) override;
  std::string Learnt() const override;
  void Learn(std::string_view learnt) override;

 private:
  // A spawn path, the same in every schedule. A parent's index is below those of its children.
  struct Node {
    std::uint32_t parent = 0;
    SharedVariables::TaskKey key = SharedVariables::kMainTask;
    std::uint64_t operations = 0;  // the largest number announced
    std::uint64_t weight =
        0;  // for the running schedule: its own interesting operations and its descendants'
  };
  struct TaskState {
    const runtime::Task* task = nullptr;
    std::uint32_t node = 0;
    std::uint64_t weight = 0;     // interesting operations left, the pending one included
    std::uint64_t announced = 0;  // the operation that `priority` belongs to
    std::uint64_t priority = 0;
    std::uint64_t held = 0;       // held if equal to hold_
    bool is_interesting = false;  // the operation that `priority` belongs to
  };

  TaskState& state(runtime::TaskId id) { return states_[static_cast<std::uint32_t>(id)]; }
  bool IsInteresting(const runtime::Op& op) const;
  bool IsHeld(runtime::TaskId id) { return state(id).held == hold_; }
  // Nobody is held, and nobody intended.
  void Release();
  void Refresh(const TaskChoice& choice);
  runtime::TaskId Pick(const TaskChoice& choice);
  void Intend(const TaskChoice& choice, runtime::TaskId best);
  void ChooseVariable();

  // Rows of the learned tables.
  struct PathRow {
    std::uint32_t parent;
    std::uint32_t child_ordinal;
    std::uint32_t node;
  };
  const Interest interest_;

  // Learned.
  bool profiled_ = false;
  std::vector<Node> nodes_;
  absl::flat_hash_map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> node_of_path_;
  const std::shared_ptr<const SharedVariables> variables_;
  std::uint32_t most_tasks_ = 0;  // in one schedule

  // Of the running schedule.
  Random random_;
  bool everything_ = true;
  std::vector<SharedVariables::Place> places_;  // of the interesting variable, ascending
  std::vector<TaskState> states_;               // by task
  std::uint64_t hold_ = 1;
  bool has_intended_ = false;
  runtime::TaskId intended_{};
  runtime::TaskId last_{};
  std::uint32_t consecutive_ = 0;
};

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_SURW_H_
