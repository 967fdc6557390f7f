#include "selvage/harness/interpose/recorded.h"

#include <pthread.h>

#include "selvage/harness/interpose/world.h"
#include "selvage/harness/lockgraph/publication.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::interpose {

ObjectType TypeOf(const pthread_mutex_t& mutex) {
  switch (mutex.__data.__kind & 3) {
    case PTHREAD_MUTEX_RECURSIVE_NP:
      return {"recursive mutex", {.recursive = true}};
    case PTHREAD_MUTEX_ERRORCHECK_NP:
      // Its holder is told so instead of waiting.
      return {"mutex", {.recursive = true}};
    default:
      return {"mutex"};
  }
}

ObjectType TypeOf(const pthread_rwlock_t& lock) {
  return {
      "read-write lock",
      {.kind = lockgraph::ObjectKind::kReadWriteLock,
       .reader_preference = lock.__data.__flags != PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP}};
}

ObjectType SemaphoreType(std::uint32_t permits) {
  return {"semaphore", {.kind = lockgraph::ObjectKind::kSemaphore, .permits = permits}};
}

RecordedOperation World::Recorded(const model::Object& model, const volatile void* address,
                                  const ObjectType& type, std::uintptr_t site) {
  lockgraph::ThreadContext* const context = lockgraph::Recording();
  if (context == nullptr) return {};
  const tsan::IgnoreScope unseen;
  const auto index = static_cast<std::size_t>(model.id());
  if (index >= recorded_as_.size()) recorded_as_.resize(index + 1);
  RecordedObject*& object = recorded_as_[index];
  if (object == nullptr) {
    const auto made = made_at_.extract(address);
    object = made.empty() ? &recorded_.emplace_back(type, lockgraph::LockIdentity::Unseen{})
                          : made.mapped();
  }
  return Recorded(*object, const_cast<const void*>(address), *context, site);
}

RecordedOnce World::Recorded(const void* once, const char* type, std::uintptr_t site) {
  lockgraph::ThreadContext* const context = lockgraph::Recording();
  if (context == nullptr) return {};
  const tsan::IgnoreScope unseen;
  const ObjectType its_type = {type, {.kind = lockgraph::ObjectKind::kOnce}};
  RecordedObject& object =
      once_objects_.try_emplace(once, its_type, lockgraph::LockIdentity::Unseen{}).first->second;
  return {Recorded(object, once, *context, site), &object.sent};
}

RecordedOperation World::Recorded(RecordedObject& object, const void* address,
                                  lockgraph::ThreadContext& context, std::uintptr_t site) {
  if (!object.was_made) {
    const std::size_t thread = context.record().index;
    if (thread >= object.met_by.size()) object.met_by.resize(thread + 1);
    if (!object.met_by[thread]) {
      object.met_by[thread] = true;
      context.OnMet(object.identity, address, site);
    }
  }
  return {&context, &object.identity, site};
}

void World::NoteMade(const volatile void* address, const ObjectType& type) {
  // A variable is known to everybody, and by its name.
  if (lockgraph::Recording() == nullptr || lockgraph::IsStatic(const_cast<const void*>(address))) {
    return;
  }
  const tsan::IgnoreScope unseen;
  made_at_[address] = &recorded_.emplace_back(type);
}

void World::NoteDestroyed(const volatile void* address) {
  const tsan::IgnoreScope unseen;
  made_at_.erase(address);
}

}  // namespace selvage::interpose
