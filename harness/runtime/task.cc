#include "selvage/harness/runtime/task.h"

#include "absl/strings/str_cat.h"
#include "selvage/harness/printable.h"
#include "selvage/harness/runtime/body.h"

namespace selvage::runtime {

constinit thread_local Task* current_task __attribute__((tls_model("initial-exec"))) = nullptr;

std::string Task::SpawnPath() const {
  if (parent_ == nullptr) return "0";
  return absl::StrCat(parent_->SpawnPath(), ".", child_ordinal_);
}

pthread_t Task::thread() const { return body_->thread(); }

std::string Task::Description() const {
  if (name_[0] != '\0') return absl::StrCat("task '", PrintableName(name_), "'");
  return parent_ == nullptr ? "the main task" : absl::StrCat("task ", SpawnPath());
}

}  // namespace selvage::runtime
