#include "selvage/harness/schedule/surw.h"

#include <algorithm>

#include "selvage/harness/record.h"

namespace selvage::schedule {
namespace {

constexpr std::size_t kLoggedAccesses = 8192;
constexpr std::size_t kLearnedAccesses = std::size_t{1} << 16;
constexpr std::uint32_t kMaxConsecutive = 1'000;
constexpr std::uint32_t kNoParent = ~std::uint32_t{0};

}  // namespace

Surw::Surw(Interest interest) : interest_(interest) { log_.reserve(kLoggedAccesses); }

void Surw::BeginSchedule(std::uint64_t seed) {
  random_ = Random(seed);
  states_.clear();
  log_.clear();
  hold_ = 1;
  has_intended_ = false;
  consecutive_ = 0;
  ChooseObject();
}

void Surw::ChooseObject() {
  std::uint64_t total = 0;
  for (const Interesting& candidate : objects_) total += candidate.accesses;
  everything_ = interest_ == Interest::kEverything || total == 0;
  if (everything_) {
    for (Node& node : nodes_) node.weight = node.operations;
  } else {
    std::uint64_t drawn = random_.Below(total);
    for (const Interesting& candidate : objects_) {
      object_ = candidate.object;
      if (drawn < candidate.accesses) break;
      drawn -= candidate.accesses;
    }
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      const auto found = accesses_.find({object_, i});
      nodes_[i].weight = found == accesses_.end() ? 0 : found->second.count;
    }
  }
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    if (nodes_[i].parent != kNoParent) nodes_[nodes_[i].parent].weight += nodes_[i].weight;
  }
}

void Surw::TaskSpawned(const runtime::Task* parent, const runtime::Task& child) {
  const auto index = static_cast<std::uint32_t>(child.id());
  if (index >= states_.size()) states_.resize(index + 1);
  const std::uint32_t parent_node = parent == nullptr ? kNoParent : state(parent->id()).node;
  const auto [entry, is_new] = node_of_path_.try_emplace({parent_node, child.child_ordinal()},
                                                         static_cast<std::uint32_t>(nodes_.size()));
  if (is_new) nodes_.push_back(Node{parent_node});
  states_[index] = TaskState{&child, entry->second, nodes_[entry->second].weight};
  if (parent == nullptr) return;
  TaskState& from = state(parent->id());
  const std::uint64_t moved = std::min(from.weight, states_[index].weight);
  if (moved == 0) return;
  if (has_intended_ && intended_ == parent->id() && random_.Chance(moved, from.weight)) {
    intended_ = child.id();
  }
  from.weight -= moved;
}

void Surw::Release() {
  ++hold_;
  has_intended_ = false;
}

// Gives each new operation its priority. With every operation interesting, what is left is exactly
// what has not been announced; counting that way also sees the operations that were no choice.
void Surw::Refresh(const TaskChoice& choice) {
  choice.candidates.ForEach([&](runtime::TaskId id) {
    TaskState& task = state(id);
    const std::uint64_t announced = choice.task(id).announced();
    if (task.announced == announced) return;
    if (everything_) {
      const std::uint64_t done = announced - (task.announced == 0 ? 1 : task.announced);
      task.weight -= std::min(task.weight, done);
    }
    task.announced = announced;
    task.priority = random_.Next();
  });
}

void Surw::Intend(const TaskChoice& choice) {
  std::uint64_t total = 0;
  choice.candidates.ForEach([&](runtime::TaskId id) {
    if (!IsHeld(id)) total += state(id).weight;
  });
  std::uint64_t drawn = random_.Below(total);
  bool found = false;
  choice.candidates.ForEach([&](runtime::TaskId id) {
    if (found || IsHeld(id)) return;
    if (drawn < state(id).weight) {
      intended_ = id;
      found = true;
    } else {
      drawn -= state(id).weight;
    }
  });
  has_intended_ = true;
}

runtime::TaskId Surw::Pick(const TaskChoice& choice) {
  for (;;) {
    runtime::TaskId best{};
    bool found = false;
    choice.candidates.ForEach([&](runtime::TaskId id) {
      if (IsHeld(id)) return;
      if (!found || state(id).priority > state(best).priority) {
        best = id;
        found = true;
      }
    });
    if (!found) {
      Release();
      continue;
    }
    if (!IsInteresting(choice.task(best).pending())) return best;
    TaskState& task = state(best);
    if (task.weight == 0) task.weight = 1;
    if (!has_intended_) Intend(choice);
    if (best == intended_) {
      if (!everything_) --task.weight;
      Release();
      return best;
    }
    task.held = hold_;
  }
}

