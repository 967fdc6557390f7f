#include "selvage/harness/lockgraph/recorder.h"

#include <algorithm>
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
  for (OriginRecord* origin : origins_) {
    if (origin->in_the_variable != nullptr) delete origin->in_the_variable->locks;
  }
  for (ThreadRecord* thread : threads_) {
    thread->created->ForEach([](CreatedRecord& created) { delete created.locks; });
    delete thread->created;
    delete[] thread->met;
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
    OriginRecord& origin =
        OriginLocked(lock.type_, lock.name_, lock.made_at_, lock.properties_, nullptr);
    found = arena_.New<SerialRecord>();
    found->hash = hash;
    found->lock = &NewLockLocked(origin, nullptr, origin.outside++);
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
  StackRecord* const stack = context.CaptureCreation();
  runtime::SpinLockHolder guard(lock_);
  OriginRecord& origin =
      OriginLocked(lock.type_, lock.name_, lock.made_at_, lock.properties_, stack);
  LockRecord& record = MadeLocked(context, origin);
  record.permits = lock.properties_.permits;
  BindLocked(lock, record);
  if (!IsStatic(&lock)) lock.birth_.store(context.stamp_, std::memory_order_relaxed);
}

// The record of a lock of `origin` that the thread of `context` makes now.
LockRecord& Recorder::MadeLocked(ThreadContext& context, OriginRecord& origin) {
  ThreadRecord& creator = *context.record_;
  const std::uint64_t hash = Spread(origin.index);
  CreatedRecord* created = creator.created->Find(hash, [](const CreatedRecord&) { return true; });
  if (created == nullptr) {
    created = arena_.New<CreatedRecord>();
    created->hash = hash;
    created->run = run_;
    creator.created->Insert(created);
  }
  if (created->run != run_) {
    created->run = run_;
    created->next = 0;
  }
  const std::uint32_t ordinal = created->next++;
  created->most = std::max(created->most, created->next);
  LockRecord* record = nullptr;
  if (runs_ == Runs::kRepeated) {
    if (created->locks == nullptr) created->locks = new Array<LockRecord*>;
    if (ordinal == created->locks->size()) {
      created->locks->Append(&NewLockLocked(origin, &creator, ordinal));
    }
    record = (*created->locks)[ordinal];
  } else if (created->retired != nullptr) {
    record = &RecallLocked(*created, ordinal, Position(context.strong_, context.observed_));
  } else {
    record = &NewLockLocked(origin, &creator, ordinal);
  }
  if (creator.made_run != run_) {
    creator.made_run = run_;
    creator.made = 0;
  }
  const std::uint32_t age = creator.made++;
  if (record->lives == 1) record->age = age;
  return *record;
}

// False if it is another recorder's.
bool Recorder::Destroyed(const LockIdentity& lock) {
  const std::uint64_t id = lock.id_.load(std::memory_order_relaxed);
  if (id >> ThreadContext::kSerialBits != number_) return false;
  if (runs_ == Runs::kRepeated) return true;
  LockRecord* record = lock.record_.load(std::memory_order_relaxed);
  const SlowScope inside;
  if (record->owner.load(std::memory_order_relaxed) != 0) NoteDestroyedHeld(*record);
  runtime::SpinLockHolder guard(lock_);
  // Locks made by unrecorded threads are few, and the table of serial numbers points to them.
  if (record->id != id || record->creator == nullptr) return true;
  if (record->pinned.load(std::memory_order_relaxed)) {
    RetireLocked(*record);
    return true;
  }
  record->id = 0;
  record->next_free = free_locks_;
  free_locks_ = record;
  return true;
}

