#include "selvage/harness/report/lock_order_text.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "selvage/harness/lockgraph/names.h"
#include "selvage/harness/printable.h"
#include "selvage/harness/report/lock_order_table.h"
#include "selvage/harness/report/lock_order_words.h"

namespace selvage::report {
namespace {

using lockgraph::Analysis;
using lockgraph::CodePlace;
using lockgraph::Cycle;
using lockgraph::CyclePart;
using lockgraph::HeldLock;
using lockgraph::kNone;
using lockgraph::LockIndex;
using lockgraph::Mode;
using lockgraph::Names;
using lockgraph::RecordedGraph;

class TextWriter {
 public:
  TextWriter(const RecordedGraph& graph, const Analysis& analysis,
             const LockOrderTextOptions& options)
      : graph_(graph), analysis_(analysis), options_(options), names_(graph) {}

  std::string Write() {
    Line("lock order: ", Headline(analysis_));
    int number = 0;
    for (const Cycle& cycle : analysis_.cycles) {
      if (lockgraph::IsShown(cycle.verdict)) Full(cycle, ++number);
    }
    Violations();
    Turns();
    Harmless();
    Coverage();
    return std::move(out_);
  }

  std::string WriteOne(const Cycle& cycle) {
    Body(cycle);
    return std::move(out_);
  }

 private:
  template <typename... Parts>
  void Line(const Parts&... parts) {
    absl::StrAppend(&out_, parts..., "\n");
  }

  void Full(const Cycle& cycle, int number) {
    Line();
    Line("[", number, "] ", lockgraph::VerdictName(cycle.verdict), ": ", cycle.reason);
    Body(cycle);
  }

  void Body(const Cycle& cycle) {
    if (cycle.instances > 1) {
      Line("    stands for ", cycle.instances, " cycles of such locks in the same code");
    }
    Locks(cycle);
    for (const CyclePart& part : cycle.parts) Part(part);
    if (cycle.parts.front().waits) {
      Line("    ", InterleavingTitle(cycle), ":");
      out_ += DeadlockTable(graph_, names_, cycle, "      ");
    }
    Line("    fingerprint: ", cycle.fingerprint);
    if (!cycle.replay_token.empty()) {
      Line("    replay token: ", Printable(cycle.replay_token));
    } else if (cycle.directed_schedules > 0) {
      Line("    not confirmed: did not happen in ",
           Plural(cycle.directed_schedules, "directed schedule", "directed schedules"));
    } else if (!cycle.not_tried.empty()) {
      Line("    not tried: ", Printable(cycle.not_tried));
    }
  }

  void Locks(const Cycle& cycle) {
    std::vector<LockIndex> locks;
    const auto add = [&](LockIndex lock) {
      if (graph_.locks[lock].thread != kNone) return;
      if (std::find(locks.begin(), locks.end(), lock) == locks.end()) locks.push_back(lock);
    };
    for (const CyclePart& part : cycle.parts) {
      add(part.holds);
      for (const HeldLock& held : part.held) add(held.lock);
    }
    for (const LockIndex lock : locks) {
      Line("    ", names_.Lock(lock), ": ", Origin(graph_, lock));
    }
  }

  void Part(const CyclePart& part) {
    const lockgraph::Thread& thread = graph_.threads[part.thread];
    Line("    ", names_.Thread(part.thread),
         thread.spawned_at == kNone ? ""
                                    : absl::StrCat(", started at ", Describe(thread.spawned_at)));
    for (const HeldLock& held : part.held) {
      const bool in_cycle = held.lock == part.holds;
      Line("      ", in_cycle ? "holds " : "also holds ", names_.Lock(held.lock), Shared(held.mode),
           ", taken at ", Describe(held.site));
      if (in_cycle) Stack(held.stack);
    }
    if (!part.waits) {
      Line("      took ", names_.Lock(part.holds), Shared(part.holds_mode), " at ",
           Describe(part.taken.site));
      Stack(part.taken.stack);
      return;
    }
    if (part.owes) {
      Line("      has to signal ", names_.Lock(part.holds),
           part.taken.site == kNone ? "" : absl::StrCat(", at ", Describe(part.taken.site)));
      Stack(part.taken.stack);
    }
    const char* how = "";
    if (part.kind == lockgraph::RequestKind::kTimed) how = ", with a deadline";
    if (part.kind == lockgraph::RequestKind::kReacquire) how = ", taken back after a wait";
    Line("      asks for ", names_.Lock(part.asks), Shared(part.mode), how, ", at ",
         Describe(part.asked.site));
    Stack(part.asked.stack);
    for (const CodePlace& place : part.also) Line("        also at ", Describe(place.site));
    if (part.writer != kNone) {
      Line("      behind ", names_.Thread(part.writer), ", which asks to write it at ",
           Describe(part.writer_asked.site));
    }
    std::vector<std::string> runs;
    for (const lockgraph::RunIndex run : part.runs) runs.push_back(names_.Run(run));
    if (part.count != 0 && !runs.empty()) {
      Line("      seen ", Plural(part.count, "time", "times"), ", in ", absl::StrJoin(runs, ", "));
    }
  }

