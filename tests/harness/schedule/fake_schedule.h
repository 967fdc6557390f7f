// A scheduler small enough to be obviously right: scripted tasks without bodies, for tests of
// strategies.
//
// It stands in for runtime::Scheduler, which alone may write runtime::Task; so a binary with it
// must not link the real one.
#ifndef SELVAGE_TESTS_HARNESS_SCHEDULE_FAKE_SCHEDULE_H_
#define SELVAGE_TESTS_HARNESS_SCHEDULE_FAKE_SCHEDULE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "selvage/harness/runtime/task.h"
#include "selvage/harness/runtime/task_set.h"
#include "selvage/harness/schedule/decision.h"
#include "selvage/harness/schedule/strategy.h"

namespace selvage::runtime {

class Scheduler {
 public:
  static void Spawn(Task& task, const Task* parent, std::uint32_t ordinal, TaskId id) {
    task.parent_ = parent;
    task.child_ordinal_ = ordinal;
    task.pending_.task = id;
  }
  static void Announce(Task& task, OpKind kind, ObjectId object, std::uintptr_t site) {
    task.pending_.kind = kind;
    task.pending_.object = object;
    task.pending_.site = site;
    ++task.announced_;
  }
  static void SetExpiring(Task& task, bool expiring) { task.expiring_ = expiring; }
  static void Finish(Task& task) { task.finished_ = true; }
};

}  // namespace selvage::runtime

namespace selvage::schedule {

// What the scripts read and write; `trace` gets each task id as its operations take effect.
struct World {
  int v[8] = {};
  bool failed = false;
  std::string trace;  // "0112": the tasks in the order of their operations
};

struct FakeOp {
  runtime::OpKind kind = runtime::OpKind::kAtomicUpdate;
  std::uint64_t object = 0;
  std::function<void(World&)> effect = nullptr;
  // After the effect, the task does this operation again while it holds.
  std::function<bool(const World&)> again = nullptr;

