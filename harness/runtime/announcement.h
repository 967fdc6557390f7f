// What a process says about the schedule it runs, readable after its death.
#ifndef SELVAGE_HARNESS_RUNTIME_ANNOUNCEMENT_H_
#define SELVAGE_HARNESS_RUNTIME_ANNOUNCEMENT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "selvage/harness/schedule/decision.h"
#include "selvage/harness/schedule/settings.h"

namespace selvage::runtime {

// Lies in memory shared with the process that reads it; written by the scheduler while it runs.
struct Announcement {
  static constexpr std::size_t kMostDecisions = std::size_t{1} << 20;

  // What it runs under.
  schedule::ScheduleSettings settings;
  // Operations of the schedule that have taken effect.
  std::uint64_t operations;
  // Its choices among several tasks, and its tasks.
  std::uint64_t choices;
  std::uint32_t tasks;
  // Its decisions so far; those beyond the limit are counted and not kept.
  std::uint64_t decision_count;
  schedule::Decision decisions[kMostDecisions];

  void BeginSchedule(const schedule::ScheduleSettings& of_schedule) {
    settings = of_schedule;
    operations = choices = decision_count = 0;
    tasks = 0;
  }
  void Add(const schedule::Decision& decision) {
    if (decision_count < kMostDecisions) decisions[decision_count] = decision;
    ++decision_count;
  }
  std::vector<schedule::Decision> Decisions() const {
    return {decisions, decisions + std::min<std::uint64_t>(decision_count, kMostDecisions)};
  }
};

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_ANNOUNCEMENT_H_
