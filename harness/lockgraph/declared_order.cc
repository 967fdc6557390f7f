#include "selvage/harness/lockgraph/declared_order.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "selvage/harness/lockgraph/names.h"

namespace selvage::lockgraph {
namespace {

std::string NameInOrders(const RecordedGraph& graph, const Names& names, ClassIndex lock_class) {
  const std::string& name = graph.classes[lock_class].name;
  return name.empty() ? names.StableClass(lock_class) : name;
}

// Where a class stands in one order.
struct Places {
  std::optional<std::size_t> first;
  std::size_t last = 0;
  bool nests = false;
};

}  // namespace

std::vector<OrderViolation> FindViolations(const RecordedGraph& graph,
                                           const std::vector<DeclaredOrder>& declared) {
  std::vector<OrderViolation> violations;
  const Names names(graph);
  std::set<std::tuple<std::size_t, ClassIndex, ClassIndex, ThreadIndex, FrameIndex>> known;
  for (std::size_t rule = 0; rule < declared.size(); ++rule) {
    const std::vector<std::string>& order = declared[rule].classes;
    std::vector<Places> places(graph.classes.size());
    for (ClassIndex c = 0; c < graph.classes.size(); ++c) {
      const std::string name = NameInOrders(graph, names, c);
      for (std::size_t i = 0; i < order.size(); ++i) {
        if (order[i] != name) continue;
        if (!places[c].first) places[c].first = i;
        places[c].nests |= order.size() == 1 || (i > 0 && order[i - 1] == name);
        places[c].last = i;
      }
    }
    for (DependencyIndex i = 0; i < graph.dependencies.size(); ++i) {
      const Dependency& dependency = graph.dependencies[i];
      const Lock& asked = graph.locks[dependency.target];
      const Places& to = places[asked.lock_class];
      if (!to.first) continue;
      for (const HeldLock& one : dependency.held) {
        const Lock& held = graph.locks[one.lock];
        const Places& from = places[held.lock_class];
        if (!from.first || one.lock == dependency.target) continue;
        const bool same = held.lock_class == asked.lock_class;
        const bool against =
            same ? from.nests && held.creator == asked.creator && held.ordinal > asked.ordinal
                 : *from.first > to.last;
        if (!against || !known
                             .emplace(rule, held.lock_class, asked.lock_class, dependency.thread,
                                      dependency.site)
                             .second) {
          continue;
        }
        const std::string first = NameInOrders(graph, names, asked.lock_class);
        const std::string second = NameInOrders(graph, names, held.lock_class);
        violations.push_back(
            OrderViolation{same ? absl::StrCat(first, " in the order in which they were made")
                                : absl::StrCat(first, " before ", second),
                           i, one.lock, dependency.target});
      }
    }
  }
  return violations;
}

absl::StatusOr<std::vector<DeclaredOrder>> ParseDeclaredOrders(std::string_view text) {
  std::vector<DeclaredOrder> orders;
  std::size_t number = 0;
  // Abseil's string_view is a type of its own where Abseil was built for C++14.
  const absl::string_view all(text.data(), text.size());
  for (absl::string_view line : absl::StrSplit(all, '\n')) {
    ++number;
    DeclaredOrder order;
    bool expects_name = true;
    const auto wrong = [&](const char* what) {
      return absl::InvalidArgumentError(absl::StrCat("line ", number, ": ", what));
    };
    for (;;) {
      line = absl::StripLeadingAsciiWhitespace(line);
      if (line.empty() || line.front() == '#') break;
      if (line.front() == '<') {
        if (expects_name) return wrong("a lock's name is missing before '<'");
        expects_name = true;
        line.remove_prefix(1);
        continue;
      }
      if (!expects_name) return wrong("'<' is missing between two names");
      absl::string_view name;
      if (line.front() == '\'') {
        const std::size_t end = line.find('\'', 1);
        if (end == absl::string_view::npos) return wrong("a quoted name does not end");
        name = line.substr(1, end - 1);
        line.remove_prefix(end + 1);
      } else {
        name = line.substr(0, line.find_first_of("< \t\r#'"));
        line.remove_prefix(name.size());
      }
      if (name.empty()) return wrong("a lock's name is empty");
      order.classes.emplace_back(name);
      expects_name = false;
    }
    if (order.classes.empty()) {
      if (!expects_name) return wrong("no names");
      continue;
    }
    if (expects_name) return wrong("a lock's name is missing after '<'");
    orders.push_back(std::move(order));
  }
  return orders;
}

std::string ExportSeenOrder(const RecordedGraph& graph) {
  const Names names(graph);
  std::set<std::pair<std::string, std::string>> seen;
  for (const Dependency& dependency : graph.dependencies) {
    const ClassIndex to = graph.locks[dependency.target].lock_class;
    if (IsSignal(graph.classes[to].kind)) continue;
    for (const HeldLock& held : dependency.held) {
      const ClassIndex from = graph.locks[held.lock].lock_class;
      if (from != to) {
        seen.emplace(NameInOrders(graph, names, from), NameInOrders(graph, names, to));
      }
    }
  }
  // A pair is safe if the way back does not exist, directly or through others.
  std::map<std::string, std::vector<std::string>> next;
  for (const auto& [from, to] : seen) next[from].push_back(to);
  const auto reaches = [&](const std::string& start, const std::string& goal) {
    std::set<std::string> met{start};
    std::vector<std::string> work{start};
    while (!work.empty()) {
      const std::string here = std::move(work.back());
      work.pop_back();
      if (here == goal) return true;
      for (const std::string& successor : next[here]) {
        if (met.insert(successor).second) work.push_back(successor);
      }
    }
    return false;
  };
  std::string text;
  for (const auto& [from, to] : seen) {
    if (!reaches(to, from)) absl::StrAppend(&text, "'", from, "' < '", to, "'\n");
  }
  return text;
}

}  // namespace selvage::lockgraph
