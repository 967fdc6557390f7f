// An object that counts itself.
#ifndef SELVAGE_TESTS_HARNESS_RUNTIME_TRACKED_H_
#define SELVAGE_TESTS_HARNESS_RUNTIME_TRACKED_H_

namespace selvage {

class Tracked {
 public:
  Tracked() { ++alive; }
  Tracked(const Tracked&) { ++alive; }
  Tracked& operator=(const Tracked&) = delete;
  ~Tracked() { --alive; }

  static inline int alive = 0;
};

}  // namespace selvage

#endif  // SELVAGE_TESTS_HARNESS_RUNTIME_TRACKED_H_
