#include "selvage/harness/schedule/shared_variables.h"

#include <algorithm>
#include <tuple>

#include "selvage/harness/schedule/random.h"

namespace selvage::schedule {
namespace {

constexpr std::size_t kLoggedAccesses = 8192;
constexpr std::uint64_t kStudiedSchedules = 64;  // all of the first ones
constexpr std::uint64_t kStudyInterval = 16;
constexpr std::size_t kLearnedAccesses = std::size_t{1} << 16;
constexpr std::uint32_t kNobody = ~std::uint32_t{0};

// Not those of tasks to each other, which no schedule can exchange.
bool IsOfAVariable(const runtime::Op& op) {
  switch (op.kind) {
    case runtime::OpKind::kStart:
    case runtime::OpKind::kEnd:
    case runtime::OpKind::kSpawn:
    case runtime::OpKind::kJoin:
      return false;
    default:
      return op.object != runtime::kNoObject && op.site != 0;
  }
}

// Whether it gives back what another operation has taken, and sees nothing.
bool HandsBack(runtime::OpKind kind) {
  return kind == runtime::OpKind::kUnlock || kind == runtime::OpKind::kUnlockShared ||
         kind == runtime::OpKind::kRelease;
}

bool OnlyWrites(runtime::OpKind kind) {
  return HandsBack(kind) || kind == runtime::OpKind::kStore ||
         kind == runtime::OpKind::kAtomicStore || kind == runtime::OpKind::kRawAtomicStore;
}

}  // namespace

SharedVariables::SharedVariables() { log_.reserve(kLoggedAccesses); }

void SharedVariables::BeginSchedule() {
  studies_ = schedules_ < kStudiedSchedules || schedules_ % kStudyInterval == 0;
  ++schedules_;
  log_.clear();
  starts_.clear();
}

void SharedVariables::TaskSpawned(const runtime::Task* parent, const runtime::Task& child) {
  const auto id = static_cast<std::uint32_t>(child.id());
  if (id >= starts_.size()) starts_.resize(id + 1, Start{kNobody});
  if (parent != nullptr) {
    const auto its = static_cast<std::uint32_t>(parent->id());
    starts_[id] = Start{its, parent->announced(), KeyOf(starts_[its].key, child.child_ordinal())};
  }
}

SharedVariables::TaskKey SharedVariables::KeyOf(TaskKey parent, std::uint32_t child_ordinal) {
  return SplitMix64::Mix(parent + (child_ordinal + 1) * SplitMix64::kGamma);
}

SharedVariables::Access SharedVariables::AccessOf(const runtime::Task& task) const {
  const runtime::Op& op = task.pending();
  return {.object = static_cast<std::uint64_t>(op.object),
          .place = op.site,
          .announced = task.announced(),
          .task = starts_[static_cast<std::uint32_t>(op.task)].key,
          .id = static_cast<std::uint32_t>(op.task),
          .order = static_cast<std::uint32_t>(log_.size()),
          .memory = runtime::IsMemoryAccess(op.kind),
          .reads = !OnlyWrites(op.kind),
          .writes = !runtime::IsReadOnly(op.kind),
          .hands_back = HandsBack(op.kind)};
}

void SharedVariables::Note(const TaskChoice& choice, runtime::TaskId next) {
  const runtime::Task& chosen = choice.task(next);
  if (!studies_ || log_.size() + 2 > log_.capacity() || !IsOfAVariable(chosen.pending())) return;
  const runtime::Task* rival = nullptr;
  choice.candidates.ForEach([&](runtime::TaskId id) {
    if (id == next || !runtime::Conflict(choice.task(id).pending(), chosen.pending())) return;
    if (rival == nullptr && IsOfAVariable(choice.task(id).pending())) rival = &choice.task(id);
  });
  log_.push_back(AccessOf(chosen));
  if (rival == nullptr) return;
  log_.back().contested = true;
  // It may come when there is no choice any more.
  log_.push_back(AccessOf(*rival));
  log_.back().is_to_come = true;
}

bool SharedVariables::IsBefore(std::uint32_t ancestor, std::uint64_t announced,
                               std::uint32_t task) const {
  while (task < starts_.size() && starts_[task].parent != kNobody) {
    const Start& start = starts_[task];
    if (start.parent == ancestor) return announced <= start.announced;
    task = start.parent;
  }
  return false;
}

bool SharedVariables::Conflict(const Use& a, const Use& b) const {
  const auto meet = [&](std::uint64_t of_a, std::uint64_t of_b) {
    return of_a != 0 && of_b != 0 && !IsBefore(a.id, of_a, b.id) && !IsBefore(b.id, of_b, a.id);
  };
  return meet(a.last_write, b.last) || meet(a.last, b.last_write);
}

// Whether two of these accesses to one object, which are sorted by task, can be in conflict.
bool SharedVariables::IsShared(std::vector<Access>::const_iterator begin,
                               std::vector<Access>::const_iterator end) const {
  std::vector<Use> uses;
  for (auto access = begin; access != end; ++access) {
    if (uses.empty() || uses.back().id != access->id) uses.push_back(Use{access->id});
    Use& use = uses.back();
    use.last = std::max(use.last, access->announced);
    if (access->writes) use.last_write = std::max(use.last_write, access->announced);
  }
  for (std::size_t i = 0; i < uses.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (Conflict(uses[i], uses[j])) return true;
    }
  }
  return false;
}

SharedVariables::Place SharedVariables::Root(Place place) {
  for (;;) {
    Place& link = link_.try_emplace(place, place).first->second;
    if (link == place) return place;
    link = link_.at(link);
    place = link;
  }
}

