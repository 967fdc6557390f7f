// The pthread objects that the running schedule has used, and what the model has for each.
//
// A mutex is known by a stamp in a field that the C library uses for robust mutexes only: the C++
// library's mutexes are never destroyed as far as anybody can see, and a new one may lie where
// another was. Its constructor, which sets the fields to 0, takes the stamp away. So with
// read-write locks and semaphores. All other objects are known by their address until they are
// destroyed.
#ifndef SELVAGE_HARNESS_INTERPOSE_WORLD_H_
#define SELVAGE_HARNESS_INTERPOSE_WORLD_H_

#include <pthread.h>
#include <semaphore.h>

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_map.h"
#include "selvage/harness/interpose/recorded.h"
#include "selvage/harness/model/barrier.h"
#include "selvage/harness/model/condition.h"
#include "selvage/harness/model/futex.h"
#include "selvage/harness/model/mutex.h"
#include "selvage/harness/model/once.h"
#include "selvage/harness/model/semaphore.h"
#include "selvage/harness/model/shared_mutex.h"
#include "selvage/harness/model/threads.h"
#include "selvage/harness/runtime/scheduler.h"

namespace selvage::interpose {

class World final : public runtime::Extension {
 public:
  // That of the schedule which `task` is of.
  static World& Of(runtime::Task& task);

  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // The model of each, made when the schedule meets it for the first time. `site`: the return
  // address of the call that asks. Their state is the native one then; one that an ordinary thread
  // holds is a misuse, which ends the schedule.
  model::Mutex& At(pthread_mutex_t* mutex, std::uintptr_t site);
  model::SharedMutex& At(pthread_rwlock_t* lock, std::uintptr_t site);
  model::Semaphore& At(sem_t* semaphore, std::uintptr_t site);
  model::Condition& At(pthread_cond_t* condition, std::uintptr_t site);
  model::Barrier& At(pthread_barrier_t* barrier, std::uintptr_t site);
  model::Mutex& SpinLockAt(const volatile void* lock, std::uintptr_t site);
  model::Once& OnceAt(const void* flag, const char* type, std::uintptr_t site);
  model::Futex& FutexAt(const void* word, std::uintptr_t site, const char* type = "atomic");

  // An operation of the calling task, to be recorded if the task is, on what `model` stands for at
  // `address`.
  RecordedOperation Recorded(const model::Object& model, const volatile void* address,
                             const ObjectType& type, std::uintptr_t site);
  RecordedOnce Recorded(const void* once, const char* type, std::uintptr_t site);
  // The calling task makes an object at `address`; it is destroyed.
  void NoteMade(const volatile void* address, const ObjectType& type);
  void NoteDestroyed(const volatile void* address);

  model::Threads& threads() { return threads_; }

  // What the task keeps by pthread keys, see thread_end.cc; null: nothing.
  void* KeptBy(const runtime::Task& task) const {
    const auto index = static_cast<std::size_t>(task.id());
    return index < kept_.size() ? kept_[index] : nullptr;
  }
  void SetKept(const runtime::Task& task, void* kept);

  // The object at this address is no more, or is made anew; null if it was never met. What is
  // returned stays valid until the schedule ends.
  model::Condition* Forget(pthread_cond_t* condition);
  model::Barrier* Forget(pthread_barrier_t* barrier);
  void ForgetSpinLock(const volatile void* lock);
  static void Forget(pthread_mutex_t* mutex);
  static void Forget(pthread_rwlock_t* lock);
  static void Forget(sem_t* semaphore);

 private:
  explicit World(runtime::Scheduler& scheduler) : scheduler_(scheduler) {}

  // Forgets the schedule before.
  void Begin();

  template <typename Model, typename... Arguments>
  Model& Add(std::deque<Model>& models, const char* type, const volatile void* address,
             std::uintptr_t site, Arguments... arguments);

  RecordedOperation Recorded(RecordedObject& object, const void* address,
                             lockgraph::ThreadContext& context, std::uintptr_t site);

  [[noreturn]] void Misuse(std::string_view what, std::uintptr_t site);
  model::Mutex& NewMutex(const pthread_mutex_t& mutex, std::uintptr_t site);

  runtime::Scheduler& scheduler_;
  std::uint64_t serial_ = 0;  // of the schedule that all below is of

  std::deque<model::Mutex> mutexes_;
  std::deque<model::SharedMutex> shared_mutexes_;
  std::deque<model::Semaphore> semaphores_;
  std::deque<model::Condition> conditions_;
  std::deque<model::Barrier> barriers_;
  std::deque<model::Once> onces_;
  std::deque<model::Futex> futexes_;
  model::Threads threads_;
  std::vector<void*> kept_;  // by TaskId

  std::deque<RecordedObject> recorded_;
  std::vector<RecordedObject*> recorded_as_;                            // by ObjectId
  absl::flat_hash_map<const volatile void*, RecordedObject*> made_at_;  // and not used yet
  absl::node_hash_map<const void*, RecordedObject> once_objects_;

  absl::flat_hash_map<const volatile void*, model::Condition*> condition_at_;
  absl::flat_hash_map<const volatile void*, model::Barrier*> barrier_at_;
  absl::flat_hash_map<const volatile void*, model::Mutex*> mutex_at_;  // spin and robust ones
  absl::flat_hash_map<const volatile void*, model::Once*> once_at_;
  absl::flat_hash_map<const volatile void*, model::Futex*> futex_at_;
};

}  // namespace selvage::interpose

#endif  // SELVAGE_HARNESS_INTERPOSE_WORLD_H_
