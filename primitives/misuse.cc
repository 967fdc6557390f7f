#include "selvage/primitives/misuse.h"

#include <string>

#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::internal {
namespace {

std::string Sentence(const runtime::Object& object, std::string_view what) {
  return object.Description().append(": ").append(what);
}

}  // namespace

void ReportMisuse(runtime::Task& task, const runtime::Object& object, std::string_view what,
                  std::uintptr_t site) {
  if (task.scheduler().unwinding()) return task.scheduler().CountWhileUnwinding(task);
  {
    const tsan::IgnoreScope unseen;
    task.scheduler().Report(task, FindingKind::kMisuse, Sentence(object, what), site);
  }
  task.scheduler().Stop(task);
}

void ThrowMisuse(std::errc code, const runtime::Object& object, std::string_view what) {
  throw std::system_error(std::make_error_code(code), Sentence(object, what));
}

}  // namespace selvage::internal
