// What the harness finds: one type for all of it, and every report is a view of it.
#ifndef SELVAGE_HARNESS_FINDING_H_
#define SELVAGE_HARNESS_FINDING_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace selvage {

// In order of reporting: the causes before what usually follows from them.
enum class FindingKind : std::uint8_t {
  kDataRace,
  kDeadlock,
  kLeakedLock,
  kMisuse,  // an operation that its primitive does not allow
  kFailedExpectation,
  kUnhandledException,  // left the function of a thread
  kCrash,
  kStuck,       // blocks, or runs on, where no scheduling point is passed
  kLivelock,    // the tasks that can run go in circles, and nobody will change what they read
  kUnfinished,  // no end after as many operations as are allowed
  kLockOrderCycle,
  kLeakedThread,  // outlives the body that started it, and is no daemon
  // A task did what no schedule determines; a finding only if Options::uncontrolled asks for it.
  kUncontrolled,
};
inline constexpr int kFindingKindCount = 13;

// "data race", "deadlock", ...
std::string_view FindingKindName(FindingKind kind);
// The short form of the case tables: R, D, leaked, M, I, X, C, S, V, U, L, T, N.
std::string_view FindingKindCode(FindingKind kind);

struct Finding {
  FindingKind kind = FindingKind::kFailedExpectation;
  // One line, without addresses: equal for the same fault in different schedules and runs.
  std::string summary;
  // What is known of the cause: stacks of both accesses, who waits for whom. Several lines, each
  // ended.
  std::string details;
  // The schedule that shows it, a column for each task; several lines. Empty for findings that are
  // not about one schedule.
  std::string trace;
  // Replays that schedule. Empty as for `trace`.
  std::string token;
  // The command that does so.
  std::string replay;
  // Schedules that showed it, and the first of them, counted from 1. Both 0 for findings that are
  // not about one schedule.
  std::uint64_t schedules = 0;
  std::uint64_t first_schedule = 0;
};

}  // namespace selvage

#endif  // SELVAGE_HARNESS_FINDING_H_