  static const char* Shared(Mode mode) { return mode == Mode::kShared ? ", shared" : ""; }

  std::string Describe(lockgraph::FrameIndex index) const {
    return report::Describe(graph_, index);
  }

  void Stack(lockgraph::StackIndex index) {
    if (index == kNone) return;
    const lockgraph::Stack& stack = graph_.stacks[index];
    const auto is_user = [&](lockgraph::FrameIndex frame) {
      return IsUserFrame(graph_.frames[frame]);
    };
    const bool any_user = std::any_of(stack.begin(), stack.end(), is_user);
    int shown = 0;
    for (const lockgraph::FrameIndex frame : stack) {
      if (graph_.frames[frame] == lockgraph::SourceFrame() || (any_user && !is_user(frame)))
        continue;
      if (shown == options_.frames) {
        Line("        ...");
        return;
      }
      Line("        #", shown++, " ", Describe(frame));
    }
  }

  void Violations() {
    for (const lockgraph::OrderViolation& violation : analysis_.violations) {
      const lockgraph::Dependency& d = graph_.dependencies[violation.dependency];
      Line();
      Line("declared order violated: ", violation.rule);
      Line("    ", names_.Thread(d.thread), " holds ", names_.Lock(violation.held),
           " and asks for ", names_.Lock(violation.asked), " at ", Describe(d.site));
      Stack(d.stack);
    }
  }

  void Turns() {
    if (analysis_.turns.empty()) return;
    Line();
    Line("to break ",
         analysis_.turns.size() == 1
             ? "all of them, change one edge"
             : absl::StrCat("all of them, change these ", analysis_.turns.size(), " edges"),
         ":");
    for (const lockgraph::Turn& turn : analysis_.turns) {
      Line("    ", Advice(graph_, names_, turn));
      for (const CodePlace& place : turn.places) Line("      at ", Describe(place.site));
    }
  }

  void Harmless() {
    int listed = 0;
    std::uint64_t left = 0;
    for (const Cycle& cycle : analysis_.cycles) {
      if (lockgraph::IsShown(cycle.verdict)) continue;
      if (listed == options_.harmless) {
        ++left;
        continue;
      }
      if (listed++ == 0) {
        Line();
        Line("cycles judged harmless:");
      }
      std::vector<std::string> locks;
      for (const CyclePart& part : cycle.parts) locks.push_back(names_.Lock(part.holds));
      Line("    ", lockgraph::VerdictName(cycle.verdict), " ", absl::StrJoin(locks, " -> "), ": ",
           cycle.reason, " [", cycle.fingerprint, "]");
    }
    if (left != 0) Line("    and ", left, " more");
  }

  void Coverage() {
    const lockgraph::Coverage& c = analysis_.coverage;
    Line();
    Line("coverage: ", Plural(c.locks, "lock", "locks"), " of ",
         Plural(c.classes, "class", "classes"), ", ", Plural(c.edges, "edge", "edges"), ", ",
         Plural(c.threads, "thread", "threads"), ", ", Plural(c.runs, "run", "runs"),
         "; dropped: ", c.dropped,
         c.cut == 0 ? ""
                    : absl::StrCat("; NOT ALL CYCLES ENUMERATED in ",
                                   Plural(c.cut, "component", "components"), " of ", c.components));
  }

  const RecordedGraph& graph_;
  const Analysis& analysis_;
  const LockOrderTextOptions& options_;
  const Names names_;
  std::string out_;
};

}  // namespace

std::string LockOrderText(const RecordedGraph& graph, const Analysis& analysis,
                          const LockOrderTextOptions& options) {
  return TextWriter(graph, analysis, options).Write();
}

std::string LockOrderCycleText(const RecordedGraph& graph, const Analysis& analysis,
                               const Cycle& cycle, const LockOrderTextOptions& options) {
  return TextWriter(graph, analysis, options).WriteOne(cycle);
}

}  // namespace selvage::report
