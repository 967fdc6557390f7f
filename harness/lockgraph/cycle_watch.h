// Whether what a recorder has seen since it was last asked can be part of any finding, at a
// fraction of what the analysis of all of it takes: for those who ask often, as after each test of
// a binary.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_CYCLE_WATCH_H_
#define SELVAGE_HARNESS_LOCKGRAPH_CYCLE_WATCH_H_

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "selvage/harness/lockgraph/recorder.h"

namespace selvage::lockgraph {

// Keeps a graph of who waits for what that has every edge of a cycle that the analysis could tell
// of, and more: guards, modes, orders and threads play no part in it, and whoever signals owes that
// with all that it ever asks for. As long as the graph has no cycle there is no finding but what
// has happened. Not thread-safe; the recorder must outlive it, and other threads may go on.
class CycleWatch {
 public:
  explicit CycleWatch(Recorder& recorder) : recorder_(recorder) {}

  // False: the analysis would say of all that was recorded what it said when this was last true.
  // O(what threads have recorded that live or have ended since, and what can be reached from there)
  // as long as there is no cycle, however harmless; from then on true whenever anything is new.
  bool HasNews();

 private:
  using Node = std::uint32_t;

  Node NodeOf(const void* record);
  void AddEdge(const void* from, const void* to);
  void Read(ThreadRecord& thread);
  bool HasCycleBehindNewEdges();

  Recorder& recorder_;
  std::size_t recorded_ = 0;
  std::size_t occurrences_ = 0;
  std::uint32_t next_thread_ = 0;      // those before it have been read
  std::vector<ThreadRecord*> living_;  // of them
  std::unordered_map<const void*, Node> nodes_;
  std::vector<std::vector<Node>> successors_;
  std::vector<Node> heads_;  // of edges that are new
  bool has_cycle_ = false;
};

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_CYCLE_WATCH_H_
