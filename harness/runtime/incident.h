// Something that went wrong in a schedule, as the runtime notes it at the moment it happens.
#ifndef SELVAGE_HARNESS_RUNTIME_INCIDENT_H_
#define SELVAGE_HARNESS_RUNTIME_INCIDENT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "selvage/harness/finding.h"
#include "selvage/harness/runtime/op.h"

namespace selvage::runtime {

struct Incident {
  FindingKind kind = FindingKind::kFailedExpectation;
  TaskId task{0};
  Step step = 0;
  std::string message;  // the same in every schedule that has it
  std::string details;  // what may differ; lines, each ended
  // Return addresses, innermost first; empty when nothing more than the trace is known.
  std::vector<std::uintptr_t> stack;
  bool thrown = false;  // the stack is where an exception was thrown
};

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_INCIDENT_H_
