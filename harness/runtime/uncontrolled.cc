#include "selvage/harness/runtime/uncontrolled.h"

#include <algorithm>

#include "selvage/harness/report/stack.h"
#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/runtime/task.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::runtime {

namespace {

struct Words {
  const char* one;
  const char* many;
};

constexpr Words kWords[kUncontrolledKinds] = {
    {"native thread or lock operation", "native thread or lock operations"},
    {"atomic operation weaker than seq_cst", "atomic operations weaker than seq_cst"},
};

}  // namespace

const char* UncontrolledText(Uncontrolled kind, bool plural) {
  const Words& words = kWords[static_cast<std::size_t>(kind)];
  return plural ? words.many : words.one;
}

void UncontrolledUses::BeginSchedule() {
  for (std::size_t i = 0; i < count_; ++i) uses_[i].here = 0;
}

void UncontrolledUses::Add(Uncontrolled kind, std::uintptr_t site, std::uintptr_t address) {
  UncontrolledUse* const end = uses_ + count_;
  UncontrolledUse* use = std::find_if(uses_, end, [&](const UncontrolledUse& known) {
    return known.site == site && known.kind == kind;
  });
  if (use == end) {
    if (count_ == kMost) return;
    ++count_;
    use->kind = kind;
    use->site = site;
    use->address = address;
    use->depth = report::CaptureStack(use->stack, UncontrolledUse::kMostDepth);
    // Without the functions that stand in front.
    std::uintptr_t* const last = use->stack + use->depth;
    std::uintptr_t* const caller = std::find(use->stack, last, site);
    if (caller != last)
      use->depth = static_cast<int>(std::copy(caller, last, use->stack) - use->stack);
  }
  use->most = std::max(use->most, ++use->here);
}

void Note(Uncontrolled kind, std::uintptr_t site, const volatile void* address) {
  Task* task = CurrentTask();
  if (task == nullptr || tsan::ignore_depth != 0 || task->scheduler().unwinding()) return;
  const tsan::IgnoreScope unseen;
  task->scheduler().uncontrolled().Add(kind, site, reinterpret_cast<std::uintptr_t>(address));
}

}  // namespace selvage::runtime
