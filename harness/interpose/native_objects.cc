#include "selvage/harness/interpose/native_objects.h"

#include <atomic>
#include <cstddef>
#include <new>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "selvage/harness/interpose/foreign.h"
#include "selvage/harness/lockgraph/publication.h"
#include "selvage/harness/lockgraph/slow_scope.h"
#include "selvage/harness/runtime/forking.h"
#include "selvage/harness/runtime/spin_lock.h"
#include "selvage/harness/runtime/task.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::interpose {
namespace {

// What the C library keeps in pthread_mutex_t::__data.__kind.
constexpr int kRobust = 16;
constexpr int kInheriting = 32;
constexpr int kShared = 128;

bool IsRecordable(const pthread_mutex_t& mutex) {
  return (mutex.__data.__kind & (kRobust | kShared)) == 0;
}
bool IsRecordable(const pthread_rwlock_t& lock) { return lock.__data.__shared == 0; }

// Set in the stamps of ordinary threads, and in no serial number of a schedule.
constexpr std::uint64_t kStamped = std::uint64_t{1} << 63;

// Where the schedule's serial number lies, see world.cc; null: there is no place for it.
std::uint64_t* StampOf(pthread_mutex_t* mutex) {
  // The list of one that inherits priorities is the C library's.
  if ((mutex->__data.__kind & kInheriting) != 0) return nullptr;
  return reinterpret_cast<std::uint64_t*>(&mutex->__data.__list);
}

std::uint64_t* StampOf(pthread_rwlock_t* lock) {
  static_assert(offsetof(pthread_rwlock_t, __data.__pad3) % sizeof(std::uint64_t) == 0);
  static_assert(offsetof(pthread_rwlock_t, __data.__pad4) ==
                offsetof(pthread_rwlock_t, __data.__pad3) + sizeof(unsigned));
  return reinterpret_cast<std::uint64_t*>(&lock->__data.__pad3);
}

// One place, and what is there at the moment. Never freed: who has found its stamp may look at it.
struct Place {
  std::atomic<const volatile void*> address{nullptr};
  std::atomic<RecordedObject*> object{nullptr};  // null: nothing that is known
  std::uint64_t number = 0;                      // in its stamp
  std::uint64_t stamp = 0;                       // what was found there when it was last looked up
};

// Places by number, in blocks that stay where they are.
class Places {
 public:
  // Null if the number is none.
  Place* At(std::uint64_t number) const {
    if (number == 0 || number >= kBlocks * kBlockSize) return nullptr;
    Place* const block = blocks_[number / kBlockSize].load(std::memory_order_acquire);
    return block == nullptr ? nullptr : &block[number % kBlockSize];
  }

  // Those that follow need the lock. Null when there are too many.
  Place* Find(const volatile void* address) const {
    const auto found = by_address_.find(address);
    return found == by_address_.end() ? nullptr : found->second;
  }
  Place* FindOrMake(const volatile void* address) {
    Place*& place = by_address_[address];
    if (place != nullptr || next_ == kBlocks * kBlockSize) return place;
    std::atomic<Place*>& block = blocks_[next_ / kBlockSize];
    if (block.load(std::memory_order_relaxed) == nullptr) {
      block.store(new Place[kBlockSize], std::memory_order_release);
    }
    place = At(next_);
    place->number = next_++;
    place->address.store(address, std::memory_order_relaxed);
    return place;
  }

 private:
  static constexpr std::uint64_t kBlockSize = 512;
  static constexpr std::uint64_t kBlocks = 1 << 14;

