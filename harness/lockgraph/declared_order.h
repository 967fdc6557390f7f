// Orders that the program promises: "config before cache".
#ifndef SELVAGE_HARNESS_LOCKGRAPH_DECLARED_ORDER_H_
#define SELVAGE_HARNESS_LOCKGRAPH_DECLARED_ORDER_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "selvage/harness/lockgraph/graph.h"

namespace selvage::lockgraph {

// Classes of locks in the order in which they are to be taken. Each is a class as reports call it
// (Names::Class), or the name alone, which then stands for all classes that have it. A class given
// alone nests among its own locks: then the one made earlier by the same thread is taken first.
struct DeclaredOrder {
  std::vector<std::string> classes;
  std::size_t line = 0;  // of the text it was read from

  friend bool operator==(const DeclaredOrder&, const DeclaredOrder&) = default;
};

// Asked for against a declared order: a finding even without a cycle.
struct OrderViolation {
  std::string rule;  // "config before cache"
  DependencyIndex dependency = 0;
  LockIndex held = 0;
  LockIndex asked = 0;

  friend bool operator==(const OrderViolation&, const OrderViolation&) = default;
};

// The dependencies against `declared`, one for each pair of classes, thread and place. Try-locks
// never are; timed ones are.
std::vector<OrderViolation> FindViolations(const RecordedGraph& graph,
                                           const std::vector<DeclaredOrder>& declared);

// Text: one order a line, "config < cache < log"; "#" begins a comment. Names may be quoted with
// "'", and have \\', \\\\, \\n and \\x1b in quotes. Errors name the line;
// that a lock is to be taken before itself, by one line or by several together, is one.
absl::StatusOr<std::vector<DeclaredOrder>> ParseDeclaredOrders(std::string_view text);

// The first name that no class of the graph has, and its line, in a sentence; empty if there is
// none.
std::string UnknownName(const RecordedGraph& graph, const std::vector<DeclaredOrder>& declared);

// The orders that were seen and contradict no other one, in the form that ParseDeclaredOrders()
// reads.
std::string ExportSeenOrder(const RecordedGraph& graph);

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_DECLARED_ORDER_H_