// The lowest place is the root: which one it is does not depend on who was united first.
void SharedVariables::Unite(Place a, Place b) {
  const auto [low, high] = std::minmax({Root(a), Root(b)});
  link_[high] = low;
}

void SharedVariables::CountAccesses() {
  absl::flat_hash_map<std::pair<Place, TaskKey>, std::uint64_t> seen;
  for (const Access& access : log_) {
    if (!access.is_to_come && link_.contains(access.place)) ++seen[{access.place, access.task}];
  }
  for (const auto& [key, count] : seen) {
    if (accesses_.size() >= kLearnedAccesses && !accesses_.contains(key)) continue;
    std::uint64_t& most = accesses_[key];
    most = std::max(most, count);
  }
}

void SharedVariables::ListVariables() {
  std::vector<Place> places;
  for (const auto& [place, link] : link_) places.push_back(place);
  std::sort(places.begin(), places.end());
  absl::flat_hash_map<Place, std::size_t> index;
  variables_.clear();
  for (const Place place : places) {
    const auto [entry, is_new] = index.try_emplace(Root(place), variables_.size());
    if (is_new) variables_.emplace_back();
    Variable& variable = variables_[entry->second];
    variable.places.push_back(place);
    const Uses& uses = uses_.at(place);
    if (uses.reads) variable.readers.push_back(place);
    if (uses.writes) variable.writers.push_back(place);
    variable.contested |= uses.contested;
  }
  std::vector<std::pair<std::size_t, TaskKey>> users;
  for (const auto& [key, count] : accesses_) {
    const std::size_t variable = index[Root(key.first)];
    variables_[variable].accesses += count;
    users.emplace_back(variable, key.second);
  }
  std::sort(users.begin(), users.end());
  users.erase(std::unique(users.begin(), users.end()), users.end());
  for (const auto& [variable, task] : users) ++variables_[variable].tasks;
}

// Of one object, whose accesses are sorted by task.
void SharedVariables::CountPairs(std::vector<Access>::const_iterator begin,
                                 std::vector<Access>::const_iterator end,
                                 std::vector<ReadsFrom>& seen) const {
  std::vector<Access> in_order(begin, end);
  std::sort(in_order.begin(), in_order.end(),
            [](const Access& a, const Access& b) { return a.order < b.order; });
  Place last = 0;
  for (const Access& access : in_order) {
    if (access.is_to_come) continue;
    if (access.reads) seen.emplace_back(last, access.place);
    if (access.writes && !access.hands_back) last = access.place;
  }
}

void SharedVariables::EndSchedule() {
  if (!studies_) return;
  std::vector<ReadsFrom> pairs;
  std::sort(log_.begin(), log_.end(), [](const Access& a, const Access& b) {
    return std::tie(a.memory, a.object, a.id) < std::tie(b.memory, b.object, b.id);
  });
  for (auto begin = log_.cbegin(); begin != log_.cend();) {
    const auto end = std::find_if(begin, log_.cend(), [&](const Access& access) {
      return access.memory != begin->memory || access.object != begin->object;
    });
    if (IsShared(begin, end)) {
      for (auto access = begin; access != end; ++access) {
        Unite(begin->place, access->place);
        Uses& uses = uses_[access->place];
        uses.reads |= access->reads;
        uses.writes |= access->writes && !access->hands_back;
        uses.contested |= access->contested;
      }
      CountPairs(begin, end, pairs);
    }
    begin = end;
  }
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  for (const ReadsFrom& pair : pairs) {
    if (pairs_.size() < kLearnedAccesses || pairs_.contains(pair)) ++pairs_[pair];
  }
  CountAccesses();
  ListVariables();
}

std::uint64_t SharedVariables::Seen(const ReadsFrom& pair) const {
  const auto found = pairs_.find(pair);
  return found == pairs_.end() ? 0 : found->second;
}

std::uint64_t SharedVariables::Accesses(const Variable& variable, TaskKey task) const {
  std::uint64_t sum = 0;
  for (const Place place : variable.places) {
    const auto found = accesses_.find({place, task});
    if (found != accesses_.end()) sum += found->second;
  }
  return sum;
}

void SharedVariables::Write(RecordWriter& writer) const {
  std::vector<LinkRow> links;
  for (const auto& [place, other] : link_) links.push_back({place, other, uses_.at(place)});
  std::vector<CountRow> counts;
  for (const auto& [key, count] : accesses_) counts.push_back({key.first, key.second, count});
  std::vector<PairRow> pairs;
  for (const auto& [pair, schedules] : pairs_) {
    pairs.push_back({pair.first, pair.second, schedules});
  }
  writer.Put(schedules_);
  writer.PutList(links);
  writer.PutList(counts);
  writer.PutList(pairs);
}

void SharedVariables::Read(RecordReader& reader) {
  schedules_ = reader.Get<std::uint64_t>();
  link_.clear();
  uses_.clear();
  for (const LinkRow& row : reader.GetList<LinkRow>()) {
    link_[row.place] = row.other;
    uses_[row.place] = row.uses;
  }
  accesses_.clear();
  for (const CountRow& row : reader.GetList<CountRow>()) {
    accesses_[{row.place, row.task}] = row.count;
  }
  pairs_.clear();
  for (const PairRow& row : reader.GetList<PairRow>()) {
    pairs_[{row.write, row.read}] = row.schedules;
  }
  ListVariables();
}

}  // namespace selvage::schedule
