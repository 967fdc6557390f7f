#include "selvage/harness/schedule/surw.h"

#include <algorithm>

#include "selvage/harness/record.h"

namespace selvage::schedule {
namespace {

constexpr std::uint32_t kMaxConsecutive = 1'000;
constexpr std::uint32_t kNoParent = ~std::uint32_t{0};

}  // namespace

Surw::Surw(Interest interest, std::shared_ptr<const SharedVariables> variables)
    : interest_(interest), variables_(std::move(variables)) {}

void Surw::BeginSchedule(std::uint64_t seed) {
  random_ = Random(seed);
  states_.clear();
  hold_ = 1;
  has_intended_ = false;
  consecutive_ = 0;
  ChooseVariable();
}

// Of those that at least half of the tasks use; mostly one that they were seen to contend for.
void Surw::ChooseVariable() {
  static const std::vector<SharedVariables::Variable> kNone;
  const auto& variables = interest_ == Interest::kEverything ? kNone : variables_->variables();
  const auto is_used = [&](const SharedVariables::Variable& variable) {
    return variable.tasks >= std::max<std::uint64_t>(2, most_tasks_ / 2);
  };
  const bool contested_only =
      random_.Chance(7, 8) && std::any_of(variables.begin(), variables.end(),
                                          [&](const auto& v) { return is_used(v) && v.contested; });
  const auto is_candidate = [&](const SharedVariables::Variable& variable) {
    return is_used(variable) && (variable.contested || !contested_only);
  };
  std::uint64_t total = 0;
  for (const auto& variable : variables) {
    if (is_candidate(variable)) total += variable.accesses;
  }
  everything_ = total == 0;
  if (everything_) {
    for (Node& node : nodes_) node.weight = node.operations;
  } else {
    std::uint64_t drawn = random_.Below(total);
    const SharedVariables::Variable* chosen = nullptr;
    for (const auto& variable : variables) {
      if (!is_candidate(variable)) continue;
      chosen = &variable;
      if (drawn < variable.accesses) break;
      drawn -= variable.accesses;
    }
    places_ = chosen->places;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      nodes_[i].weight = variables_->Accesses(*chosen, nodes_[i].key);
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
  if (is_new) {
    const auto key = parent == nullptr
                         ? SharedVariables::kMainTask
                         : SharedVariables::KeyOf(nodes_[parent_node].key, child.child_ordinal());
    nodes_.push_back(Node{parent_node, key});
  }
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
    task.is_interesting = IsInteresting(choice.task(id).pending());
  });
}

// REQUIRES: `best` is a candidate that is not held.
void Surw::Intend(const TaskChoice& choice, runtime::TaskId best) {
  if (state(best).weight == 0) state(best).weight = 1;  // it has more to do than was known
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

bool Surw::IsInteresting(const runtime::Op& op) const {
  return everything_ || std::binary_search(places_.begin(), places_.end(), op.site);
}

// The one of highest priority, unless it is interesting and another one is intended: then it is
// held, and the next one is looked at. In two walks over the candidates, however many are held.
runtime::TaskId Surw::Pick(const TaskChoice& choice) {
  runtime::TaskId best{};
  bool found = false;
  const auto find = [&](bool intended_only) {
    found = false;
    choice.candidates.ForEach([&](runtime::TaskId id) {
      const TaskState& task = state(id);
      if (IsHeld(id) || (intended_only && task.is_interesting && id != intended_)) return;
      if (!found || task.priority > state(best).priority) {
        best = id;
        found = true;
      }
    });
  };
  find(/*intended_only=*/false);
  if (!found) {
    Release();
    find(/*intended_only=*/false);
  }
  if (!state(best).is_interesting) return best;
  if (!has_intended_) Intend(choice, best);
  if (best != intended_) find(/*intended_only=*/true);
  if (!found) {  // the intended one cannot run, and nobody else may
    Release();
    find(/*intended_only=*/false);
    Intend(choice, best);
    find(/*intended_only=*/true);
  }
  TaskState& next = state(best);
  if (next.is_interesting) {
    if (!everything_ && next.weight > 0) --next.weight;
    Release();
    return best;
  }
  choice.candidates.ForEach([&](runtime::TaskId id) {
    TaskState& task = state(id);
    if (task.is_interesting && task.priority > next.priority) task.held = hold_;
  });
  return best;
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
  most_tasks_ = std::max(most_tasks_, summary.tasks);
}

std::string Surw::Learnt() const {
  if (!profiled_) return {};
  std::vector<PathRow> paths;
  for (const auto& [path, node] : node_of_path_) paths.push_back({path.first, path.second, node});
  RecordWriter writer;
  writer.PutList(nodes_);
  writer.PutList(paths);
  writer.Put(most_tasks_);
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
  most_tasks_ = reader.Get<std::uint32_t>();
}

}  // namespace selvage::schedule
