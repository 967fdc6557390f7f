#include "selvage/harness/report/lock_order_words.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "selvage/harness/printable.h"
#include "selvage/harness/report/user_frame.h"

namespace selvage::report {

using lockgraph::Analysis;
using lockgraph::Cycle;
using lockgraph::RecordedGraph;

namespace {

constexpr std::size_t kLongestPlace = 400;

}  // namespace

std::string Plural(std::uint64_t n, const char* one, const char* many) {
  return absl::StrCat(n, " ", n == 1 ? one : many);
}

std::string Headline(const Analysis& analysis) {
  std::vector<std::string> failing;
  std::uint64_t harmless = 0;
  for (int v = 0; v < lockgraph::kVerdictCount; ++v) {
    const auto verdict = static_cast<lockgraph::Verdict>(v);
    const auto count = std::count_if(analysis.cycles.begin(), analysis.cycles.end(),
                                     [&](const Cycle& cycle) { return cycle.verdict == verdict; });
    if (count == 0) continue;
    if (lockgraph::FailsByDefault(verdict)) {
      failing.push_back(absl::StrCat(count, " ", lockgraph::VerdictName(verdict)));
    } else {
      harmless += static_cast<std::uint64_t>(count);
    }
  }
  if (!analysis.violations.empty()) {
    failing.push_back(Plural(analysis.violations.size(), "violation of a declared order",
                             "violations of declared orders"));
  }
  const std::string rest = harmless == 0 ? ""
                                         : absl::StrCat("; ", Plural(harmless, "cycle", "cycles"),
                                                        " that cannot deadlock as recorded");
  const bool cut = analysis.coverage.cut != 0;
  return absl::StrCat(!failing.empty() ? absl::StrJoin(failing, ", ")
                      : cut            ? "undecided: the search for cycles was cut short"
                                       : "no finding",
                      rest, cut && !failing.empty() ? "; the search for more was cut short" : "");
}

std::string Describe(const RecordedGraph& graph, lockgraph::FrameIndex index) {
  if (index == lockgraph::kNone) return "an unknown place";
  const lockgraph::SourceFrame& frame = graph.frames[index];
  const std::string function = PrintableName(frame.function, kLongestPlace);
  if (frame.file.empty()) return function.empty() ? "an unknown place" : function;
  const std::string place =
      absl::StrCat(PrintableName(DisplayPath(frame.file), kLongestPlace), ":", frame.line);
  return function.empty() ? place : absl::StrCat(place, " (", function, ")");
}

std::string Origin(const RecordedGraph& graph, lockgraph::LockIndex index) {
  const lockgraph::Lock& lock = graph.locks[index];
  const lockgraph::LockClass& c = graph.classes[lock.lock_class];
  const std::string place =
      c.file.empty() ? ""
                     : absl::StrCat(PrintableName(DisplayPath(c.file), kLongestPlace), ":", c.line);
  std::string text = PrintableName(c.type);
  if (lock.IsKnownByFirstUse()) {
    absl::StrAppend(&text, ", ", PrintableName(lock.FirstUser()), place.empty() ? "" : " at ",
                    place);
    return text;
  }
  if (!place.empty()) absl::StrAppend(&text, ", declared at ", place);
  if (lock.creator != "-") absl::StrAppend(&text, ", made by thread ", PrintableName(lock.creator));
  return text;
}

std::string Advice(const RecordedGraph& graph, const lockgraph::Names& names,
                   const lockgraph::Turn& turn) {
  const std::string from = names.Class(turn.from);
  const std::string to = names.Class(turn.to);
  const std::string breaks = absl::StrCat(" (breaks ", Plural(turn.breaks, "cycle", "cycles"), ")");
  if (lockgraph::IsSignal(graph.classes[turn.to].kind)) {
    return absl::StrCat("let go of ", from, " before waiting for ", to, breaks);
  }
  if (turn.from == turn.to && graph.classes[turn.to].kind == lockgraph::ObjectKind::kSemaphore) {
    return absl::StrCat("take all permits of ", to, " that a thread needs under one lock, or let ",
                        "in fewer threads than it has permits", breaks);
  }
  if (turn.from == turn.to) {
    return absl::StrCat("take locks of ", from, " in one order (by index or address), or all at ",
                        "once with std::scoped_lock", breaks);
  }
  return absl::StrCat("take ", to, " before ", from, ", or both at once, or hold one lock around ",
                      "every such pair", breaks);
}

}  // namespace selvage::report
