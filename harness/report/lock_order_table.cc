#include "selvage/harness/report/lock_order_table.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace selvage::report {
namespace {

using lockgraph::CodePlace;
using lockgraph::Cycle;
using lockgraph::CyclePart;
using lockgraph::HeldLock;
using lockgraph::Mode;
using lockgraph::Names;
using lockgraph::ObjectKind;
using lockgraph::RecordedGraph;
using lockgraph::Verdict;

constexpr std::size_t kColumns = 4;

ObjectKind KindOf(const RecordedGraph& graph, lockgraph::LockIndex lock) {
  return graph.classes[graph.locks[lock].lock_class].kind;
}

// What a thread does to an object when it takes it or waits for it.
std::string Verb(const RecordedGraph& graph, lockgraph::LockIndex lock, Mode mode) {
  switch (KindOf(graph, lock)) {
    case ObjectKind::kThread:
      return "join";
    case ObjectKind::kCondition:
    case ObjectKind::kEvent:
    case ObjectKind::kFuture:
    case ObjectKind::kBarrier:
    case ObjectKind::kQueue:
      return "wait for";
    case ObjectKind::kSemaphore:
      return "acquire";
    case ObjectKind::kOnce:
      return "enter";
    default:
      return mode == Mode::kShared ? "read-lock" : "lock";
  }
}

char Letter(std::size_t column) { return static_cast<char>('A' + static_cast<char>(column % 26)); }

class Weaver {
 public:
  Weaver(const RecordedGraph& graph, const Names& names, const Cycle& cycle)
      : graph_(graph), names_(names), cycle_(cycle) {
    for (const CyclePart& part : cycle.parts) Column(part.thread);
    for (const CyclePart& part : cycle.parts) Take(part);
    for (const CyclePart& part : cycle.parts) {
      if (part.writer == lockgraph::kNone) continue;
      Add(part.writer, absl::StrCat("lock ", names_.Lock(part.asks), At(part.writer_asked),
                                    ", queued behind readers"));
    }
    for (std::size_t i = 0; i < cycle.parts.size(); ++i) Ask(i);
  }

  Interleaving Result() { return std::move(woven_); }

 private:
  std::size_t Column(lockgraph::ThreadIndex thread) {
    std::vector<lockgraph::ThreadIndex>& threads = woven_.threads;
    const auto found = std::find(threads.begin(), threads.end(), thread);
    if (found != threads.end()) return static_cast<std::size_t>(found - threads.begin());
    threads.push_back(thread);
    return threads.size() - 1;
  }

  void Add(lockgraph::ThreadIndex thread, std::string text) {
    woven_.steps.push_back(InterleavingStep{Column(thread), std::move(text)});
  }

  std::string At(const CodePlace& place) const {
    if (place.site == lockgraph::kNone) return "";
    return absl::StrCat(" (", names_.Place(place.site), ")");
  }

  void Take(const CyclePart& part) {
    // Everything it needs to hold, in the order in which it took it; what it holds of the cycle
    // last if that is not known.
    for (const HeldLock& held : part.held) {
      const CodePlace place{held.site, held.stack};
      Add(part.thread,
          absl::StrCat(Verb(graph_, held.lock, held.mode), " ", names_.Lock(held.lock), At(place)));
    }
  }

  void Ask(std::size_t i) {
    const CyclePart& part = cycle_.parts[i];
    const CyclePart& next = cycle_.parts[cycle_.HolderFor(i)];
    std::string text = absl::StrCat(Verb(graph_, part.asks, part.mode), " ", names_.Lock(part.asks),
                                    At(part.asked), ", waits ");
    if (part.writer != lockgraph::kNone) {
      absl::StrAppend(&text, "behind the writer");
    } else if (graph_.locks[part.asks].permits > 1) {
      absl::StrAppend(&text, "for a permit");
    } else if (cycle_.parts.size() == 1) {
      absl::StrAppend(&text, "for itself");
    } else if (woven_.HasColumns()) {
      absl::StrAppend(&text, "for [", std::string(1, Letter(Column(next.thread))), "]");
    } else {
      absl::StrAppend(&text, "for ", names_.Thread(next.thread));
    }
    if (i + 1 == cycle_.parts.size()) absl::StrAppend(&text, ": ", Ending());
    Add(part.thread, std::move(text));
  }

