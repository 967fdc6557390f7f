// One line on a terminal that says how far the work is; nothing in a pipe.
#ifndef SELVAGE_CASES_PROGRESS_H_
#define SELVAGE_CASES_PROGRESS_H_

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

namespace selvage::cases {

// Not thread-safe.
class Progress {
 public:
  // Writes to `terminal`, if it is one.
  explicit Progress(std::FILE* terminal);

  bool shown() const { return shown_; }
  // The work on `what` begins.
  void Start(std::string what);
  // Rewrites the line, but not more often than ten times a second.
  void Update(std::uint64_t done, std::uint64_t most);
  // Makes room for other output.
  void Clear();

 private:
  using Clock = std::chrono::steady_clock;

  std::FILE* terminal_;
  bool shown_;
  std::string what_;
  Clock::time_point last_;
};

}  // namespace selvage::cases

#endif  // SELVAGE_CASES_PROGRESS_H_