  std::atomic<Place*> blocks_[kBlocks] = {};
  std::uint64_t next_ = 1;
  absl::flat_hash_map<const volatile void*, Place*> by_address_;
};

constinit runtime::SpinLock lock;
[[maybe_unused]] const bool kLockIsHeldWhileForking = (runtime::HoldWhileForking(lock), true);
constinit std::atomic<Places*> all_places{nullptr};

Places& All() {
  Places* places = all_places.load(std::memory_order_acquire);
  if (places != nullptr) return *places;
  auto* const made = new Places;
  if (all_places.compare_exchange_strong(places, made)) return *made;
  delete made;
  return *places;
}

// Objects that are no more. Kept, since a thread that uses one all the same may look at it.
std::vector<RecordedObject*>& Spare() {
  static auto& spare = *new std::vector<RecordedObject*>;
  return spare;
}

template <typename... Arguments>
RecordedObject* NewObject(const Arguments&... arguments) {
  RecordedObject* memory = nullptr;
  {
    // A signal handler that posts a semaphore meanwhile is not recorded.
    const lockgraph::SlowScope inside;
    const runtime::SpinLockHolder holder(lock);
    if (!Spare().empty()) {
      memory = Spare().back();
      Spare().pop_back();
    }
  }
  // Outside of the lock: it may be recorded as made.
  const tsan::IgnoreScope unseen;
  if (memory == nullptr) return new RecordedObject(arguments...);
  memory->~RecordedObject();
  return new (memory) RecordedObject(arguments...);
}

// Outside of the lock too.
void Forget(RecordedObject* object) {
  if (object == nullptr) return;
  object->identity.OnDestroyed();
  const runtime::SpinLockHolder holder(lock);
  Spare().push_back(object);
}

// REQUIRES: the lock is held. Returns what was there.
RecordedObject* Occupy(Place& place, std::uint64_t* stamp, RecordedObject* object) {
  RecordedObject* const before = place.object.exchange(object, std::memory_order_acq_rel);
  if (stamp == nullptr) return before;
  std::atomic_ref word(*stamp);
  place.stamp = word.load(std::memory_order_relaxed);
  // What a schedule has left there may be of one that runs.
  if (place.stamp != 0 && (place.stamp & kStamped) == 0) return before;
  place.stamp = kStamped | place.number;
  word.store(place.stamp, std::memory_order_release);
  return before;
}

// Whether what is there is what was found there before.
bool IsSame(const Place& place, const volatile void* address, std::uint64_t* stamp) {
  if (place.object.load(std::memory_order_relaxed) == nullptr) return false;
  if (stamp == nullptr) return true;
  const std::uint64_t found = std::atomic_ref(*stamp).load(std::memory_order_relaxed);
  // A schedule's stamp does not tell since when the variable has been there.
  return found != 0 &&
         (found == place.stamp || lockgraph::IsStatic(const_cast<const void*>(address)));
}

RecordedObject* FindSlow(const volatile void* address, std::uint64_t* stamp,
                         const ObjectType& type) {
  const lockgraph::SlowScope inside;
  Places& places = All();
  {
    const runtime::SpinLockHolder holder(lock);
    const Place* const place = places.Find(address);
    if (place != nullptr && IsSame(*place, address, stamp)) return place->object.load();
  }
  RecordedObject* const made = NewObject(type, lockgraph::LockIdentity::Unseen{});
  RecordedObject* unused = made;
  RecordedObject* found = nullptr;
  {
    const runtime::SpinLockHolder holder(lock);
    Place* const place = places.FindOrMake(address);
    if (place != nullptr) {
      // Another thread may have been quicker.
      if (!IsSame(*place, address, stamp)) unused = Occupy(*place, stamp, made);
      found = place->object.load(std::memory_order_relaxed);
    }
  }
  Forget(unused);
  return found;
}

RecordedObject* FindByStamp(const volatile void* address, std::uint64_t* stamp) {
  if (stamp == nullptr) return nullptr;
  const std::uint64_t found = std::atomic_ref(*stamp).load(std::memory_order_acquire);
  if ((found & kStamped) == 0) return nullptr;
  const Places* const places = all_places.load(std::memory_order_acquire);
  const Place* const place = places == nullptr ? nullptr : places->At(found & ~kStamped);
  // Of a copy of its bytes the address is another.
  if (place == nullptr || place->address.load(std::memory_order_relaxed) != address) return nullptr;
  return place->object.load(std::memory_order_acquire);
}

RecordedOperation OperationOn(lockgraph::ThreadContext& context, const RecordedObject* object,
                              const volatile void* address, std::uintptr_t site) {
  if (object == nullptr) return {};
  if (!context.Knows(object->identity)) {
    context.OnMet(object->identity, const_cast<const void*>(address), site);
  }
  return {&context, &object->identity, site};
}

template <typename Object>
RecordedOperation FindStamped(Object* object, std::uintptr_t caller) {
  if (!IsRecordable(*object)) return {};
  lockgraph::ThreadContext* const context = ContextOfOrdinary(caller);
  if (context == nullptr) return {};
  std::uint64_t* const stamp = StampOf(object);
  const RecordedObject* found = FindByStamp(object, stamp);
  if (found == nullptr) found = FindSlow(object, stamp, TypeOf(*object));
  return OperationOn(*context, found, object, caller);
}

void NoteMade(const volatile void* address, std::uint64_t* stamp, const ObjectType& type,
              std::uintptr_t caller) {
  if (!AnyIsRecorded() || ContextOfOrdinary(caller) == nullptr) return;
  // A variable is known to everybody, and by its name.
  RecordedObject* const made = lockgraph::IsStatic(const_cast<const void*>(address))
                                   ? NewObject(type, lockgraph::LockIdentity::Unseen{})
                                   : NewObject(type);
  const lockgraph::SlowScope inside;
  RecordedObject* before = made;
  Places& places = All();
  {
    const runtime::SpinLockHolder holder(lock);
    if (Place* const place = places.FindOrMake(address)) before = Occupy(*place, stamp, made);
  }
  Forget(before);
}

}  // namespace

