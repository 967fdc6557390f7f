// Known-hard concurrent programs, each with one bug, written anew from their public descriptions.
//
// They are what strategies are judged by: Thomson, Donaldson, Betts, "Concurrency Testing Using
// Controlled Schedulers: An Empirical Study", TOPC 2016; "Selectively Uniform Concurrency Testing",
// ASPLOS 2025; "Greybox Fuzzing for Concurrency Testing", ASPLOS 2024. Plain C++: std::thread,
// std::mutex, std::atomic.
#ifndef SELVAGE_TESTS_EXPLORATION_PROGRAMS_H_
#define SELVAGE_TESTS_EXPLORATION_PROGRAMS_H_

#include <span>

namespace selvage::exploration {

struct Program {
  const char* name;
  // Fails an expectation, or deadlocks, in some schedules; never in a data race.
  void (*body)();
  // Mean schedules to the bug of the best strategy published; 0: none is known.
  double best_known = 0;
  // Whether it takes so many schedules that only the table runs it.
  bool is_long = false;
};

// Grouped by what goes wrong in them.
std::span<const Program> OrderPrograms();
std::span<const Program> LockPrograms();
std::span<const Program> QueuePrograms();
std::span<const Program> LockFreePrograms();

}  // namespace selvage::exploration

#endif  // SELVAGE_TESTS_EXPLORATION_PROGRAMS_H_
