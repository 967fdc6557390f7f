// Which operations of different schedules are on the same variable.
//
// An address says it within one schedule only: a block of the heap is another one in the next, and
// so is the number of a lock. What stays is the code. A variable here is a set of places in the
// code: two places that two tasks, not ordered by the start of one of them, have used the same
// object from are of one variable, in this schedule and all others. Only what can be in conflict
// counts: the arguments of a thread are written before it starts and are no variable, although many
// threads have such at one place. A block of the heap that one task has freed and another has got
// looks like a variable all the same; so those are told apart that two tasks were about to use at
// the same time.
#ifndef SELVAGE_HARNESS_SCHEDULE_SHARED_VARIABLES_H_
#define SELVAGE_HARNESS_SCHEDULE_SHARED_VARIABLES_H_

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "selvage/harness/record.h"
#include "selvage/harness/runtime/op.h"
#include "selvage/harness/runtime/task.h"
#include "selvage/harness/schedule/strategy.h"

namespace selvage::schedule {

// Not thread-safe. Note() allocates nothing; the others do.
class SharedVariables {
 public:
  using Place = std::uintptr_t;  // Op::site

  // What stands for a task in every schedule: its spawn path.
  using TaskKey = std::uint64_t;
  static TaskKey KeyOf(TaskKey parent, std::uint32_t child_ordinal);
  static constexpr TaskKey kMainTask = 0;

  // The place of the write that a read has seen; 0: of none by a task. Of a lock and its like, the
  // one who had it before.
  using ReadsFrom = std::pair<Place, Place>;  // write, read

  struct Variable {
    std::vector<Place> places;   // ascending
    std::vector<Place> readers;  // those that see what it was, ascending
    std::vector<Place>
        writers;              // those that make it another, but for unlock and its like; ascending
    std::uint64_t tasks = 0;  // different ones that use it
    std::uint64_t accesses = 0;
    bool contested = false;  // two tasks were seen about to use it at the same time
  };

  SharedVariables();

  // Not every schedule is learned from: what the first ones have shown changes little later.
  void BeginSchedule();
  // `parent` has announced so many operations before.
  void TaskSpawned(const runtime::Task* parent, const runtime::Task& child);
  // The candidate `next` is to run.
  void Note(const TaskChoice& choice, runtime::TaskId next);
  // O(n log n) in the operations noted, of which there are at most some thousands.
  void EndSchedule();

  // In the order of their first places, which is the same in every process of one binary that loads
  // it at the same address.
  const std::vector<Variable>& variables() const { return variables_; }
  // In how many of the schedules studied the read has seen that write.
  std::uint64_t Seen(const ReadsFrom& pair) const;
  // How often the task uses the variable, the largest number seen.
  std::uint64_t Accesses(const Variable& variable, TaskKey task) const;

  // What is known, for another process that is a fork of the same one.
  void Write(RecordWriter& writer) const;
  void Read(RecordReader& reader);

 private:
  struct Access {
    std::uint64_t object = 0;
    Place place = 0;
    std::uint64_t announced = 0;
    TaskKey task = 0;
    std::uint32_t id = 0;  // of the running schedule
    std::uint32_t order = 0;
    bool memory = false;
    bool reads = false;
    bool writes = false;
    bool hands_back = false;  // unlock and its like
    bool contested = false;
    bool is_to_come = false;  // was seen pending
  };
  struct Uses {
    bool reads = false;
    bool writes = false;
    bool contested = false;
  };
  struct Start {
    std::uint32_t parent = 0;
    std::uint64_t announced = 0;  // by the parent, before
    TaskKey key = kMainTask;
  };
  // What one task has done to one object.
  struct Use {
    std::uint32_t id = 0;
    std::uint64_t last = 0;
    std::uint64_t last_write = 0;  // 0: none
  };
  struct CountRow {
    Place place;
    TaskKey task;
    std::uint64_t count;
  };
  struct LinkRow {
    Place place;
    Place other;
    Uses uses;
  };
  struct PairRow {
    Place write;
    Place read;
    std::uint64_t schedules;
  };

  // Of the task's pending operation.
  Access AccessOf(const runtime::Task& task) const;
  Place Root(Place place);
  void Unite(Place a, Place b);
  // Whether `ancestor` was, when it did its operation number `announced`, still to start the one
  // that `task` comes from.
  bool IsBefore(std::uint32_t ancestor, std::uint64_t announced, std::uint32_t task) const;
  bool Conflict(const Use& a, const Use& b) const;
  bool IsShared(std::vector<Access>::const_iterator begin,
                std::vector<Access>::const_iterator end) const;
  void CountAccesses();
  void CountPairs(std::vector<Access>::const_iterator begin,
                  std::vector<Access>::const_iterator end, std::vector<ReadsFrom>& seen) const;
  void ListVariables();

  std::uint64_t schedules_ = 0;
  bool studies_ = false;
  std::vector<Access> log_;    // of fixed capacity; what does not fit is not learned from
  std::vector<Start> starts_;  // by id
  // Of a union-find forest: whoever has no row of its own is in no variable.
  absl::flat_hash_map<Place, Place> link_;
  absl::flat_hash_map<std::pair<Place, TaskKey>, std::uint64_t> accesses_;
  absl::flat_hash_map<Place, Uses> uses_;  // of those in link_
  absl::flat_hash_map<ReadsFrom, std::uint64_t> pairs_;
  std::vector<Variable> variables_;
};

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_SHARED_VARIABLES_H_
