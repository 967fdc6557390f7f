#include "selvage/primitives/thread.h"

#include <atomic>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/slow_scope.h"
#include "selvage/harness/lockgraph/thread_context.h"
#include "selvage/harness/runtime/forking.h"
#include "selvage/harness/runtime/futex.h"
#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/runtime/spin_lock.h"
#include "selvage/harness/tsan/annotations.h"
#include "selvage/primitives/call_site.h"
#include "selvage/primitives/misuse.h"
#include "selvage/primitives/when_unwound.h"

namespace selvage {

using lockgraph::RequestKind;
using lockgraph::ThreadContext;
using runtime::CurrentTask;
using runtime::Task;

// Shared by the Thread object and the thread it stands for; whoever lets go last frees it.
struct Thread::State {
  State(const ThreadAttributes& attributes, Call its_call)
      : object("Thread", attributes.name, attributes.made_at),
        call(its_call),
        daemon(attributes.daemon) {}

  runtime::Object object;
  const Call call;
  const bool daemon;
  std::atomic<int> users{2};
  Task* task = nullptr;        // inside a schedule; else `native` is the thread
  std::uint64_t schedule = 0;  // that `task` belongs to
  std::thread native;
  lockgraph::ForkToken fork;            // native; tasks are recorded by their scheduler's observer
  std::atomic<std::uint32_t> ended{0};  // native

  // Whether its schedule is over, and with it the task.
  bool IsOver() const {
    const Task* caller = CurrentTask();
    return task != nullptr && (caller == nullptr || caller->scheduler().serial() != schedule);
  }

