#include "selvage/harness/lockgraph/lock_identity.h"

#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/slow_scope.h"

namespace selvage::lockgraph {

namespace {

bool IsIrregular(const Properties& properties) {
  return properties.recursive || properties.kind == ObjectKind::kReadWriteLock ||
         properties.kind == ObjectKind::kSemaphore;
}

}  // namespace

LockIdentity::LockIdentity(const char* type, const char* name, SourceLocation made_at,
                           Properties properties)
    : type_(type),
      name_(name != nullptr && *name != '\0' ? name : nullptr),
      made_at_(made_at),
      properties_(properties),
      irregular_(IsIrregular(properties)) {
  if (ThreadContext* context = Recording()) context->recorder().Created(*context, *this);
}

LockIdentity::LockIdentity(const char* type, Properties properties, Unseen)
    : type_(type), name_(nullptr), properties_(properties), irregular_(IsIrregular(properties)) {}

void LockIdentity::OnDestroyed() const {
  if (id_.load(std::memory_order_relaxed) == 0) return;
  const ThreadContext* context = current_context;
  if (context == nullptr || !context->recorder().Destroyed(*this)) {
    Recorder::Process().Destroyed(*this);
  }
}

}  // namespace selvage::lockgraph