runtime::TaskId Surw::NextTask(const TaskChoice& choice) {
  Refresh(choice);
  if (consecutive_ >= kMaxConsecutive) {
    consecutive_ = 0;
    Release();
  }
  const runtime::TaskId next = profiled_ ? Pick(choice) : RandomTask(random_, choice);
  consecutive_ = next == last_ ? consecutive_ + 1 : 1;
  last_ = next;

  const runtime::Op& op = choice.task(next).pending();
  if (interest_ == Interest::kOneObject && op.object != runtime::kNoObject &&
      log_.size() < log_.capacity()) {
    log_.push_back(Access{KeyOf(op), state(next).node, !runtime::IsReadOnly(op.kind)});
  }
  // An operation picked again although it was not announced anew (an expired wait) draws a new
  // priority.
  state(next).priority = random_.Next();
  return next;
}

void Surw::EndSchedule(const ScheduleSummary& summary) {
  if (summary.failed && profiled_) return;
  profiled_ = true;
  for (const TaskState& state : states_) {
    if (state.task == nullptr) continue;
    Node& node = nodes_[state.node];
    node.operations = std::max(node.operations, state.task->announced());
  }
  if (interest_ == Interest::kEverything) return;
  absl::flat_hash_map<std::pair<ObjectKey, std::uint32_t>, Accesses> seen;
  for (const Access& access : log_) {
    Accesses& accesses = seen[{access.object, access.node}];
    ++accesses.count;
    accesses.write |= access.write;
  }
  for (const auto& [key, found] : seen) {
    if (accesses_.size() >= kLearnedAccesses && !accesses_.contains(key)) continue;
    Accesses& accesses = accesses_[key];
    accesses.count = std::max(accesses.count, found.count);
    accesses.write |= found.write;
  }
  FindInterestingObjects();
}

std::string Surw::Learnt() const {
  if (!profiled_) return {};
  std::vector<PathRow> paths;
  for (const auto& [path, node] : node_of_path_) paths.push_back({path.first, path.second, node});
  std::vector<AccessRow> accesses;
  for (const auto& [key, seen] : accesses_) accesses.push_back({key.first, key.second, seen});
  RecordWriter writer;
  writer.PutList(nodes_);
  writer.PutList(paths);
  writer.PutList(accesses);
  writer.PutList(objects_);
  return std::string(writer.bytes());
}

void Surw::Learn(std::string_view learnt) {
  RecordReader reader(learnt);
  profiled_ = true;
  nodes_ = reader.GetList<Node>();
  node_of_path_.clear();
  for (const PathRow& row : reader.GetList<PathRow>()) {
    node_of_path_[{row.parent, row.child_ordinal}] = row.node;
  }
  accesses_.clear();
  for (const AccessRow& row : reader.GetList<AccessRow>()) {
    accesses_[{row.object, row.node}] = row.accesses;
  }
  objects_ = reader.GetList<Interesting>();
}

void Surw::FindInterestingObjects() {
  struct Shared {
    std::uint64_t accesses = 0;
    std::uint64_t tasks = 0;
    bool write = false;
  };
  absl::flat_hash_map<ObjectKey, Shared> shared;
  for (const auto& [key, accesses] : accesses_) {
    Shared& object = shared[key.first];
    object.accesses += accesses.count;
    ++object.tasks;
    object.write |= accesses.write;
  }
  objects_.clear();
  const std::uint64_t least = std::max<std::uint64_t>(2, states_.size() / 2);
  for (const auto& [key, object] : shared) {
    if (object.write && object.tasks >= least) {
      objects_.push_back(Interesting{key, object.accesses});
    }
  }
  // The order of a hash table differs from process to process; that of the draw must not.
  std::sort(objects_.begin(), objects_.end(), [](const Interesting& a, const Interesting& b) {
    return std::pair(a.object.memory, a.object.object) <
           std::pair(b.object.memory, b.object.object);
  });
}

}  // namespace selvage::schedule
