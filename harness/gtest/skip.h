// GTEST_SKIP() in the body of an exploration.
#ifndef SELVAGE_HARNESS_GTEST_SKIP_H_
#define SELVAGE_HARNESS_GTEST_SKIP_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace selvage {

// The first skip of an exploration. It is in memory that child processes share, since an isolated
// body skips in one. Not thread-safe: the tasks and the driver of an exploration are one thread.
class Skip {
 public:
  Skip();
  ~Skip();
  Skip(const Skip&) = delete;
  Skip& operator=(const Skip&) = delete;

  // REQUIRES: result.skipped(). Called by tasks: allocates nothing.
  void Note(const testing::TestPartResult& result);

  bool noted() const { return shared_->noted; }
  // Makes the running test a skipped one, for the reason and at the place noted. REQUIRES: noted().
  void SkipTest() const;

 private:
  struct Shared {
    bool noted;
    int line;
    char file[512];
    char message[1024];
  };

  Shared* const shared_;
};

}  // namespace selvage

#endif  // SELVAGE_HARNESS_GTEST_SKIP_H_
