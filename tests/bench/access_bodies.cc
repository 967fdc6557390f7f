#include "selvage/tests/bench/access_bodies.h"

#include <memory>

#include "selvage/primitives/thread.h"

namespace selvage::bench::SELVAGE_BENCH_WAY {

void AddToPlainOnTasks() {
  constexpr int kVariables = 8;
  const auto add = [] {
    const auto variables = std::make_unique<int[]>(kVariables);
    for (int i = 0; i < kVariables; ++i) ++variables[static_cast<std::size_t>(i)];
  };
  const Thread first(add);
  const Thread second(add);
  const Thread third(add);
}

void AddTo(std::atomic<int>& value, int times) {
  for (int i = 0; i < times; ++i) value.fetch_add(1, std::memory_order_relaxed);
}

void Store(std::atomic<int>& value, int times) {
  for (int i = 0; i < times; ++i) value.store(i, std::memory_order_release);
}

}  // namespace selvage::bench::SELVAGE_BENCH_WAY
