// What locks and threads are called in reports: by name, never by address.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_NAMES_H_
#define SELVAGE_HARNESS_LOCKGRAPH_NAMES_H_

#include <string>
#include <vector>

#include "selvage/harness/lockgraph/graph.h"

namespace selvage::lockgraph {

// Immutable; the graph must outlive it. All texts are printable (printable.h) and of bounded
// length.
class Names {
 public:
  explicit Names(const RecordedGraph& graph);

  // The class's name; "Account::lock_ of alice" where the object is known; "fork#2" where several
  // have one name; "end of worker" for what a join waits for. Different locks have different names.
  const std::string& Lock(LockIndex lock) const { return locks_[lock]; }
  // "worker (thread 0.1)", or "thread 0.1".
  std::string Thread(ThreadIndex thread) const;
  // The class, without an ordinal: "config", "Account::lock_", "from in Transfer", "Lock at
  // bank.cc:31". Where several would be called so, with where they are declared: "lock in Bank".
  // Different classes have different names.
  const std::string& Class(ClassIndex lock_class) const { return classes_[lock_class]; }
  // The same without where it is declared: the name it was given, if any, as it was given.
  std::string BareClass(ClassIndex lock_class) const;
  // The run's name; "bank_test, process 417" where several have one name. Different runs have
  // different names.
  const std::string& Run(RunIndex run) const { return runs_[run]; }
  // "bank.cc:31", "function" or "?".
  std::string Place(FrameIndex frame) const;
  // The function of a frame, or "?".
  std::string Function(FrameIndex frame) const;

 private:
  void NameClasses();
  void NameLocks();
  void NameRuns();

  const RecordedGraph& graph_;
  std::vector<bool> path_is_shared_;  // of each thread: another one has the same path
  std::vector<std::string> classes_;
  std::vector<std::string> locks_;
  std::vector<std::string> runs_;
};

// The class where an edit of the code must not change it, from nothing but the class itself: no
// line number, unless neither a name nor debug information tells it from others.
std::string StableClass(const LockClass& lock_class);

// The file name without its directories.
std::string BaseName(const std::string& path);

// Whether it is code of the user (report/user_frame.h).
bool IsUserFrame(const SourceFrame& frame);

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_NAMES_H_
