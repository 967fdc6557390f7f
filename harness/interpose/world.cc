#include "selvage/harness/interpose/world.h"

#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "selvage/harness/interpose/foreign.h"
#include "selvage/harness/report/stack.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::interpose {
namespace {

// What the C library keeps in pthread_mutex_t::__data.__kind, next to the type.
constexpr int kMutexTypeMask = 3;
constexpr int kRobustOrInheriting = 16 | 32;

// The serial number of a schedule, and the model there.
struct Stamp {
  std::uint64_t serial;
  void* model;
};

// Where the C library has nothing of importance. On Linux all architectures have two words of a
// list at the end of a mutex that is not robust; a read-write lock and a semaphore are larger than
// what they hold.
Stamp* StampOf(pthread_mutex_t* mutex) {
  static_assert(sizeof(mutex->__data.__list) >= sizeof(Stamp));
  return reinterpret_cast<Stamp*>(&mutex->__data.__list);
}

// Its four bytes before the writer's number, and the word behind it.
struct SplitStamp {
  unsigned* low;
  unsigned* high;
  void** model;
};

SplitStamp StampOf(pthread_rwlock_t* lock) {
  auto& data = lock->__data;
  return {&data.__pad3, &data.__pad4, reinterpret_cast<void**>(&data.__pad2)};
}

Stamp* StampOf(sem_t* semaphore) {
  static_assert(sizeof(sem_t) >= 2 * sizeof(Stamp));
  return reinterpret_cast<Stamp*>(semaphore) + 1;
}

// Of one that is not free.
bool IsHeldByThread(const pthread_mutex_t& mutex) {
  const int state = mutex.__data.__lock;
  const pid_t owner = mutex.__data.__owner;
  return (state == 1 || state == 2) && owner > 0 && tgkill(getpid(), owner, 0) == 0;
}

std::uint32_t PermitsOf(sem_t* semaphore) {
  int permits = 0;
  sem_getvalue(semaphore, &permits);
  return permits < 0 ? 0 : static_cast<std::uint32_t>(permits);
}

// Where the program called the library that called from `site`; `site` itself if no library did.
std::uintptr_t InTheProgram(std::uintptr_t site) {
  if (IsOfProgram(site)) return site;
  std::uintptr_t stack[32];
  const int depth = report::CaptureStack(stack, 32, 1);
  // Outside of this library, whose frames are the program's too.
  const std::uintptr_t* const end = stack + depth;
  const std::uintptr_t* const library = std::find(std::cbegin(stack), end, site);
  const std::uintptr_t* const user = std::find_if(library, end, &IsOfProgram);
  return user == end ? site : *user;
}

}  // namespace

World& World::Of(runtime::Task& task) {
  runtime::Scheduler& scheduler = task.scheduler();
  auto* world = static_cast<World*>(scheduler.extension());
  if (world == nullptr) {
    const tsan::IgnoreScope unseen;
    auto made = std::unique_ptr<World>(new World(scheduler));
    world = made.get();
    scheduler.set_extension(std::move(made));
  }
  if (world->serial_ != scheduler.serial()) world->Begin();
  return *world;
}

void World::Begin() {
  const tsan::IgnoreScope unseen;
  serial_ = scheduler_.serial();
  mutexes_.clear();
  shared_mutexes_.clear();
  semaphores_.clear();
  conditions_.clear();
  barriers_.clear();
  onces_.clear();
  futexes_.clear();
  threads_.Clear();
  kept_.clear();
  condition_at_.clear();
  barrier_at_.clear();
  mutex_at_.clear();
  once_at_.clear();
  futex_at_.clear();
  recorded_.clear();
  recorded_as_.clear();
  made_at_.clear();
  once_objects_.clear();
}

template <typename Model, typename... Arguments>
Model& World::Add(std::deque<Model>& models, const char* type, const volatile void* address,
                  std::uintptr_t site, Arguments... arguments) {
  return models.emplace_back(scheduler_, type,
                             runtime::Unseen{.address = const_cast<const void*>(address),
                                             .first_used_at = InTheProgram(site)},
                             arguments...);
}

// --- Those with a stamp ---

model::Mutex& World::NewMutex(const pthread_mutex_t& mutex, std::uintptr_t site) {
  if (mutex.__data.__kind == -1) Misuse("mutex: used after its destruction", site);
  if (mutex.__data.__lock != 0) {
    Misuse(IsHeldByThread(mutex) ? "mutex: held by a thread outside of the schedule"
                                 : "mutex: destroyed, overwritten or never initialised",
           site);
  }
  const tsan::IgnoreScope unseen;
  switch (mutex.__data.__kind & kMutexTypeMask) {
    case PTHREAD_MUTEX_RECURSIVE_NP:
      return Add(mutexes_, "recursive mutex", &mutex, site, model::Relocking::kCounts);
    case PTHREAD_MUTEX_ERRORCHECK_NP:
      return Add(mutexes_, "mutex", &mutex, site, model::Relocking::kFails);
    default:
      return Add(mutexes_, "mutex", &mutex, site, model::Relocking::kDeadlocks);
  }
}

