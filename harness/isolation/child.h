// Runs work in a forked process and says how that ended.
#ifndef SELVAGE_HARNESS_ISOLATION_CHILD_H_
#define SELVAGE_HARNESS_ISOLATION_CHILD_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "selvage/harness/isolation/last_words.h"
#include "selvage/harness/isolation/log.h"
#include "selvage/harness/runtime/announcement.h"

namespace selvage::isolation {

// What parent and child share. Made zero for each child.
struct SharedMemory {
  runtime::Announcement announcement;
  LastWords last_words;
  bool returned;
  int interrupted;  // the signal that asked the child for an end; 0: none did
  Log log;
  Latest learnt;  // by the strategy
};

// Forks processes one after the other. Each is a copy of the calling thread, in which the work
// runs; none outlives the parent. Not thread-safe.
//
// REQUIRES: the process has no other threads, as SingleThreaded() says: a lock that one of them
// held would be held in the child for ever, and TSan lets such a child start no threads.
class Child {
 public:
  // Aborts with a message if the system refuses the memory.
  Child();
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Whether this process has no threads but the caller and those of a sanitizer.
  static bool SingleThreaded();

  enum class Ending {
    kReturned,  // the work was done
    kCrashed,   // anything else: crash() says what
  };

  // Forks, runs `work` in the child, and waits for its end. An exception that leaves `work` is a
  // crash.
  Ending Run(absl::FunctionRef<void(SharedMemory& shared)> work);

  // What the last child left behind; may be written between runs, by nobody but the child in one.
  SharedMemory& shared() { return *shared_; }
  // Of the last child, if it crashed: "SIGSEGV", "exit(3)", "killed by signal 9".
  const std::string& crash() const { return crash_; }

 private:
  SharedMemory* shared_;
  std::string crash_;
};

}  // namespace selvage::isolation

#endif  // SELVAGE_HARNESS_ISOLATION_CHILD_H_
