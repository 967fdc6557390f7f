#include "selvage/harness/runtime/forking.h"

#include <pthread.h>

#include <cstdlib>

namespace selvage::runtime {
namespace {

constexpr int kMost = 16;

struct Handlers {
  void (*before)() = [] {};
  void (*in_parent)() = [] {};
  void (*in_child)() = [] {};
};

constinit SpinLock* locks[kMost] = {};
constinit int lock_count = 0;
constinit Handlers handlers;

void Before() {
  handlers.before();
  for (int i = 0; i < lock_count; ++i) locks[i]->Acquire();
}

void ReleaseAll() {
  for (int i = lock_count; i-- > 0;) locks[i]->Release();
}

void InParent() {
  ReleaseAll();
  handlers.in_parent();
}

void InChild() {
  ReleaseAll();
  handlers.in_child();
}

// Early: the program's own handlers, which may use primitives, are then called before these ones
// when it forks, and after them when it goes on.
__attribute__((constructor(200))) void Register() {
  pthread_atfork(&Before, &InParent, &InChild);
}

}  // namespace

void HoldWhileForking(SpinLock& lock) {
  if (lock_count == kMost) std::abort();
  locks[lock_count++] = &lock;
}

void SetForkHandlers(void (*before)(), void (*in_parent)(), void (*in_child)()) {
  handlers = {before, in_parent, in_child};
}

}  // namespace selvage::runtime
