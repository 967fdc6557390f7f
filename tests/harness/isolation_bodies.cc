#include "selvage/tests/harness/isolation_bodies.h"

#include <cstdlib>

#include "selvage/primitives/thread.h"

namespace selvage {

void WriteAfterRelease() {
  int* const memory = new int(0);
  Thread writer("writer", [memory] { *memory = 1; });
  delete memory;
  writer.join();
}

void AbortIfOwnLocalIsOverwritten() {
  volatile int local = 0;  // each access a real one
  Thread other("other", [&] { local = 2; });
  local = 1;
  if (local != 1) std::abort();
  other.join();
}

void AbortAfterARace() {
  int* const counter = new int(0);
  Thread first("first", [counter] { ++*counter; });
  Thread second("second", [counter] { ++*counter; });
  first.join();
  second.join();
  delete counter;
  std::abort();
}

}  // namespace selvage
