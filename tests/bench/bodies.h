// The code under test of the benchmarks; compiled with the chosen sanitizer.
#ifndef SELVAGE_TESTS_BENCH_BODIES_H_
#define SELVAGE_TESTS_BENCH_BODIES_H_

namespace selvage::bench {

// Three threads, three times lock, add, unlock: on selvage::Thread and Lock, and on std::thread and
// std::mutex.
void LockAddUnlockOnTasks();
void LockAddUnlockOnThreads();

// So many Yield()s in each of so many tasks.
void YieldOnTasks(int tasks, int yields);

}  // namespace selvage::bench

#endif  // SELVAGE_TESTS_BENCH_BODIES_H_
