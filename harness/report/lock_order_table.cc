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

struct Step {
  std::size_t column;
  std::string text;
};

class Table {
 public:
  Table(const RecordedGraph& graph, const Names& names, const Cycle& cycle)
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

  std::string Print(const std::string& indent) const {
    return threads_.size() <= kColumns ? PrintColumns(indent) : PrintList(indent);
  }

 private:
  std::size_t Column(lockgraph::ThreadIndex thread) {
    const auto found = std::find(threads_.begin(), threads_.end(), thread);
    if (found != threads_.end()) return static_cast<std::size_t>(found - threads_.begin());
    threads_.push_back(thread);
    return threads_.size() - 1;
  }

  void Add(lockgraph::ThreadIndex thread, std::string text) {
    steps_.push_back(Step{Column(thread), std::move(text)});
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
    const CyclePart& next = cycle_.parts[(i + 1) % cycle_.parts.size()];
    std::string text = absl::StrCat(Verb(graph_, part.asks, part.mode), " ", names_.Lock(part.asks),
                                    At(part.asked), ", waits ");
    const auto column = [&](lockgraph::ThreadIndex thread) {
      return static_cast<char>('A' + static_cast<char>(Column(thread) % 26));
    };
    if (part.writer != lockgraph::kNone) {
      absl::StrAppend(&text, "behind the writer");
    } else if (cycle_.parts.size() == 1) {
      absl::StrAppend(&text, "for itself");
    } else if (threads_.size() <= kColumns) {
      absl::StrAppend(&text, "for [", std::string(1, column(next.thread)), "]");
    } else {
      absl::StrAppend(&text, "for ", names_.Thread(next.thread));
    }
    if (i + 1 == cycle_.parts.size()) absl::StrAppend(&text, ": DEADLOCK");
    Add(part.thread, std::move(text));
  }

  std::string PrintColumns(const std::string& indent) const {
    std::vector<std::size_t> width;
    std::vector<std::string> heads;
    for (std::size_t c = 0; c < threads_.size(); ++c) {
      heads.push_back(absl::StrCat("[", std::string(1, static_cast<char>('A' + c)), "] ",
                                   names_.Thread(threads_[c])));
      width.push_back(heads.back().size());
    }
    for (const Step& step : steps_)
      width[step.column] = std::max(width[step.column], step.text.size());
    std::string out = indent;
    std::string rule = indent;
    for (std::size_t c = 0; c < threads_.size(); ++c) {
      const bool last = c + 1 == threads_.size();
      absl::StrAppend(&out, heads[c]);
      rule += std::string(width[c], '-');
      if (last) break;
      out += std::string(width[c] - heads[c].size(), ' ') + " | ";
      rule += "-+-";
    }
    absl::StrAppend(&out, "\n", rule, "\n");
    for (const Step& step : steps_) {
      out += indent;
      for (std::size_t c = 0; c < step.column; ++c) out += std::string(width[c], ' ') + " | ";
      absl::StrAppend(&out, step.text, "\n");
    }
    return out;
  }

  std::string PrintList(const std::string& indent) const {
    std::string out;
    for (const Step& step : steps_) {
      absl::StrAppend(&out, indent, names_.Thread(threads_[step.column]), ": ", step.text, "\n");
    }
    return out;
  }

  const RecordedGraph& graph_;
  const Names& names_;
  const Cycle& cycle_;
  std::vector<lockgraph::ThreadIndex> threads_;
  std::vector<Step> steps_;
};

}  // namespace

std::string DeadlockTable(const RecordedGraph& graph, const Names& names, const Cycle& cycle,
                          const std::string& indent) {
  return Table(graph, names, cycle).Print(indent);
}

}  // namespace selvage::report
