#include "selvage/primitives/thread.h"

#include <atomic>
#include <optional>
#include <system_error>
#include <thread>

#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/thread_context.h"
#include "selvage/harness/runtime/futex.h"
#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/tsan/annotations.h"
#include "selvage/primitives/call_site.h"
#include "selvage/primitives/misuse.h"

namespace selvage {

using runtime::CurrentTask;
using runtime::Scheduler;
using runtime::Task;

// Outlives the thread: it is freed after the join only.
struct Thread::State {
  State(std::string_view name, SourceLocation made_at) : object("Thread", name, made_at) {}

  runtime::Object object;
  Task* task = nullptr;  // inside a schedule; else `native` is the thread
  std::thread native;
  lockgraph::ForkToken fork;            // native; tasks are recorded by their scheduler's observer
  std::atomic<std::uint32_t> ended{0};  // native
};

Thread::Thread() noexcept = default;
Thread::Thread(Thread&& other) noexcept = default;

Thread& Thread::operator=(Thread&& other) noexcept {
  if (this != &other) {
    if (joinable()) join();
    state_ = std::move(other.state_);
  }
  return *this;
}

Thread::~Thread() {
  if (joinable()) JoinUntil(nullptr, SELVAGE_CALL_SITE());
}

bool Thread::joinable() const noexcept { return state_ != nullptr; }

Thread::Thread(std::string_view name, SourceLocation made_at, Call call) {
  {
    const tsan::IgnoreScope unseen;
    state_ = std::make_unique<State>(name, made_at);
  }
  if (Task* task = CurrentTask()) {
    state_->task = &task->scheduler().Spawn(*task, runtime::Closure{call.run, call.self}, name,
                                            made_at, SELVAGE_CALL_SITE());
    return;
  }
  if (lockgraph::ThreadContext* context = lockgraph::Recording()) {
    state_->fork = context->OnFork(state_->object.name(), SELVAGE_CALL_SITE());
  }
  state_->native = std::thread([state = state_.get(), call] {
    lockgraph::BeginThread(state->fork);
    call.run(call.self);
    lockgraph::EndThread();
    state->ended.store(1, std::memory_order_release);
    runtime::FutexWake(state->ended, runtime::kWakeAll);
  });
}

void Thread::join() { JoinUntil(nullptr, SELVAGE_CALL_SITE()); }

bool Thread::JoinFor(std::chrono::nanoseconds timeout) {
  return JoinUntil(&timeout, SELVAGE_CALL_SITE());
}

bool Thread::JoinUntil(const std::chrono::nanoseconds* timeout, std::uintptr_t site) {
  Task* caller = CurrentTask();
  if (state_ == nullptr) {
    const runtime::Object none("Thread", {}, SourceLocation{});
    if (caller != nullptr) internal::ReportMisuse(*caller, none, "joined, but not joinable", site);
    internal::ThrowMisuse(std::errc::invalid_argument, none, "joined, but not joinable");
  }
  if (caller != nullptr) {
    if (state_->task == caller) {
      internal::ReportMisuse(*caller, state_->object, "joined by itself", site);
    }
    const auto reason = caller->scheduler().Join(*caller, *state_->task, site,
                                                 timeout ? std::optional(*timeout) : std::nullopt);
    if (reason == runtime::WakeReason::kTimeout) return false;
  } else {
    if (state_->native.get_id() == std::this_thread::get_id()) {
      internal::ThrowMisuse(std::errc::resource_deadlock_would_occur, state_->object,
                            "joined by itself");
    }
    lockgraph::ThreadContext* const context = lockgraph::Recording();
    if (context != nullptr) {
      context->OnJoinRequest(
          state_->fork,
          timeout == nullptr ? lockgraph::RequestKind::kBlocking : lockgraph::RequestKind::kTimed,
          site);
    }
    if (timeout != nullptr) {
      const auto deadline = std::chrono::steady_clock::now() + *timeout;
      while (state_->ended.load(std::memory_order_acquire) == 0) {
        if (!runtime::FutexWait(state_->ended, 0, deadline)) return false;
      }
    }
    state_->native.join();
    if (context != nullptr) context->OnJoined(state_->fork);
  }
  const tsan::IgnoreScope unseen;
  state_.reset();
  return true;
}

bool Thread::is_alive() const {
  if (state_ == nullptr) return false;
  if (Task* caller = CurrentTask()) {
    caller->scheduler().Point(*caller, runtime::OpKind::kQuery, state_->task->object(),
                              SELVAGE_CALL_SITE());
    return !state_->task->finished();
  }
  return state_->ended.load(std::memory_order_acquire) == 0;
}

}  // namespace selvage
