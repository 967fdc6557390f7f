// An operation that its primitive does not allow.
#ifndef SELVAGE_PRIMITIVES_MISUSE_H_
#define SELVAGE_PRIMITIVES_MISUSE_H_

#include <cstdint>
#include <string_view>
#include <system_error>

#include "selvage/harness/runtime/object.h"
#include "selvage/harness/runtime/task.h"

namespace selvage::internal {

// Inside a schedule: a finding, which ends the schedule. "Lock 'config': <what>". Returns only to a
// task that is being unwound, where what an operation meets is nobody's fault any more.
void ReportMisuse(runtime::Task& task, const runtime::Object& object, std::string_view what,
                  std::uintptr_t site);

// Outside: throws std::system_error with the same text.
[[noreturn]] void ThrowMisuse(std::errc code, const runtime::Object& object, std::string_view what);

}  // namespace selvage::internal

#endif  // SELVAGE_PRIMITIVES_MISUSE_H_
