#include "selvage/harness/lockgraph/lock_identity.h"

#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/slow_scope.h"

namespace selvage::lockgraph {

LockIdentity::LockIdentity(const char* type, const char* name, SourceLocation made_at,
                           Properties properties)
    : type_(type),
      name_(name != nullptr && *name != '\0' ? name : nullptr),
      made_at_(made_at),
      properties_(properties),
      irregular_(properties.recursive || properties.kind == ObjectKind::kReadWriteLock ||
                 properties.kind == ObjectKind::kSemaphore) {
  if (ThreadContext* context = Recording()) context->recorder().Created(*context, *this);
}

void LockIdentity::OnDestroyed() const {
  if (id_.load(std::memory_order_relaxed) == 0) return;
  const ThreadContext* context = current_context;
  if (context == nullptr || !context->recorder().Destroyed(*this)) {
    Recorder::Process().Destroyed(*this);
  }
}

}  // namespace selvage::lockgraph
