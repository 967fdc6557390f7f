#include "selvage/tests/harness/explore_bodies.h"

#include <memory>

#include "selvage/harness/explore.h"
#include "selvage/primitives/thread.h"

namespace selvage {
namespace {

int plain_global = 0;
volatile int* volatile plain_pointer = nullptr;
volatile int plain_turn = 0;

void IncrementTwice(int& counter) {
  counter = 0;
  {
    const Thread other([&] { counter = counter + 1; });
    counter = counter + 1;
  }
  SELVAGE_EXPECT(counter == 2);
}

}  // namespace

void IncrementPlainGlobal() { IncrementTwice(plain_global); }

void IncrementPlainHeap() { IncrementTwice(*std::make_unique<int>()); }

void IncrementPlainLocal() {
  int counter = 0;
  IncrementTwice(counter);
}

void ReadBackOwnLocal() {
  volatile int local = 0;  // each access a real one
  const Thread other([&] { local = 2; });
  local = 1;
  SELVAGE_EXPECT(local == 1);
}

void ReadOwnLocalThatAChildWrites() {
  volatile int local = 0;
  plain_pointer = &local;
  plain_turn = 0;
  int seen = 0;
  {
    const Thread child([] {
      volatile int* const to = plain_pointer;
      plain_turn = 1;
      for (int i = 0; i < 7; ++i) *to = 1;
    });
    seen = plain_turn;
    for (int i = 0; i < 8; ++i) static_cast<void>(local);
  }
  SELVAGE_EXPECT(seen == 0);
}

}  // namespace selvage
