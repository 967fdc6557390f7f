#include "selvage/harness/lockgraph/graph.h"

#include "absl/strings/str_cat.h"

namespace selvage::lockgraph {
namespace {

// Collects the first thing that is wrong.
class Check {
 public:
  explicit Check(const RecordedGraph& graph) : graph_(graph) {}

  std::string Run() {
    for (std::size_t i = 0; i < graph_.locks.size(); ++i) {
      const Lock& lock = graph_.locks[i];
      At("locks", i);
      Below(lock.lock_class, graph_.classes.size(), "class");
      Optional(lock.thread, graph_.threads.size(), "thread");
      Optional(lock.made, graph_.stacks.size(), "made");
    }
    for (std::size_t i = 0; i < graph_.threads.size(); ++i) {
      const Thread& thread = graph_.threads[i];
      At("threads", i);
      Optional(thread.spawned_at, graph_.frames.size(), "spawned_at");
      Optional(thread.spawn_stack, graph_.stacks.size(), "spawn_stack");
      Optional(thread.parent, graph_.threads.size(), "parent");
      Optional(thread.joiner, graph_.threads.size(), "joiner");
      // A chain of ancestors ends: parents have shorter paths.
      if (thread.parent < graph_.threads.size() &&
          graph_.threads[thread.parent].path.size() >= thread.path.size()) {
        Wrong("parent is not above it in the tree of spawns");
      }
      for (const Cover& cover : thread.covers) {
        Below(cover.lock, graph_.locks.size(), "cover's lock");
        Below(cover.holder, graph_.threads.size(), "cover's holder");
      }
      for (const Passage& passage : thread.passages) {
        Below(passage.once, graph_.locks.size(), "passage's once flag");
      }
    }
    for (std::size_t i = 0; i < graph_.stacks.size(); ++i) {
      At("stacks", i);
      for (const FrameIndex frame : graph_.stacks[i]) Below(frame, graph_.frames.size(), "frame");
    }
    for (std::size_t i = 0; i < graph_.clocks.size(); ++i) {
      At("clocks", i);
      for (const ClockEntry& e : graph_.clocks[i]) {
        Below(e.thread, graph_.threads.size(), "thread");
      }
    }
    for (std::size_t i = 0; i < graph_.dependencies.size(); ++i) {
      const Dependency& dependency = graph_.dependencies[i];
      At("dependencies", i);
      Below(dependency.thread, graph_.threads.size(), "thread");
      Below(dependency.target, graph_.locks.size(), "target");
      Held(dependency.held);
      Code(dependency.site, dependency.stack);
      Moments(dependency.moments);
    }
    for (std::size_t i = 0; i < graph_.touches.size(); ++i) {
      const Touch& touch = graph_.touches[i];
      At("touches", i);
      Below(touch.thread, graph_.threads.size(), "thread");
      Below(touch.lock, graph_.locks.size(), "lock");
      Code(touch.site, touch.stack);
      Moments(touch.moments);
    }
    for (std::size_t i = 0; i < graph_.signals.size(); ++i) {
      const Signal& signal = graph_.signals[i];
      At("signals", i);
      Below(signal.thread, graph_.threads.size(), "thread");
      Below(signal.object, graph_.locks.size(), "object");
      Code(signal.site, signal.stack);
    }
    for (std::size_t i = 0; i < graph_.occurrences.size(); ++i) {
      const Occurrence& occurrence = graph_.occurrences[i];
      At("occurrences", i);
      Below(occurrence.run, graph_.runs.size(), "run");
      Optional(occurrence.signaller, graph_.threads.size(), "signaller");
      Optional(occurrence.signal_site, graph_.frames.size(), "signal_site");
      if (occurrence.parts.empty()) Wrong("no parts");
      for (const OccurrencePart& part : occurrence.parts) {
        Below(part.thread, graph_.threads.size(), "thread");
        Below(part.target, graph_.locks.size(), "target");
        Code(part.site, part.stack);
        Held(part.held);
      }
    }
    return error_;
  }

 private:
  void At(const char* vector, std::size_t index) {
    vector_ = vector;
    index_ = index;
  }
  void Wrong(const std::string& what) {
    if (error_.empty()) error_ = absl::StrCat(vector_, "[", index_, "]: ", what);
  }
  void Below(std::uint32_t value, std::size_t size, const char* what) {
    if (value >= size) Wrong(absl::StrCat(what, " ", value, " is out of range"));
  }
  void Optional(std::uint32_t value, std::size_t size, const char* what) {
    if (value != kNone) Below(value, size, what);
  }
  void Code(FrameIndex site, StackIndex stack) {
    Optional(site, graph_.frames.size(), "site");
    Optional(stack, graph_.stacks.size(), "stack");
  }
  void Held(const std::vector<HeldLock>& held) {
    for (const HeldLock& one : held) {
      Below(one.lock, graph_.locks.size(), "held lock");
      Code(one.site, one.stack);
    }
  }
  void Moments(const std::vector<Moment>& moments) {
    for (const Moment& moment : moments) {
      Below(moment.run, graph_.runs.size(), "run");
      Optional(moment.clock, graph_.clocks.size(), "clock");
    }
  }

  const RecordedGraph& graph_;
  const char* vector_ = "";
  std::size_t index_ = 0;
  std::string error_;
};

}  // namespace

std::string Invalid(const RecordedGraph& graph) { return Check(graph).Run(); }

const char* ModeName(Mode mode) { return mode == Mode::kExclusive ? "exclusive" : "shared"; }

const char* RequestKindName(RequestKind kind) {
  switch (kind) {
    case RequestKind::kBlocking:
      return "blocking";
    case RequestKind::kTry:
      return "try";
    case RequestKind::kTimed:
      return "timed";
    case RequestKind::kReacquire:
      return "reacquire";
  }
  return "unknown";
}

const char* ObjectKindName(ObjectKind kind) {
  static constexpr const char* kNames[kObjectKindCount] = {
      "lock",  "read_write_lock", "semaphore", "condition", "event",
      "queue", "future",          "barrier",   "thread",    "once"};
  const auto index = static_cast<unsigned>(kind);
  return index < kObjectKindCount ? kNames[index] : "unknown";
}

}  // namespace selvage::lockgraph
