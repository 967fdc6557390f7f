#include "selvage/primitives/once.h"

#include "selvage/harness/runtime/task.h"
#include "selvage/harness/tsan/annotations.h"
#include "selvage/primitives/call_site.h"
#include "selvage/primitives/recording.h"

namespace selvage {

OnceFlag::OnceFlag(std::string_view name, SourceLocation made_at)
    : OwnedLock("OnceFlag", internal::Recursion::kForbidden, name, made_at,
                lockgraph::ObjectKind::kOnce) {}
OnceFlag::OnceFlag(SourceLocation made_at) : OnceFlag({}, made_at) {}

bool OnceFlag::Begin() {
  const bool is_watched = runtime::CurrentTask() != nullptr || lockgraph::Recording() != nullptr;
  if (!is_watched && done_.load(std::memory_order_acquire)) {
    tsan::Acquire(this);
    return false;
  }
  LockAt(SELVAGE_CALL_SITE());
  if (!done_.load(std::memory_order_relaxed)) return true;
  const lockgraph::Sent sent = sent_;
  UnlockAt(SELVAGE_CALL_SITE());
  internal::NoteOncePassed(identity(), sent);
  return false;
}

void OnceFlag::End(bool done) {
  if (done) {
    sent_ = internal::NoteSend();
    done_.store(true, std::memory_order_release);
    tsan::Release(this);
  }
  UnlockAt(SELVAGE_CALL_SITE());
  if (done) internal::NoteOncePassed(identity(), sent_);
}

}  // namespace selvage
