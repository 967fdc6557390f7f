// Prints ratios between benchmarks of one run: absolute times mean little on a noisy machine.
#ifndef SELVAGE_TESTS_BENCH_RATIO_REPORTER_H_
#define SELVAGE_TESTS_BENCH_RATIO_REPORTER_H_

#include <string>
#include <vector>

namespace selvage::bench {

// "`numerator` takes so many times as long as `denominator`", both names as Google Benchmark prints
// them.
struct Ratio {
  std::string what;
  std::string numerator;
  std::string denominator;
  std::string target;  // in words
};

// Registers a ratio to be printed after the run if both benchmarks ran. Returns a dummy for static
// initialisation.
int AddRatio(Ratio ratio);

}  // namespace selvage::bench

#endif  // SELVAGE_TESTS_BENCH_RATIO_REPORTER_H_
