#include "selvage/harness/interpose/native_threads.h"

#include <atomic>

#include "absl/container/flat_hash_map.h"
#include "selvage/harness/interpose/native_objects.h"
#include "selvage/harness/lockgraph/slow_scope.h"
#include "selvage/harness/runtime/forking.h"
#include "selvage/harness/runtime/spin_lock.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::interpose {
namespace {

constinit runtime::SpinLock lock;
[[maybe_unused]] const bool kLockIsHeldWhileForking = (runtime::HoldWhileForking(lock), true);
// Those that may be joined, by handle. Guarded by `lock`.
constinit absl::flat_hash_map<pthread_t, lockgraph::ForkToken>* joinable = nullptr;
constinit std::atomic<bool> any_is_joinable{false};

}  // namespace

RecordedStart::RecordedStart(lockgraph::ThreadContext& context, Function function, void* argument,
                             bool is_joinable, std::uintptr_t caller)
    : token_(context.OnFork(nullptr, caller)),
      function_(function),
      argument_(argument),
      joinable_(is_joinable) {}

// By whoever comes first: the new thread may tell others its handle before its maker knows it.
// REQUIRES: the lock is held.
void RecordedStart::Register(pthread_t handle) {
  if (!joinable_ || registered_) return;
  registered_ = true;
  if (joinable == nullptr) joinable = new absl::flat_hash_map<pthread_t, lockgraph::ForkToken>;
  (*joinable)[handle] = token_;
  any_is_joinable.store(true, std::memory_order_relaxed);
}

void RecordedStart::LetGo(RecordedStart* start) {
  if (--start->users_ == 0) delete start;
}

void* RecordedStart::Run(void* argument) {
  auto* const start = static_cast<RecordedStart*>(argument);
  const Function function = start->function_;
  void* const its_argument = start->argument_;
  const lockgraph::ForkToken token = start->token_;
  {
    const lockgraph::SlowScope inside;
    const runtime::SpinLockHolder holder(lock);
    start->Register(pthread_self());
    LetGo(start);
  }
  lockgraph::BeginThreadUntilItsEnd(token);
  return function(its_argument);
}

void RecordedStart::Started(RecordedStart* start, pthread_t handle) {
  const lockgraph::SlowScope inside;
  const runtime::SpinLockHolder holder(lock);
  start->Register(handle);
  LetGo(start);
}

RecordedJoin::RecordedJoin(pthread_t handle, RequestKind kind, std::uintptr_t caller)
    : handle_(handle), site_(caller) {
  if (!AnyIsRecorded()) return;
  context_ = ContextOfOrdinary(caller);
  if (context_ == nullptr) return;
  {
    const lockgraph::SlowScope inside;
    const runtime::SpinLockHolder holder(lock);
    if (joinable == nullptr) return;
    if (const auto found = joinable->find(handle); found != joinable->end()) token_ = found->second;
  }
  context_->OnJoinRequest(token_, kind, caller);
}

void RecordedJoin::Wait() {
  waits_ = context_ != nullptr && token_.recorder == &context_->recorder();
  if (waits_) context_->OnJoinContended(token_, site_);
}

void RecordedJoin::WaitOver() {
  if (waits_) context_->OnContentionOver();
  waits_ = false;
}

void RecordedJoin::Joined() const {
  if (context_ != nullptr) context_->OnJoined(token_);
  ForgetThread(handle_);
}

void ForgetThread(pthread_t handle) {
  if (!any_is_joinable.load(std::memory_order_relaxed)) return;
  const lockgraph::SlowScope inside;
  const runtime::SpinLockHolder holder(lock);
  joinable->erase(handle);
}

}  // namespace selvage::interpose
