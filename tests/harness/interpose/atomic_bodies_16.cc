// Atomic operations on 16 bytes. Compiled for processors that have them.

#include "selvage/harness/explore.h"
#include "selvage/primitives/thread.h"
#include "selvage/tests/harness/interpose/atomic_bodies.h"

namespace selvage {
namespace {

__extension__ using Number = unsigned __int128;

constexpr Number kOne = Number{1} << 64;  // in the upper half

Number Read(Number& value) { return __sync_val_compare_and_swap(&value, Number(), Number()); }

template <typename Add>
void AddTwice(Add add) {
  alignas(16) Number value = 0;
  {
    const Thread first("first", [&] { add(value); });
    const Thread second("second", [&] { add(value); });
  }
  SELVAGE_EXPECT(Read(value) == 2 * kOne);
}

}  // namespace

void AddSixteenBytesInTwoSteps() {
  AddTwice([](Number& value) {
    const Number before = Read(value);
    __sync_val_compare_and_swap(&value, before, before + kOne);
  });
}

void AddSixteenBytes() {
  AddTwice([](Number& value) {
    Number before = Read(value);
    for (;;) {
      const Number seen = __sync_val_compare_and_swap(&value, before, before + kOne);
      if (seen == before) break;
      before = seen;
    }
  });
}

}  // namespace selvage