lockgraph::ThreadContext* ContextOfOrdinary(std::uintptr_t caller) {
  if (runtime::CurrentTask() != nullptr || tsan::ignore_depth != 0) return nullptr;
  if (lockgraph::current_context == nullptr && lockgraph::not_recordable) return nullptr;
  {
    static constinit std::atomic<bool> foreign_code_is_known{false};
    if (!foreign_code_is_known.load(std::memory_order_acquire)) {
      const lockgraph::SlowScope inside;
      FindForeignCode();
      foreign_code_is_known.store(true, std::memory_order_release);
    }
  }
  return IsForeign(caller) ? nullptr : lockgraph::Recording();
}

RecordedOperation FindNative(pthread_mutex_t* mutex, std::uintptr_t caller) {
  return FindStamped(mutex, caller);
}

RecordedOperation FindNative(pthread_rwlock_t* rwlock, std::uintptr_t caller) {
  return FindStamped(rwlock, caller);
}

RecordedOperation FindNative(const volatile void* address, const ObjectType& type,
                             std::uintptr_t caller) {
  lockgraph::ThreadContext* const context = ContextOfOrdinary(caller);
  if (context == nullptr) return {};
  return OperationOn(*context, FindSlow(address, nullptr, type), address, caller);
}

RecordedOnce FindNativeOnce(const void* flag, const char* type, std::uintptr_t caller) {
  lockgraph::ThreadContext* const context = ContextOfOrdinary(caller);
  if (context == nullptr) return {};
  RecordedObject* const object =
      FindSlow(flag, nullptr, {type, {.kind = lockgraph::ObjectKind::kOnce}});
  if (object == nullptr) return {};
  return {OperationOn(*context, object, flag, caller), &object->sent};
}

void NoteMadeNatively(pthread_mutex_t* mutex, std::uintptr_t caller) {
  if (IsRecordable(*mutex)) NoteMade(mutex, StampOf(mutex), TypeOf(*mutex), caller);
}

void NoteMadeNatively(pthread_rwlock_t* rwlock, std::uintptr_t caller) {
  if (IsRecordable(*rwlock)) NoteMade(rwlock, StampOf(rwlock), TypeOf(*rwlock), caller);
}

void NoteMadeNatively(const volatile void* address, const ObjectType& type, std::uintptr_t caller) {
  NoteMade(address, nullptr, type, caller);
}

void NoteDestroyedNatively(const volatile void* address) {
  if (all_places.load(std::memory_order_acquire) == nullptr) return;
  const lockgraph::SlowScope inside;
  RecordedObject* gone = nullptr;
  {
    const runtime::SpinLockHolder holder(lock);
    if (Place* const place = All().Find(address)) gone = place->object.exchange(nullptr);
  }
  Forget(gone);
}

}  // namespace selvage::interpose
