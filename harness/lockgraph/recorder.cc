#include "selvage/harness/lockgraph/recorder.h"

#include <cstring>
#include <utility>

#include "selvage/harness/lockgraph/slow_scope.h"

namespace selvage::lockgraph {
namespace {

std::uint64_t NextRecorderNumber() {
  static constinit std::atomic<std::uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

std::uint64_t NextIdentitySerial() {
  static constinit std::atomic<std::uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

bool SameText(const char* a, const char* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return std::strcmp(a, b) == 0;
}

}  // namespace

Recorder::Recorder(Runs runs, Threads threads)
    : runs_(runs), parallel_(threads == Threads::kParallel), number_(NextRecorderNumber()) {
  if (!parallel_) lock_.Confine();
}

Recorder::~Recorder() {
  for (ThreadContext* context : contexts_) delete context;
  for (ThreadRecord* thread : threads_) {
    for (CreatedRecord& created : *thread->created) delete created.locks;
    delete thread->created;
    delete thread->fork_holds;
    delete thread->covers;
    delete thread->children;
    delete thread->dependencies;
    delete thread->touches;
    delete thread->signals;
    delete thread->passages;
    delete thread->sites;
  }
}

Recorder& Recorder::Process() {
  static Recorder* const process = [] {
    const tsan::IgnoreScope unseen;
    return new Recorder(Runs::kOnce);
  }();
  return *process;
}

std::size_t Recorder::bytes() const {
  runtime::SpinLockHolder guard(lock_);
  return arena_.bytes();
}

std::size_t Recorder::recorded() const {
  runtime::SpinLockHolder guard(lock_);
  return arena_.used();
}

void Recorder::SetDeadlockHandler(std::function<void()> handler) {
  deadlock_handler_ = std::move(handler);
}

// --- Locks ---

// The record of `lock` in this recorder.
LockRecord& Recorder::Resolve(const LockIdentity& lock) {
  const std::uint64_t id = lock.id_.load(std::memory_order_acquire);
  LockRecord* known = lock.record_.load(std::memory_order_relaxed);
  if (id >> ThreadContext::kSerialBits == number_ && known->id == id) return *known;

  // Made by a thread that was not recorded, or found last by another recorder.
  std::uint64_t serial = lock.serial_.load(std::memory_order_relaxed);
  if (serial == 0) {
    const std::uint64_t fresh = NextIdentitySerial();
    if (lock.serial_.compare_exchange_strong(serial, fresh, std::memory_order_relaxed)) {
      serial = fresh;
    }
  }
  const std::uint64_t hash = Spread(serial);
  runtime::SpinLockHolder guard(lock_);
  SerialRecord* found = serials_.Find(hash, [](const SerialRecord&) { return true; });
  if (found == nullptr) {
    ClassRecord& lock_class =
        ClassOfLocked(lock.type_, lock.name_, lock.made_at_, lock.properties_);
    found = arena_.New<SerialRecord>();
    found->hash = hash;
    found->lock = &NewLockLocked(lock_class, nullptr, lock_class.outside++);
    found->lock->permits = lock.properties_.permits;
    serials_.Insert(found);
  }
  BindLocked(lock, *found->lock);
  return *found->lock;
}

void Recorder::BindLocked(const LockIdentity& lock, LockRecord& record) {
  lock.record_.store(&record, std::memory_order_relaxed);
  lock.id_.store(record.id, std::memory_order_release);
}

// `lock` is being constructed by the thread of `context`.
void Recorder::Created(ThreadContext& context, const LockIdentity& lock) {
  const SlowScope inside;
  runtime::SpinLockHolder guard(lock_);
  ClassRecord& lock_class = ClassOfLocked(lock.type_, lock.name_, lock.made_at_, lock.properties_);
  ThreadRecord& creator = *context.record_;
  if (creator.created->size() <= lock_class.index) creator.created->Resize(lock_class.index + 1);
  CreatedRecord& created = (*creator.created)[lock_class.index];
  if (created.run != run_) {
    created.run = run_;
    created.next = 0;
  }
  const std::uint32_t ordinal = created.next++;
  LockRecord* record = nullptr;
  if (runs_ == Runs::kRepeated) {
    if (created.locks == nullptr) created.locks = new Array<LockRecord*>;
    if (ordinal == created.locks->size()) {
      created.locks->Append(&NewLockLocked(lock_class, &creator, ordinal));
    }
    record = (*created.locks)[ordinal];
  } else {
    record = &NewLockLocked(lock_class, &creator, ordinal);
  }
  record->permits = lock.properties_.permits;
  BindLocked(lock, *record);
  if (!IsStatic(&lock)) lock.birth_.store(context.stamp_, std::memory_order_relaxed);
}

void Recorder::Destroyed(const LockIdentity& lock) {
  if (runs_ == Runs::kRepeated) return;
  const std::uint64_t id = lock.id_.load(std::memory_order_relaxed);
  if (id >> ThreadContext::kSerialBits != number_) return;
  LockRecord* record = lock.record_.load(std::memory_order_relaxed);
  const SlowScope inside;
  runtime::SpinLockHolder guard(lock_);
  // Locks made by unrecorded threads are few, and the table of serial numbers points to them.
  if (record->id != id || record->creator == nullptr) return;
  if (record->pinned.load(std::memory_order_relaxed)) return;
  record->id = 0;
  record->next_free = free_locks_;
  free_locks_ = record;
}

LockRecord& Recorder::NewLockLocked(ClassRecord& lock_class, ThreadRecord* creator,
                                    std::uint32_t ordinal) {
  LockRecord* record = free_locks_;
  if (record != nullptr) {
    free_locks_ = record->next_free;
    record->owner.store(0, std::memory_order_relaxed);
    record->signalled.store(false, std::memory_order_relaxed);
    record->clock = nullptr;
    record->lost = 0;
    record->publication = Publication();
  } else {
    record = arena_.New<LockRecord>();
  }
  record->id = number_ << ThreadContext::kSerialBits | next_serial_++;
  record->lock_class = &lock_class;
  record->creator = creator;
  record->ordinal = ordinal;
  record->permits = 1;
  record->thread = nullptr;
  record->next_free = nullptr;
  record->run = run_;
  ++lock_count_;
  return *record;
}

// The node that a join of `thread` waits for.
LockRecord& Recorder::EndOf(ThreadRecord& thread) {
  runtime::SpinLockHolder guard(lock_);
  if (thread.end == nullptr) {
    Properties properties;
    properties.kind = ObjectKind::kThread;
    ClassRecord& lock_class = ClassOfLocked("Thread", nullptr, SourceLocation{}, properties);
    thread.end = &NewLockLocked(lock_class, thread.parent, thread.child_index);
    thread.end->thread = &thread;
    thread.end->pinned.store(true, std::memory_order_relaxed);
  }
  return *thread.end;
}

bool Recorder::HasRoomForDependency() {
  runtime::SpinLockHolder guard(lock_);
  const bool room = dependency_count_ < max_dependencies_;
  ++(room ? dependency_count_ : dependencies_dropped_);
  return room;
}

ClassRecord& Recorder::ClassOfLocked(const char* type, const char* name, SourceLocation made_at,
                                     const Properties& properties) {
  // By address first: literals rarely exist twice.
  const SourceLocation place = name != nullptr ? SourceLocation{} : made_at;
  const std::uint64_t hash =
      Spread(reinterpret_cast<std::uintptr_t>(type) ^
             Spread(reinterpret_cast<std::uintptr_t>(name) ^
                    Spread(reinterpret_cast<std::uintptr_t>(place.file) + place.line)));
  ClassRecord* known = class_table_.Find(hash, [&](const ClassRecord& other) {
    return other.type == type && other.name == name &&
           (name != nullptr || (other.file == place.file && other.line == place.line));
  });
  if (known == nullptr) {
    known = arena_.New<ClassRecord>();
    *known = ClassRecord{.hash = hash,
                         .type = type,
                         .name = name,
                         .file = made_at.file,
                         .line = made_at.line,
                         .properties = properties,
                         .index = classes_.size(),
                         .canonical = known,
                         .outside = 0};
    for (ClassRecord* other : classes_) {
      if (SameText(other->type, type) && SameText(other->name, name) &&
          (name != nullptr ||
           (SameText(other->file, made_at.file) && other->line == made_at.line))) {
        known->canonical = other;
      }
    }
    if (known->canonical == known) classes_.Append(known);
    class_table_.Insert(known);
  }
  ClassRecord& result = *known->canonical;
  if (name != nullptr && (result.file != made_at.file || result.line != made_at.line)) {
    // Which of several places comes first must not depend on the order of threads.
    const int order = std::strcmp(made_at.file, result.file);
    if (order < 0 || (order == 0 && made_at.line < result.line)) {
      result.file = made_at.file;
      result.line = made_at.line;
    }
  }
  return result;
}

}  // namespace selvage::lockgraph
