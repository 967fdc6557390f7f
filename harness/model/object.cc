#include "selvage/harness/model/object.h"

#include <string>

#include "selvage/harness/tsan/annotations.h"

namespace selvage::model {

Object::Object(runtime::Scheduler& scheduler, const char* type, runtime::Unseen unseen)
    : object_(type, unseen), address_(unseen.address) {
  bool first_use;
  id_ = scheduler.Enter(object_, first_use);
}

void Object::ForgetOrder() const { tsan::Forget(address_); }

void Object::Misuse(runtime::Task& task, std::string_view what, std::uintptr_t site) const {
  if (task.scheduler().unwinding()) return;
  {
    const tsan::IgnoreScope unseen;
    task.scheduler().Report(task, FindingKind::kMisuse,
                            std::string(object_.type()).append(": ").append(what), site);
  }
  task.scheduler().Stop(task);
}

}  // namespace selvage::model
