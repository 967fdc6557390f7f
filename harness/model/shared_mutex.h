// A lock that many tasks may hold for reading, or one for writing.
#ifndef SELVAGE_HARNESS_MODEL_SHARED_MUTEX_H_
#define SELVAGE_HARNESS_MODEL_SHARED_MUTEX_H_

#include <cstdint>

#include "selvage/harness/model/object.h"
#include "selvage/harness/runtime/append_buffer.h"

namespace selvage::model {

// Who goes first where a writer waits for readers.
enum class Preference {
  kReaders,  // another reader gets in
  kWriters,  // another reader waits until no writer waits
};

class SharedMutex final : public Object {
 public:
  SharedMutex(runtime::Scheduler& scheduler, const char* type, runtime::Unseen unseen,
              Preference preference)
      : Object(scheduler, type, unseen), preference_(preference) {
    ForgetOrder();
  }

  // kOk, kTimedOut; kRelock if the caller writes already. One that reads already waits for itself.
  Result Lock(runtime::Task& task, Timeout timeout, std::uintptr_t site);
  // kOk, kTimedOut; kRelock if the caller writes.
  Result LockShared(runtime::Task& task, Timeout timeout, std::uintptr_t site);
  // kOk, kBusy.
  Result TryLock(runtime::Task& task, std::uintptr_t site);
  Result TryLockShared(runtime::Task& task, std::uintptr_t site);

  // Whichever way it is held. Not being held by the caller is a misuse, which ends the schedule.
  void Unlock(runtime::Task& task, std::uintptr_t site);

  // It is destroyed: a misuse if somebody holds it.
  void Destroy(runtime::Task& task, std::uintptr_t site);

 private:
  bool CanWrite() const { return writer_ == nullptr && readers_.empty(); }
  bool CanRead() const {
    return writer_ == nullptr && (preference_ == Preference::kReaders || waiting_writers_ == 0);
  }
  bool Reads(const runtime::Task& task) const;
  void TakeForWriting(runtime::Task& task);
  void TakeForReading(runtime::Task& task);

  const Preference preference_;
  const runtime::Task* writer_ = nullptr;
  runtime::AppendBuffer<const runtime::Task*> readers_;  // once for each time it reads
  std::uint32_t waiting_writers_ = 0;
  char readers_left_ = 0;  // its address stands for what readers did before they let go
};

}  // namespace selvage::model

#endif  // SELVAGE_HARNESS_MODEL_SHARED_MUTEX_H_