  std::string Ending() {
    if (lockgraph::FailsByDefault(cycle_.verdict)) return "DEADLOCK";
    switch (cycle_.verdict) {
      case Verdict::kOrderedObserved:
        return "a deadlock, where no signal orders them";
      case Verdict::kTimed: {
        const auto gives_up = std::find_if(
            cycle_.parts.begin(), cycle_.parts.end(),
            [](const CyclePart& part) { return part.kind == lockgraph::RequestKind::kTimed; });
        return absl::StrCat(
            "all wait until the deadline of ",
            woven_.HasColumns()
                ? absl::StrCat("[", std::string(1, Letter(Column(gives_up->thread))), "]")
                : names_.Thread(gives_up->thread),
            " has passed");
      }
      default:
        return "cannot come to this";
    }
  }

  const RecordedGraph& graph_;
  const Names& names_;
  const Cycle& cycle_;
  Interleaving woven_;
};

std::string PrintColumns(const Names& names, const Interleaving& woven, const std::string& indent) {
  std::vector<std::size_t> width;
  std::vector<std::string> heads;
  for (std::size_t c = 0; c < woven.threads.size(); ++c) {
    heads.push_back(
        absl::StrCat("[", std::string(1, Letter(c)), "] ", names.Thread(woven.threads[c])));
    width.push_back(heads.back().size());
  }
  for (const InterleavingStep& step : woven.steps) {
    width[step.column] = std::max(width[step.column], step.text.size());
  }
  std::string out = indent;
  std::string rule = indent;
  for (std::size_t c = 0; c < heads.size(); ++c) {
    const bool last = c + 1 == heads.size();
    absl::StrAppend(&out, heads[c]);
    rule += std::string(width[c], '-');
    if (last) break;
    out += std::string(width[c] - heads[c].size(), ' ') + " | ";
    rule += "-+-";
  }
  absl::StrAppend(&out, "\n", rule, "\n");
  for (const InterleavingStep& step : woven.steps) {
    out += indent;
    for (std::size_t c = 0; c < step.column; ++c) out += std::string(width[c], ' ') + " | ";
    absl::StrAppend(&out, step.text, "\n");
  }
  return out;
}

std::string PrintList(const Names& names, const Interleaving& woven, const std::string& indent) {
  std::string out;
  for (const InterleavingStep& step : woven.steps) {
    absl::StrAppend(&out, indent, names.Thread(woven.threads[step.column]), ": ", step.text, "\n");
  }
  return out;
}

}  // namespace

bool Interleaving::HasColumns() const { return threads.size() <= kColumns; }

const char* InterleavingTitle(const Cycle& cycle) {
  if (lockgraph::FailsByDefault(cycle.verdict)) return "how it deadlocks";
  switch (cycle.verdict) {
    case Verdict::kOrderedObserved:
      return "how it would deadlock";
    case Verdict::kTimed:
      return "how they come to wait";
    default:
      return "what cannot happen";
  }
}

Interleaving DeadlockInterleaving(const RecordedGraph& graph, const Names& names,
                                  const Cycle& cycle) {
  return Weaver(graph, names, cycle).Result();
}

std::string DeadlockTable(const RecordedGraph& graph, const Names& names, const Cycle& cycle,
                          const std::string& indent) {
  const Interleaving woven = DeadlockInterleaving(graph, names, cycle);
  return woven.HasColumns() ? PrintColumns(names, woven, indent) : PrintList(names, woven, indent);
}

}  // namespace selvage::report
