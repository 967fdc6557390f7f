// Which thread is recorded where: runs, spawn paths, contexts, and the calling thread's one.
#include <pthread.h>
#include <unistd.h>

#include <cstring>

#include "selvage/harness/lockgraph/environment.h"
#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/slow_scope.h"
#include "selvage/harness/runtime/kernel_thread.h"

namespace selvage::lockgraph {

constinit thread_local ThreadContext* current_context = nullptr;
constinit thread_local bool not_recordable = false;
constinit std::atomic<bool> process_recording{false};

namespace {

// Whoever records threads has the code that reads the environment.
[[gnu::used]] void (*const kEnvironment)() = &EnvironmentAnchor;

// A context's stamps start at a multiple of 2^32 that no other one of the process has.
std::uint64_t NextLife() {
  static constinit std::atomic<std::uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed) << 32;
}

// A thread that no primitive has started ends without a call: the C library makes this one.
// The destructors of other thread-local objects may still take locks after it; those are not
// recorded.
void EndOfUnannouncedThread(void*) {
  EndThread();
  not_recordable = true;
}

pthread_key_t UnannouncedThreads() {
  static const pthread_key_t key = [] {
    pthread_key_t made;
    if (pthread_key_create(&made, &EndOfUnannouncedThread) != 0) std::abort();
    return made;
  }();
  return key;
}

}  // namespace

ThreadContext* RecordThisThread() {
  if (not_recordable) return nullptr;
  ThreadContext* context = nullptr;
  {
    const SlowScope inside;
    Recorder& recorder = Recorder::Process();
    context = recorder.Begin(recorder.Root(getpid() == runtime::KernelThread() ? "main" : nullptr));
    if (getpid() != runtime::KernelThread()) pthread_setspecific(UnannouncedThreads(), context);
  }
  current_context = context;
  context->recorder().Began();
  return context;
}

void BeginThread(const ForkToken& token) {
  if (token.recorder == nullptr) return;
  ThreadContext* context = nullptr;
  {
    const SlowScope inside;
    context = token.recorder->Begin(token);
  }
  current_context = context;
  context->recorder().Began();
}

void BeginThreadUntilItsEnd(const ForkToken& token) {
  BeginThread(token);
  pthread_setspecific(UnannouncedThreads(), current_context);
}

void EndThread() {
  ThreadContext* context = current_context;
  if (context == nullptr) return;
  // First, and outside any SlowScope, which would restore it.
  AbandonThread();
  context->recorder().End(context);
}

void AbandonThread() { current_context = nullptr; }

void Recorder::BeginRun() {
  const SlowScope inside;
  runtime::SpinLockHolder guard(lock_);
  ++run_;
  ++run_count_;
  next_root_ = 0;
  // Contexts of the last run that never ended: their tasks were abandoned.
  for (ThreadContext* context : contexts_) {
    context->waiting_for_.store(nullptr, std::memory_order_relaxed);
  }
}

void Recorder::EndRun() {
  const SlowScope inside;
  NoteLostWakeups();
  runtime::SpinLockHolder guard(lock_);
  for (ThreadRecord* thread : threads_) {
    // Joined under a lock in some runs only: no cover.
    if (thread->run == run_ && thread->joined_run != run_) {
      thread->covers_known = true;
      thread->covers->Clear();
    }
  }
}

ForkToken Recorder::Root(const char* name, std::uintptr_t site) {
  const SlowScope inside;
  runtime::SpinLockHolder guard(lock_);
  const std::uint32_t index = next_root_++;
  if (index == roots_.size()) roots_.Append(&NewThreadLocked(nullptr, index));
  ThreadRecord& root = *roots_[index];
  root.name = name;
  root.spawn_site = site;
  return ForkToken{this, &root};
}

ThreadRecord& Recorder::NextChild(ThreadRecord& parent) {
  runtime::SpinLockHolder guard(lock_);
  const std::uint32_t index = parent.next_child++;
  if (index == parent.children->size()) {
    parent.children->Append(&NewThreadLocked(&parent, index));
  }
  ThreadRecord& child = *(*parent.children)[index];
  child.run = run_;
  return child;
}

ThreadRecord& Recorder::NewThreadLocked(ThreadRecord* parent, std::uint32_t index) {
  ThreadRecord* thread = arena_.New<ThreadRecord>();
  if (!parallel_) thread->lock.Confine();
  thread->index = threads_.size();
  thread->parent = parent;
  thread->child_index = index;
  thread->met = new MetRecords[kMetKinds];
  thread->fork_holds = new Array<CoverRecord>;
  thread->covers = new Array<CoverRecord>;
  thread->children = new Array<ThreadRecord*>;
  thread->created = new RecordTable<CreatedRecord>;
  thread->dependencies = new RecordTable<DependencyRecord>;
  thread->touches = new RecordTable<TouchRecord>;
  thread->touches_limit = 1024;
  thread->signals = new RecordTable<SignalRecord>;
  thread->passages = new RecordTable<PassageRecord>;
  thread->sites = new RecordTable<SiteRecord>;
  threads_.Append(thread);
  return *thread;
}