model::Mutex& World::At(pthread_mutex_t* mutex, std::uintptr_t site) {
  if ((mutex->__data.__kind & kRobustOrInheriting) != 0) {
    const auto found = mutex_at_.find(mutex);
    if (found != mutex_at_.end()) return *found->second;
    model::Mutex& model = NewMutex(*mutex, site);
    const tsan::IgnoreScope unseen;
    mutex_at_[mutex] = &model;
    return model;
  }
  Stamp* const stamp = StampOf(mutex);
  if (stamp->serial == serial_) {
    // Of a copy of its bytes the address is another.
    auto* model = static_cast<model::Mutex*>(stamp->model);
    if (model->IsAt(mutex)) return *model;
  }
  model::Mutex& model = NewMutex(*mutex, site);
  *stamp = {serial_, &model};
  return model;
}

model::SharedMutex& World::At(pthread_rwlock_t* lock, std::uintptr_t site) {
  const SplitStamp stamp = StampOf(lock);
  if ((static_cast<std::uint64_t>(*stamp.high) << 32 | *stamp.low) == serial_) {
    auto* model = static_cast<model::SharedMutex*>(*stamp.model);
    if (model != nullptr && model->IsAt(lock)) return *model;
  }
  const auto& data = lock->__data;
  // The reader's count is shifted by three bits of state.
  if (data.__cur_writer != 0 || data.__readers >> 3 != 0) {
    Misuse("read-write lock: held by a thread outside of the schedule", site);
  }
  const tsan::IgnoreScope unseen;
  model::SharedMutex& model = Add(shared_mutexes_, "read-write lock", lock, site,
                                  data.__flags == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP
                                      ? model::Preference::kWriters
                                      : model::Preference::kReaders);
  *stamp.low = static_cast<unsigned>(serial_);
  *stamp.high = static_cast<unsigned>(serial_ >> 32);
  *stamp.model = &model;
  return model;
}

model::Semaphore& World::At(sem_t* semaphore, std::uintptr_t site) {
  Stamp* const stamp = StampOf(semaphore);
  if (stamp->serial == serial_) {
    auto* model = static_cast<model::Semaphore*>(stamp->model);
    if (model->IsAt(semaphore)) return *model;
  }
  const tsan::IgnoreScope unseen;
  model::Semaphore& model = Add(semaphores_, "semaphore", semaphore, site, PermitsOf(semaphore),
                                static_cast<std::uint32_t>(SEM_VALUE_MAX));
  *stamp = {serial_, &model};
  return model;
}

void World::Forget(pthread_mutex_t* mutex) {
  if ((mutex->__data.__kind & kRobustOrInheriting) == 0) *StampOf(mutex) = {0, nullptr};
}

void World::Forget(pthread_rwlock_t* lock) { *StampOf(lock).model = nullptr; }

void World::Forget(sem_t* semaphore) { *StampOf(semaphore) = {0, nullptr}; }

// --- Those with an address ---

model::Condition& World::At(pthread_cond_t* condition, std::uintptr_t site) {
  const tsan::IgnoreScope unseen;
  model::Condition*& model = condition_at_[condition];
  if (model == nullptr) model = &Add(conditions_, "condition variable", condition, site);
  return *model;
}

model::Barrier& World::At(pthread_barrier_t* barrier, std::uintptr_t site) {
  const tsan::IgnoreScope unseen;
  model::Barrier*& model = barrier_at_[barrier];
  if (model == nullptr) {
    // The third of its words is how many have to come.
    const std::uint32_t parties = reinterpret_cast<const std::uint32_t*>(barrier)[2];
    model = &Add(barriers_, "barrier", barrier, site, parties);
  }
  return *model;
}

model::Mutex& World::SpinLockAt(const volatile void* lock, std::uintptr_t site) {
  const tsan::IgnoreScope unseen;
  model::Mutex*& model = mutex_at_[lock];
  if (model == nullptr) {
    model = &Add(mutexes_, "spin lock", lock, site, model::Relocking::kDeadlocks);
  }
  return *model;
}

model::Once& World::OnceAt(const void* flag, const char* type, std::uintptr_t site) {
  const tsan::IgnoreScope unseen;
  model::Once*& model = once_at_[flag];
  if (model == nullptr) model = &Add(onces_, type, flag, site);
  return *model;
}

model::Futex& World::FutexAt(const void* word, std::uintptr_t site, const char* type) {
  const tsan::IgnoreScope unseen;
  model::Futex*& model = futex_at_[word];
  if (model == nullptr) model = &Add(futexes_, type, word, site);
  return *model;
}

model::Condition* World::Forget(pthread_cond_t* condition) {
  const tsan::IgnoreScope unseen;
  const auto node = condition_at_.extract(condition);
  return node.empty() ? nullptr : node.mapped();
}

model::Barrier* World::Forget(pthread_barrier_t* barrier) {
  const tsan::IgnoreScope unseen;
  const auto node = barrier_at_.extract(barrier);
  return node.empty() ? nullptr : node.mapped();
}

void World::ForgetSpinLock(const volatile void* lock) {
  const tsan::IgnoreScope unseen;
  mutex_at_.erase(lock);
}

void World::SetKept(const runtime::Task& task, void* kept) {
  const auto index = static_cast<std::size_t>(task.id());
  const tsan::IgnoreScope unseen;
  if (index >= kept_.size()) kept_.resize(index + 1);
  kept_[index] = kept;
}

void World::Misuse(std::string_view what, std::uintptr_t site) {
  runtime::Task& task = *runtime::CurrentTask();
  scheduler_.Report(task, FindingKind::kMisuse, what, site);
  scheduler_.Stop(task);
}

}  // namespace selvage::interpose
