#include "selvage/harness/lockgraph/declared_order.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "selvage/harness/lockgraph/names.h"
#include "selvage/harness/nearest.h"

namespace selvage::lockgraph {
namespace {

// Between quotes: "'", "\\" and what is not printable are escaped as in C++.
std::string Quoted(std::string_view name) {
  std::string quoted = "'";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\'' || c == '\\') {
      quoted += {'\\', c};
    } else if (byte < 0x20 || byte == 0x7f) {
      absl::StrAppend(&quoted, "\\x", absl::Hex(byte, absl::kZeroPad2));
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

// Takes a name as Quoted() writes it from the front of `line`; what is wrong with it, else null.
const char* TakeQuoted(absl::string_view& line, std::string& name) {
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (line[i] == '\'') {
      line.remove_prefix(i + 1);
      return nullptr;
    }
    if (line[i] != '\\') {
      name += line[i];
      continue;
    }
    const char escape = ++i < line.size() ? line[i] : '\0';
    if (escape == 'n') {
      name += '\n';
    } else if (escape == '\'' || escape == '\\') {
      name += escape;
    } else if (escape == 'x' && i + 2 < line.size() && absl::ascii_isxdigit(line[i + 1]) &&
               absl::ascii_isxdigit(line[i + 2])) {
      name += absl::HexStringToBytes(line.substr(i + 1, 2));
      i += 2;
    } else {
      return "a quoted name has an unknown escape: there are \\', \\\\, \\n and \\x with two "
             "digits";
    }
  }
  return "a quoted name does not end";
}

// In full where several classes have one name.
std::string NameInOrders(const Names& names, ClassIndex lock_class, bool shared) {
  return shared ? names.Class(lock_class) : names.BareClass(lock_class);
}

// An error if a name comes before itself.
absl::Status CheckConsistent(const std::vector<DeclaredOrder>& orders) {
  // What each name is before, and the line that says so.
  std::map<std::string, std::map<std::string, std::size_t>> before;
  for (const DeclaredOrder& order : orders) {
    for (std::size_t i = 1; i < order.classes.size(); ++i) {
      const std::string& first = order.classes[i - 1];
      const std::string& second = order.classes[i];
      if (first == second) {
        return absl::InvalidArgumentError(
            absl::StrCat("line ", order.line, ": ", Quoted(first),
                         " cannot be taken before itself; alone on a line it stands for the order "
                         "in which such locks are made"));
      }
      // The way back, found before this pair closes it.
      std::map<std::string, std::string> came_from{{second, second}};
      std::vector<std::string> work{second};
      while (!work.empty() && !came_from.contains(first)) {
        const std::string here = std::move(work.back());
        work.pop_back();
        for (const auto& [next, line] : before[here]) {
          if (came_from.emplace(next, here).second) work.push_back(next);
        }
      }
      if (came_from.contains(first)) {
        std::set<std::size_t> lines;
        for (std::string at = first; at != second; at = came_from[at]) {
          lines.insert(before[came_from[at]][at]);
        }
        lines.erase(order.line);
        return absl::InvalidArgumentError(absl::StrCat(
            "line ", order.line, ": ", Quoted(first), " < ", Quoted(second), " contradicts ",
            lines.empty() ? "the line itself"
                          : absl::StrCat(lines.size() == 1 ? "line " : "lines ",
                                         absl::StrJoin(lines, ", "))));
      }
      before[first].emplace(second, order.line);
    }
  }
  return absl::OkStatus();
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
      const std::string bare = names.BareClass(c);
      for (std::size_t i = 0; i < order.size(); ++i) {
        if (order[i] != bare && order[i] != names.Class(c)) continue;
        if (!places[c].first) places[c].first = i;
        places[c].nests |= order.size() == 1;
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
        // A name alone may stand for several classes.
        const bool same =
            held.lock_class == asked.lock_class || (from.first == to.first && from.last == to.last);
        const bool against =
            same ? from.nests && held.creator == asked.creator && held.age > asked.age
                 : *from.first > to.last;
        if (!against || !known
                             .emplace(rule, held.lock_class, asked.lock_class, dependency.thread,
                                      dependency.site)
                             .second) {
          continue;
        }
        const std::string& first = names.Class(asked.lock_class);
        const std::string& second = names.Class(held.lock_class);
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
      std::string name;
      if (line.front() == '\'') {
        if (const char* what = TakeQuoted(line, name)) return wrong(what);
      } else {
        const absl::string_view word = line.substr(0, line.find_first_of("< \t\r#'"));
        name = std::string(word);
        line.remove_prefix(word.size());
      }
      if (name.empty()) return wrong("a lock's name is empty");
      order.classes.push_back(std::move(name));
      expects_name = false;
    }
    if (order.classes.empty()) {
      if (!expects_name) return wrong("no names");
      continue;
    }
    if (expects_name) return wrong("a lock's name is missing after '<'");
    order.line = number;
    orders.push_back(std::move(order));
  }
  if (absl::Status status = CheckConsistent(orders); !status.ok()) return status;
  return orders;
}

std::string UnknownName(const RecordedGraph& graph, const std::vector<DeclaredOrder>& declared) {
  const Names names(graph);
  std::set<std::string> known;
  std::vector<std::string> bare;
  for (ClassIndex c = 0; c < graph.classes.size(); ++c) {
    known.insert(names.Class(c));
    bare.push_back(names.BareClass(c));
    known.insert(bare.back());
  }
  for (const DeclaredOrder& order : declared) {
    for (const std::string& name : order.classes) {
      if (known.contains(name)) continue;
      return absl::StrCat("line ", order.line, ": no lock is called ", Quoted(name),
                          DidYouMean(name, bare, "'", "'"));
    }
  }
  return "";
}

std::string ExportSeenOrder(const RecordedGraph& graph) {
  const Names names(graph);
  std::map<std::string, int> bare;
  for (ClassIndex c = 0; c < graph.classes.size(); ++c) ++bare[names.BareClass(c)];
  const auto name_of = [&](ClassIndex c) {
    return NameInOrders(names, c, bare[names.BareClass(c)] > 1);
  };
  std::set<std::pair<std::string, std::string>> seen;
  for (const Dependency& dependency : graph.dependencies) {
    const ClassIndex to = graph.locks[dependency.target].lock_class;
    if (IsSignal(graph.classes[to].kind)) continue;
    for (const HeldLock& held : dependency.held) {
      const ClassIndex from = graph.locks[held.lock].lock_class;
      if (from != to) {
        seen.emplace(name_of(from), name_of(to));
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
    if (!reaches(to, from)) absl::StrAppend(&text, Quoted(from), " < ", Quoted(to), "\n");
  }
  return text;
}

}  // namespace selvage::lockgraph
