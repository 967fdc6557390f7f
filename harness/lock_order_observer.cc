#include "selvage/harness/lock_order_observer.h"

namespace selvage {

using lockgraph::RequestKind;
using lockgraph::ThreadContext;
using runtime::Task;

void LockOrderObserver::BeginSchedule() {
  recorder_.BeginRun();
  tokens_.Clear();
  tokens_.Append(recorder_.Root("main"));
}

void LockOrderObserver::EndSchedule() { recorder_.EndRun(); }

lockgraph::ForkToken& LockOrderObserver::TokenOf(const Task& task) {
  const auto id = static_cast<std::size_t>(task.id());
  while (tokens_.size() <= id) tokens_.Append(lockgraph::ForkToken{});
  return tokens_[id];
}

void LockOrderObserver::OnSpawn(const Task&, const Task& child) {
  if (ThreadContext* context = lockgraph::Recording()) {
    TokenOf(child) = context->OnFork(child.name(), child.spawn_site());
  }
}

void LockOrderObserver::OnTaskStart(const Task& task) { lockgraph::BeginThread(TokenOf(task)); }

void LockOrderObserver::OnTaskEnd(const Task&) { lockgraph::EndThread(); }

void LockOrderObserver::OnJoin(const Task&, const Task& child, std::uintptr_t site, bool timed) {
  if (ThreadContext* context = lockgraph::Recording()) {
    context->OnJoinRequest(TokenOf(child), timed ? RequestKind::kTimed : RequestKind::kBlocking,
                           site);
  }
}

void LockOrderObserver::OnJoined(const Task&, const Task& child) {
  if (ThreadContext* context = lockgraph::Recording()) context->OnJoined(TokenOf(child));
}

}  // namespace selvage
