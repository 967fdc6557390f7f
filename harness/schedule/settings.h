// What influences the course of a schedule besides the decisions.
#ifndef SELVAGE_HARNESS_SCHEDULE_SETTINGS_H_
#define SELVAGE_HARNESS_SCHEDULE_SETTINGS_H_

#include <cstdint>

#include "selvage/harness/schedule/build.h"

namespace selvage::schedule {

// Part of every replay token. The defaults are part of the token's meaning, because a token leaves
// them out: change one only with a new token version. Those of an exploration are Options' own.
struct ScheduleSettings {
  // Scheduling points after which a schedule is given up as one without an end.
  std::uint64_t max_steps = 20'000;
  // Waits that may return without a notification, in one schedule.
  std::uint32_t spurious_wakeups = 1;
  // Whether a timed wait may expire although somebody could run.
  bool early_timeouts = true;
  // Whether each task gets a new thread, so that its thread_locals start anew.
  bool fresh_bodies = false;
  // Whether plain loads and stores are scheduling points.
  bool memory_points = true;
  // Whether what pthread functions do in tasks is under control.
  bool control_native = true;

  // Accesses of a task to its own stack are scheduling points only in this range, in bytes below
  // the top of the stack, `begin` the smaller: local variables that other tasks were seen to touch.
  // Empty at first.
  std::uint32_t shared_stack_begin = 0;
  std::uint32_t shared_stack_end = 0;

  // Where it ran; no default has a meaning.
  Build build = 0;

  friend bool operator==(const ScheduleSettings&, const ScheduleSettings&) = default;
};

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_SETTINGS_H_