  // A place in the code: each kind of operation on an object has one.
  std::uintptr_t Site() const { return (object << 8) + static_cast<std::uintptr_t>(kind) + 1; }
};

// kLock and kUnlock work on a lock for each object. kSpawn starts task `object`. kJoin waits for
// its end. kSleep may expire at any time, and never ends otherwise. kNotifyOne asks which of
// `object` waiters to wake and puts the answer in v[7]; kWait asks whether it wakes spuriously,
// likewise.
using Script = std::vector<FakeOp>;

struct Program {
  std::vector<Script> scripts;
  // Tasks that exist from the start; the rest are spawned. 0: all.
  std::size_t initial = 0;
};

struct FakeRun {
  World world;
  std::vector<Decision> decisions;  // those that were not the plainest
  ScheduleSummary summary;
  bool deadlock = false;
  bool overran = false;
};

inline FakeOp Step(std::function<void(World&)> effect = nullptr) {
  return FakeOp{runtime::OpKind::kAtomicUpdate, 1, std::move(effect)};
}
inline FakeOp Lock(std::uint64_t object) { return FakeOp{runtime::OpKind::kLock, object}; }
inline FakeOp Unlock(std::uint64_t object) { return FakeOp{runtime::OpKind::kUnlock, object}; }

inline FakeRun RunProgram(const Program& program, Strategy& strategy, std::uint64_t seed,
                          runtime::Step max_steps = 20'000) {
  using runtime::OpKind;
  using runtime::TaskId;
  struct State {
    runtime::Task task;
    const Script* script = nullptr;
    std::size_t next = 0;
    std::uint32_t children = 0;
    bool spawned = false;
  };
  const std::size_t count = program.scripts.size();
  std::vector<std::unique_ptr<State>> states;
  std::vector<const runtime::Task*> tasks;
  for (std::size_t i = 0; i < count; ++i) {
    states.push_back(std::make_unique<State>());
    states[i]->script = &program.scripts[i];
    tasks.push_back(&states[i]->task);
  }
  FakeRun run;
  std::map<std::uint64_t, std::size_t> owner;
  std::uint64_t choices_of_any_kind = 0;

  auto announce = [&](State& state) {
    if (state.next == state.script->size()) {
      runtime::Scheduler::Finish(state.task);
      return;
    }
    const FakeOp& op = (*state.script)[state.next];
    runtime::Scheduler::Announce(state.task, op.kind, runtime::ObjectId{op.object}, op.Site());
    runtime::Scheduler::SetExpiring(state.task, op.kind == OpKind::kSleep);
  };
  auto spawn = [&](State* parent, std::size_t index) {
    State& child = *states[index];
    runtime::Scheduler::Spawn(child.task, parent == nullptr ? nullptr : &parent->task,
                              parent == nullptr ? 0 : parent->children++,
                              TaskId{static_cast<std::uint32_t>(index)});
    child.spawned = true;
    strategy.TaskSpawned(parent == nullptr ? nullptr : &parent->task, child.task);
    ++run.summary.tasks;
  };
  auto can_run = [&](const State& state) {
    if (!state.spawned || state.task.finished()) return false;
    const FakeOp& op = (*state.script)[state.next];
    if (op.kind == OpKind::kLock) return owner.count(op.object) == 0;
    if (op.kind == OpKind::kJoin) return states[op.object]->task.finished();
    return true;
  };
  auto ask = [&](ValueKind kind, std::uint32_t bound) {
    const std::uint64_t index = choices_of_any_kind++;
    const std::uint32_t value = strategy.NextValue(kind, bound);
    if (value != 0) {
      run.decisions.push_back({index,
                               kind == ValueKind::kNotifiedWaiter ? DecisionKind::kNotifiedWaiter
                                                                  : DecisionKind::kSpuriousWakeup,
                               value, OpKind::kStart, false});
    }
    return static_cast<int>(value);
  };

  strategy.BeginSchedule(seed);
  const std::size_t initial = program.initial == 0 ? count : program.initial;
  spawn(nullptr, 0);
  for (std::size_t i = 1; i < initial; ++i) spawn(states[0].get(), i);
  for (std::size_t i = 0; i < initial; ++i) announce(*states[i]);

  runtime::TaskSet candidates;
  candidates.Reserve(static_cast<std::uint32_t>(count));
  std::size_t current = 0;
  while (!run.world.failed) {
    candidates.Clear();
    bool unfinished = false;
    for (std::size_t i = 0; i < count; ++i) {
      unfinished |= states[i]->spawned && !states[i]->task.finished();
      if (can_run(*states[i])) candidates.Insert(TaskId{static_cast<std::uint32_t>(i)});
    }
    if (candidates.empty()) {
      run.deadlock = unfinished;
      break;
    }
    if (run.summary.steps == max_steps) {
      run.overran = true;
      break;
    }
    TaskId picked = candidates.First();
    if (candidates.size() > 1) {
      ++run.summary.choices;
      const TaskChoice choice{candidates, tasks.data(),
                              states[current]->task.finished() ? nullptr : tasks[current],
                              run.summary.steps};
      const std::uint64_t index = choices_of_any_kind++;
      picked = strategy.NextTask(choice);
      if (!candidates.Contains(picked)) {
        run.world.trace += "!";  // no test expects that
        break;
      }
      const runtime::Task& task = choice.task(picked);
      if (picked != DefaultTask(choice)) {
        run.decisions.push_back({index, DecisionKind::kTask, static_cast<std::uint32_t>(picked),
                                 task.pending().kind, task.expiring()});
      }
    }
    ++run.summary.steps;
    current = static_cast<std::size_t>(picked);
    State& state = *states[current];
    const FakeOp& op = (*state.script)[state.next];
    run.world.trace += static_cast<char>('0' + current);
    if (op.kind == OpKind::kLock) owner[op.object] = current;
    if (op.kind == OpKind::kUnlock) owner.erase(op.object);
    if (op.kind == OpKind::kNotifyOne) {
      run.world.v[7] = ask(ValueKind::kNotifiedWaiter, static_cast<std::uint32_t>(op.object));
    }
    if (op.kind == OpKind::kWait) run.world.v[7] = ask(ValueKind::kSpuriousWakeup, 2);
    if (op.effect) op.effect(run.world);
    if (!op.again || !op.again(run.world)) ++state.next;
    if (op.kind == OpKind::kSpawn) {
      spawn(&state, static_cast<std::size_t>(op.object));
      announce(*states[op.object]);
    }
    announce(state);
  }
  run.summary.failed = run.world.failed || run.deadlock || run.overran;
  strategy.EndSchedule(run.summary);
  return run;
}

}  // namespace selvage::schedule

#endif  // SELVAGE_TESTS_HARNESS_SCHEDULE_FAKE_SCHEDULE_H_
