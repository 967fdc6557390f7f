// Code under test whose plain and atomic accesses are seen in one of several ways: compiled once
// for each.
#ifndef SELVAGE_TESTS_BENCH_ACCESS_BODIES_H_
#define SELVAGE_TESTS_BENCH_ACCESS_BODIES_H_

#include <atomic>

// Three tasks that add to eight variables of their own each, by a load and a store.
#define SELVAGE_ACCESS_BODIES(way)                \
  namespace selvage::bench::way {                 \
  void AddToPlainOnTasks();                       \
  void AddTo(std::atomic<int>& value, int times); \
  void Store(std::atomic<int>& value, int times); \
  }

SELVAGE_ACCESS_BODIES(unseen)    // as they are
SELVAGE_ACCESS_BODIES(coverage)  // by clang's -fsanitize-coverage
SELVAGE_ACCESS_BODIES(calls)     // by the functions that -fsanitize=thread calls

#endif  // SELVAGE_TESTS_BENCH_ACCESS_BODIES_H_
