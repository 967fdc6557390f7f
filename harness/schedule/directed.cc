#include "selvage/harness/schedule/directed.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/schedule/random_value.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::schedule {

using runtime::ObjectId;
using runtime::OpKind;
using runtime::Task;
using runtime::TaskId;

namespace {

// Whether the operation may have to wait for its object.
constexpr bool IsRequest(OpKind kind) {
  return kind == OpKind::kLock || kind == OpKind::kLockShared || kind == OpKind::kAcquire ||
         kind == OpKind::kJoin || kind == OpKind::kWait || kind == OpKind::kWake ||
         kind == OpKind::kPut || kind == OpKind::kGet || kind == OpKind::kArrive;
}

}  // namespace

bool ObjectClass::Contains(const runtime::TracedObject& object) const {
  if (!type.empty() && type != object.type) return false;
  if (!name.empty() || object.name[0] != '\0') return name == object.name;
  // Of some, like futures, it is not known where they were made.
  if (object.made_at.line == 0) return true;
  return line == object.made_at.line && file == object.made_at.file;
}

Directed::Directed(std::vector<RequestTarget> targets, const runtime::Trace& trace)
    : targets_(std::move(targets)), trace_(trace) {}

// Every fourth schedule lets tasks pass some of their requests: a request in a loop may have to be
// met later than the first time.
void Directed::BeginSchedule(std::uint64_t seed) {
  random_ = Random(seed);
  holds_always_ = ++schedules_ % 4 != 0;
  watched_.clear();
}

void Directed::TaskSpawned(const Task*, const Task& child) {
  Watched watched;
  watched.path = child.SpawnPath();
  watched.end = child.object();
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    if (targets_[i].path == watched.path) watched.target = static_cast<int>(i);
  }
  const auto id = static_cast<std::size_t>(child.id());
  if (id >= watched_.size()) watched_.resize(id + 1);
  watched_[id] = std::move(watched);
}

int Directed::TargetOf(const Task& task) const {
  const auto id = static_cast<std::size_t>(task.id());
  return id < watched_.size() ? watched_[id].target : -1;
}

bool Directed::IsEndOf(const std::string& path, ObjectId object) const {
  return std::any_of(watched_.begin(), watched_.end(), [&](const Watched& watched) {
    return watched.end == object && watched.path == path;
  });
}

bool Directed::Is(const ObjectClass& wanted, ObjectId object) const {
  if (!wanted.ends.empty()) return IsEndOf(wanted.ends, object);
  const auto number = static_cast<std::uint64_t>(object);
  return number > 0 && number <= trace_.objects.size() &&
         wanted.Contains(trace_.objects[static_cast<std::uint32_t>(number - 1)]);
}

bool Directed::IsAtRequest(const Task& task) const {
  const int index = TargetOf(task);
  if (index < 0 || !IsRequest(task.pending().kind)) return false;
  const RequestTarget& target = targets_[static_cast<std::size_t>(index)];
  if (!Is(target.asks, task.pending().object) && !Is(target.asks, task.waits_also_for())) {
    return false;
  }
  if (!target.holds) return true;
  for (const ObjectId held : task.held()) {
    if (Is(*target.holds, held)) return true;
  }
  return false;
}

bool Directed::AllAtRequests(const runtime::Scheduler& scheduler) const {
  std::vector<const Task*> waiting(targets_.size(), nullptr);
  for (std::uint32_t i = 0; i < scheduler.task_count(); ++i) {
    const Task& task = scheduler.task(TaskId{i});
    if (scheduler.FindStopped(TaskId{i}) == nullptr || !IsAtRequest(task)) continue;
    waiting[static_cast<std::size_t>(TargetOf(task))] = &task;
  }
  const auto has = [](const Task& task, ObjectId object) {
    return std::find(task.held().begin(), task.held().end(), object) != task.held().end();
  };
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    if (waiting[i] == nullptr) return false;
    if (!targets_[i].held_by) continue;
    const Task* holder = waiting[*targets_[i].held_by];
    if (holder == nullptr || (!has(*holder, waiting[i]->pending().object) &&
                              !has(*holder, waiting[i]->waits_also_for()))) {
      return false;
    }
  }
  return true;
}

bool Directed::IsHeld(const Task& task) {
  if (!IsAtRequest(task)) return false;
  Watched& watched = watched_[static_cast<std::size_t>(task.id())];
  if (watched.seen != task.announced()) {
    watched.seen = task.announced();
    watched.held = holds_always_ || random_.Chance(1, 2);
  }
  return watched.held;
}

// Uniform among the tasks that are not held. When all are, one of them is let go.
TaskId Directed::NextTask(const TaskChoice& choice) {
  const tsan::IgnoreScope unseen;  // names are compared
  std::uint32_t free = 0;
  TaskId chosen = choice.candidates.First();
  choice.candidates.ForEach([&](TaskId id) {
    const Task& task = choice.task(id);
    if (IsHeld(task) || task.expiring()) return;
    if (random_.Below(++free) == 0) chosen = id;
  });
  if (free > 0) return chosen;
  chosen = RandomTask(random_, choice);
  watched_[static_cast<std::size_t>(chosen)].held = false;
  return chosen;
}

std::uint32_t Directed::NextValue(ValueKind kind, std::uint32_t bound) {
  return RandomValue(random_, kind, bound);
}

}  // namespace selvage::schedule