  void LetGo() {
    if (users.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    const tsan::IgnoreScope unseen;
    delete this;
  }

  // What the thread does.
  void Run() {
    const ExceptionHook hook = CurrentHook();
    if (!hook) {
      call.run(call.self);
      return;
    }
    try {
      call.run(call.self);
    } catch (const runtime::TaskUnwound&) {
      throw;
    } catch (...) {
      hook(std::current_exception(), object.name());
    }
  }

  static ExceptionHook CurrentHook();
};

namespace {

constinit runtime::SpinLock hook_lock;
[[maybe_unused]] const bool kHookLockIsHeldWhileForking =
    (runtime::HoldWhileForking(hook_lock), true);
constinit std::atomic<bool> hook_is_set{false};

Thread::ExceptionHook& Hook() {
  static auto& hook = *new Thread::ExceptionHook;
  return hook;
}

const std::chrono::nanoseconds* const kForEver = nullptr;

RequestKind KindOf(const std::chrono::nanoseconds* timeout) {
  return timeout == kForEver ? RequestKind::kBlocking : RequestKind::kTimed;
}

}  // namespace

Thread::ExceptionHook Thread::State::CurrentHook() {
  if (!hook_is_set.load(std::memory_order_acquire)) return {};
  const tsan::IgnoreScope unseen;
  const runtime::SpinLockHolder holder(hook_lock);
  return Hook();
}

Thread::ExceptionHook Thread::SetExceptionHook(ExceptionHook hook) {
  const tsan::IgnoreScope unseen;
  const runtime::SpinLockHolder holder(hook_lock);
  hook_is_set.store(static_cast<bool>(hook), std::memory_order_release);
  std::swap(Hook(), hook);
  return hook;
}

Thread::Thread() noexcept = default;
Thread::Thread(Thread&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}

Thread& Thread::operator=(Thread&& other) noexcept {
  if (this != &other) {
    if (joinable() && !state_->daemon) Join(kForEver, SELVAGE_CALL_SITE());
    LetGo();
    state_ = std::exchange(other.state_, nullptr);
  }
  return *this;
}

Thread::~Thread() {
  if (joinable() && !state_->daemon) Join(kForEver, SELVAGE_CALL_SITE());
  LetGo();
}

void Thread::LetGo() {
  if (state_ == nullptr) return;
  if (state_->native.joinable()) state_->native.detach();
  state_->LetGo();
  state_ = nullptr;
}

Thread::Thread(const ThreadAttributes& attributes, Call call) {
  {
    const tsan::IgnoreScope unseen;
    state_ = new State(attributes, call);
  }
  State* const state = state_;
  if (Task* task = CurrentTask()) {
    const runtime::Closure closure{.run =
                                       [](void* self) {
                                         auto* its_state = static_cast<State*>(self);
                                         // Also if an exception leaves it.
                                         const absl::Cleanup let_go = [its_state] {
                                           its_state->LetGo();
                                         };
                                         its_state->Run();
                                       },
                                   .argument = state,
                                   .discard =
                                       [](void* self) {
                                         auto* its_state = static_cast<State*>(self);
                                         its_state->call.discard(its_state->call.self);
                                         its_state->LetGo();
                                       }};
    bool spawned = false;
    const internal::WhenUnwound discard([&] {
      if (spawned) return;
      const tsan::IgnoreScope unseen;
      call.discard(call.self);
      delete state;
    });
    state->schedule = task->scheduler().serial();
    state->task = &task->scheduler().Spawn(*task, closure, attributes.name, attributes.made_at,
                                           SELVAGE_CALL_SITE(), attributes.daemon);
    spawned = true;
    return;
  }
  if (ThreadContext* context = lockgraph::Recording()) {
    state->fork = context->OnFork(state->object.name(), SELVAGE_CALL_SITE());
  }
  // Recorded here, and not once more as what it is made of.
  const lockgraph::UnrecordedScope inside;
  state->native = std::thread([state] {
    lockgraph::BeginThread(state->fork);
    state->Run();
    lockgraph::EndThread();
    state->ended.store(1, std::memory_order_release);
    runtime::FutexWake(state->ended, runtime::kWakeAll);
    state->LetGo();
  });
}

bool Thread::joinable() const noexcept { return state_ != nullptr && !state_->IsOver(); }

bool Thread::daemon() const { return state_ != nullptr && state_->daemon; }

std::string_view Thread::name() const {
  return state_ == nullptr ? std::string_view() : state_->object.name();
}

void Thread::join() { Join(kForEver, SELVAGE_CALL_SITE()); }

bool Thread::JoinFor(std::chrono::nanoseconds timeout) {
  return Join(&timeout, SELVAGE_CALL_SITE());
}

bool Thread::Join(const std::chrono::nanoseconds* timeout, std::uintptr_t site) {
  Task* caller = CurrentTask();
  if (!joinable()) {
    const runtime::Object none("Thread", {}, SourceLocation{});
    const runtime::Object& object = state_ == nullptr ? none : state_->object;
    if (caller != nullptr) {
      internal::ReportMisuse(*caller, object, "joined, but not joinable", site);
      return true;
    }
    internal::ThrowMisuse(std::errc::invalid_argument, object, "joined, but not joinable");
  }
  const bool ended =
      caller != nullptr ? JoinTask(*caller, timeout, site) : JoinNative(timeout, site);
  if (ended) LetGo();
  return ended;
}

bool Thread::JoinTask(Task& caller, const std::chrono::nanoseconds* timeout, std::uintptr_t site) {
  if (state_->task == nullptr) {
    internal::ReportMisuse(caller, state_->object,
                           "joined by a task, but started outside of the schedule", site);
  }
  if (state_->task == &caller) {
    internal::ReportMisuse(caller, state_->object, "joined by itself", site);
  }
  return caller.scheduler().Join(caller, *state_->task, site,
                                 timeout ? std::optional(*timeout) : std::nullopt) ==
         runtime::WakeReason::kReady;
}

bool Thread::JoinNative(const std::chrono::nanoseconds* timeout, std::uintptr_t site) {
  if (state_->native.get_id() == std::this_thread::get_id()) {
    internal::ThrowMisuse(std::errc::resource_deadlock_would_occur, state_->object,
                          "joined by itself");
  }
  ThreadContext* const context = lockgraph::Recording();
  if (context != nullptr) context->OnJoinRequest(state_->fork, KindOf(timeout), site);
  if (timeout != kForEver) {
    const auto deadline = SteadyDeadline(*timeout);
    while (state_->ended.load(std::memory_order_acquire) == 0) {
      if (!runtime::FutexWait(state_->ended, 0, deadline)) return false;
    }
  }
  const bool watched = context != nullptr && timeout == kForEver &&
                       state_->fork.recorder == &context->recorder() &&
                       state_->ended.load(std::memory_order_acquire) == 0;
  if (watched) context->OnJoinContended(state_->fork, site);
  {
    const lockgraph::UnrecordedScope inside;
    state_->native.join();
  }
  if (watched) context->OnContentionOver();
  if (context != nullptr) context->OnJoined(state_->fork);
  return true;
}

bool Thread::is_alive() const {
  if (!joinable()) return false;
  Task* caller = CurrentTask();
  if (caller != nullptr && state_->task != nullptr) {
    caller->scheduler().Point(*caller, runtime::OpKind::kQuery, state_->task->object(),
                              SELVAGE_CALL_SITE());
    return !state_->task->finished();
  }
  return state_->ended.load(std::memory_order_relaxed) == 0;
}

}  // namespace selvage