// Where runs are repeated a thread keeps its context, whose cache knows what earlier runs recorded;
// elsewhere it gets one that an ended thread has left.
ThreadContext& Recorder::ContextOfLocked(ThreadRecord& thread) {
  if (thread.context != nullptr) return *thread.context;
  ThreadContext* context = free_contexts_;
  if (context != nullptr) {
    free_contexts_ = context->next_free_;
  } else {
    context = new ThreadContext;
    contexts_.Append(context);
    if (runs_ == Runs::kOnce) context->tag_ = contexts_.size();
  }
  context->recorder_ = this;
  context->record_ = &thread;
  context->recorder_number_ = number_;
  thread.context = context;
  return *context;
}

ThreadContext* Recorder::Begin(const ForkToken& token) {
  const SlowScope inside;
  ThreadRecord& thread = *token.thread;
  runtime::SpinLockHolder guard(lock_);
  thread.run = run_;
  ++thread.runs;
  thread.next_child = 0;
  ThreadContext& context = ContextOfLocked(thread);
  context.depth_ = 0;
  context.context_hash_ = 0;
  context.exceptions_ = 0;
  context.used_ = context.new_moment_ = context.new_touch_ = false;
  context.touch_positions_ = 0;
  context.relocked_stamp_ = 0;
  context.strong_ = 0;
  context.observed_ = 0;
  context.clock_ = thread.initial_clock;
  context.waiting_for_.store(nullptr, std::memory_order_relaxed);
  if (context.tag_ != 0) context.kernel_thread_ = thread.kernel_thread = runtime::KernelThread();
  context.first_stamp_ = context.stamp_ = NextLife();
  if (runs_ == Runs::kOnce) context.ForgetStacks();
  context.BeginSegment();
  return &context;
}

void Recorder::End(ThreadContext* context) {
  const SlowScope inside;
  ThreadRecord& thread = *context->record_;
  {
    runtime::SpinLockHolder guard(lock_);
    thread.final_clock = context->clock_;
  }
  context->waiting_for_.store(nullptr, std::memory_order_relaxed);
  if (runs_ == Runs::kRepeated) {
    NoteAllMet(thread);
    return;
  }
  NoteEndedHolding(*context);
  runtime::SpinLockHolder guard(thread.lock);
  context->FlushCounts();
  std::memset(context->cache_, 0, sizeof context->cache_);
  std::memset(context->touched_, 0, sizeof context->touched_);
  context->depth_ = 0;
  runtime::SpinLockHolder shared_guard(lock_);
  thread.context = nullptr;
  context->next_free_ = free_contexts_;
  free_contexts_ = context;
}

// --- Forks ---

// A thread's own lock is taken before the recorder's.
void Recorder::BeforeFork() {
  threads_held_ = 0;
  for (;;) {
    lock_.Acquire();
    if (threads_held_ == threads_.size()) return;
    ThreadRecord& next = *threads_[threads_held_];
    lock_.Release();
    next.lock.Acquire();
    ++threads_held_;
  }
}

void Recorder::AfterForkInParent() {
  lock_.Release();
  while (threads_held_ > 0) threads_[--threads_held_]->lock.Release();
}

void Recorder::AfterForkInChild(pid_t forker) {
  for (ThreadContext* context : contexts_) {
    ThreadRecord& thread = *context->record_;
    if (thread.context != context) continue;
    context->wait_count_.store(0, std::memory_order_relaxed);
    if (context->kernel_thread_ == forker) {
      context->kernel_thread_ = thread.kernel_thread = runtime::KernelThread();
      continue;
    }
    // It has not come along, and neither has anybody who could give its locks back.
    context->waiting_for_.store(nullptr, std::memory_order_relaxed);
    for (std::uint32_t i = 0; i < context->depth_; ++i) {
      LockRecord& record = *context->holds_[i].record;
      if (context->holds_[i].mode != Mode::kExclusive) continue;
      record.ended_owner = &thread;
      record.owner.store(kOwnerHasEnded, std::memory_order_relaxed);
    }
    context->depth_ = 0;
    thread.context = nullptr;
  }
  AfterForkInParent();
}

}  // namespace selvage::lockgraph
