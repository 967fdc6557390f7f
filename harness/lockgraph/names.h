// What locks and threads are called in reports: by name, never by address.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_NAMES_H_
#define SELVAGE_HARNESS_LOCKGRAPH_NAMES_H_

#include <string>
#include <vector>

#include "selvage/harness/lockgraph/graph.h"

namespace selvage::lockgraph {

// Immutable; the graph must outlive it.
class Names {
 public:
  explicit Names(const RecordedGraph& graph);

  // "config"; "Lock at bank.cc:31" without a name; "fork#2" where several of the class are in the
  // graph; "end of worker" for what a join waits for. Different locks have different names.
  std::string Lock(LockIndex lock) const;
  // "worker (thread 0.1)", or "thread 0.1".
  std::string Thread(ThreadIndex thread) const;
  // The class, without an ordinal.
  std::string Class(ClassIndex lock_class) const;
  // The class where an edit of the code must not change it: no line number. Classes without a name
  // made in one file are told apart by their order in it.
  const std::string& StableClass(ClassIndex lock_class) const { return stable_[lock_class]; }
  // "bank.cc:31", "function" or "?".
  std::string Place(FrameIndex frame) const;
  // The function of a frame, or "?".
  std::string Function(FrameIndex frame) const;

 private:
  const RecordedGraph& graph_;
  std::vector<std::uint32_t> members_;  // locks of each class
  std::vector<bool> several_creators_;  // of each class
  std::vector<bool> path_is_shared_;    // of each thread: another one has the same path
  std::vector<std::string> stable_;
};

// The file name without its directories.
std::string BaseName(const std::string& path);

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_NAMES_H_