LockRecord& Recorder::NewLockLocked(OriginRecord& origin, ThreadRecord* creator,
                                    std::uint32_t ordinal) {
  LockRecord* record = free_locks_;
  if (record != nullptr) {
    free_locks_ = record->next_free;
    record->owner.store(0, std::memory_order_relaxed);
    record->signalled.store(false, std::memory_order_relaxed);
    record->clock = nullptr;
    record->lost = 0;
    record->publication = Publication();
    record->disclosed.store(false, std::memory_order_relaxed);
    record->kept.store(false, std::memory_order_relaxed);
  } else {
    record = arena_.New<LockRecord>();
  }
  record->id = number_ << ThreadContext::kSerialBits | next_serial_++;
  record->origin = &origin;
  record->creator = creator;
  record->ordinal = record->age = record->last_ordinal = ordinal;
  record->first_id = record->id;
  record->lives = 1;
  record->permits = 1;
  record->first_used = false;
  record->bound_run = 0;
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
    OriginRecord& origin = OriginLocked("Thread", nullptr, SourceLocation{}, properties, nullptr);
    thread.end = &NewLockLocked(origin, thread.parent, thread.child_index);
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

const char* Recorder::CopyLocked(const char* text) {
  if (text == nullptr) return nullptr;
  const std::size_t size = std::strlen(text) + 1;
  return static_cast<const char*>(std::memcpy(arena_.Allocate(size), text, size));
}

OriginRecord& Recorder::OriginLocked(const char* type, const char* name, SourceLocation made_at,
                                     const Properties& properties, StackRecord* stack,
                                     std::uintptr_t variable) {
  // By address first: literals rarely exist twice.
  std::uint64_t hash = Spread(made_at.line ^ reinterpret_cast<std::uintptr_t>(stack) ^ variable);
  for (const char* text : {type, name, made_at.file}) {
    hash = Spread(hash ^ reinterpret_cast<std::uintptr_t>(text));
  }
  OriginRecord* known = origin_table_.Find(hash, [&](const OriginRecord& other) {
    return SameText(other.type, type) && SameText(other.name, name) &&
           SameText(other.made_at.file, made_at.file) && other.made_at.line == made_at.line &&
           other.stack == stack && other.variable == variable;
  });
  if (known == nullptr) {
    known = arena_.New<OriginRecord>();
    *known = OriginRecord{.hash = hash,
                          .type = CopyLocked(type),
                          .name = CopyLocked(name),
                          .made_at = made_at,
                          .stack = stack,
                          .properties = properties,
                          .index = origins_.size(),
                          .canonical = known,
                          .next_of_text = nullptr,
                          .outside = 0,
                          .variable = variable,
                          .in_the_variable = nullptr,
                          .first_used = false};
    known->made_at.file = CopyLocked(made_at.file);
    known->canonical = &CanonicalLocked(*known);
    origin_table_.Insert(known);
  }
  return *known->canonical;
}

// The first one of equal text: `origin` itself, if there was none.
OriginRecord& Recorder::CanonicalLocked(OriginRecord& origin) {
  std::uint64_t hash = Spread(origin.made_at.line ^ reinterpret_cast<std::uintptr_t>(origin.stack) ^
                              origin.variable);
  for (const char* text : {origin.type, origin.name, origin.made_at.file}) {
    for (; text != nullptr && *text != '\0'; ++text) {
      hash = (hash ^ static_cast<unsigned char>(*text)) * 0x100000001b3u;
    }
    hash = Spread(hash);
  }
  OriginText* text = origin_texts_.Find(hash, [](const OriginText&) { return true; });
  for (OriginRecord* other = text == nullptr ? nullptr : text->first; other != nullptr;
       other = other->next_of_text) {
    if (SameText(other->type, origin.type) && SameText(other->name, origin.name) &&
        SameText(other->made_at.file, origin.made_at.file) &&
        other->made_at.line == origin.made_at.line && other->stack == origin.stack &&
        other->variable == origin.variable) {
      return *other;
    }
  }
  if (text == nullptr) {
    text = arena_.New<OriginText>();
    text->hash = hash;
    origin_texts_.Insert(text);
  }
  origin.next_of_text = text->first;
  text->first = &origin;
  origins_.Append(&origin);
  return origin;
}

}  // namespace selvage::lockgraph
