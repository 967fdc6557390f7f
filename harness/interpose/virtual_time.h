// The clocks of the C library as tasks see them: virtual time, counted from when the process first
// asked, so that deadlines made before a schedule still make sense in it.
#ifndef SELVAGE_HARNESS_INTERPOSE_VIRTUAL_TIME_H_
#define SELVAGE_HARNESS_INTERPOSE_VIRTUAL_TIME_H_

#include <time.h>

#include <chrono>
#include <optional>

#include "selvage/harness/runtime/task.h"

namespace selvage::interpose {

// The time from now until `until` on this clock, as the task sees it, at least 0; none if it is no
// time, or the clock is none that tells the time.
std::optional<std::chrono::nanoseconds> TimeUntil(const runtime::Task& task, clockid_t clock,
                                                  const timespec& until);

}  // namespace selvage::interpose

#endif  // SELVAGE_HARNESS_INTERPOSE_VIRTUAL_TIME_H_
