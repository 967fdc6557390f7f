// Where cycles can be at all: pruning, and strongly connected components.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_COMPONENTS_H_
#define SELVAGE_HARNESS_LOCKGRAPH_COMPONENTS_H_

#include <cstdint>
#include <vector>

#include "selvage/harness/lockgraph/asks.h"

namespace selvage::lockgraph {

// Somebody who holds `from` (or owes it) asks for `to`. All the asks that do are together.
struct LockEdge {
  LockIndex from = 0;
  LockIndex to = 0;
  std::vector<std::uint32_t> asks;  // indices into Asks::all()
};

// A set of locks each of which can be reached from each other one, with the edges inside it, by
// (from, to).
struct Component {
  std::vector<LockIndex> locks;  // ascending
  std::vector<LockEdge> edges;
};

// Drops, until nothing changes, requests for what nobody holds while asking, and holdings of what
// nobody asks for; then finds the strongly connected components with at least one edge between
// different locks (Tarjan, SIAM J. Comput. 1972). Smallest component first. Linear, but for a sort
// of what is left.
std::vector<Component> FindComponents(const Asks& asks);

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_COMPONENTS_H_
