#include "selvage/primitives/thread_pool.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "selvage/harness/tsan/annotations.h"
#include "selvage/primitives/call_site.h"
#include "selvage/primitives/misuse.h"
#include "selvage/primitives/recording.h"

namespace selvage {
namespace {

// A worker that runs a task has a permit of its pool, as the lock order sees it.
class BusyScope {
 public:
  explicit BusyScope(const lockgraph::LockIdentity& workers) : workers_(workers) {
    const std::uintptr_t site = SELVAGE_CALL_SITE();
    internal::NoteRequest(workers_, lockgraph::Mode::kExclusive, std::nullopt, site);
    internal::NoteAcquired(workers_, lockgraph::Mode::kExclusive, site);
  }
  ~BusyScope() {
    internal::NoteReleased(workers_, lockgraph::Mode::kExclusive, SELVAGE_CALL_SITE());
  }
  BusyScope(const BusyScope&) = delete;
  BusyScope& operator=(const BusyScope&) = delete;

 private:
  const lockgraph::LockIdentity& workers_;
};

}  // namespace

using internal::ItemQueue;
using internal::QueueItem;

ThreadPoolExecutor::ThreadPoolExecutor(std::ptrdiff_t max_workers, std::string_view name,
                                       SourceLocation made_at)
    : calls_("ThreadPoolExecutor", internal::QueueOrder::kFirstInFirstOut, 0,
             {.destroy = [](QueueItem* item) { delete static_cast<Call*>(item); }}, name, made_at),
      worker_count_(static_cast<std::size_t>(std::max<std::ptrdiff_t>(max_workers, 0))),
      busy_("Workers", calls_.object().name(), made_at,
            {.kind = lockgraph::ObjectKind::kSemaphore,
             .permits = static_cast<std::uint32_t>(worker_count_)}) {
  if (max_workers < 1) calls_.Refuse("made without a worker", SELVAGE_CALL_SITE());
  {
    const tsan::IgnoreScope unseen;
    workers_ = std::make_unique<Thread[]>(worker_count_);
  }
  for (std::size_t i = 0; i < worker_count_; ++i) {
    std::string worker_name;
    if (!name.empty()) worker_name.append(name).append("-").append(std::to_string(i));
    workers_[i] =
        Thread(ThreadAttributes(std::string_view(worker_name), made_at), [this] { Work(); });
  }
}

ThreadPoolExecutor::~ThreadPoolExecutor() {
  shutdown();
  const tsan::IgnoreScope unseen;
  workers_.reset();
}

void ThreadPoolExecutor::Enqueue(std::unique_ptr<Call> call) {
  if (calls_.TryPut(*call) == ItemQueue::PutResult::kShutDown) {
    throw std::runtime_error(
        calls_.object().Description().append(": something was submitted after the shutdown"));
  }
  // It may have been run and destroyed already.
  static_cast<void>(call.release());
}

void ThreadPoolExecutor::Work() {
  for (;;) {
    const ItemQueue::Taken taken = calls_.Get(std::nullopt);
    if (taken.shut_down) return;
    const std::unique_ptr<Call> call(static_cast<Call*>(taken.item));
    const BusyScope busy(busy_);
    call->Run();
  }
}

void ThreadPoolExecutor::shutdown(bool wait, bool cancel_futures) {
  QueueItem* removed =
      calls_.ShutDown(cancel_futures ? ItemQueue::Pending::kRemoved : ItemQueue::Pending::kKept);
  while (removed != nullptr) {
    const std::unique_ptr<Call> call(static_cast<Call*>(removed));
    removed = removed->next;
    call->Cancel();
  }
  if (wait) JoinWorkers();
}

void ThreadPoolExecutor::JoinWorkers() {
  for (std::size_t i = 0; i < worker_count_; ++i) {
    if (workers_[i].joinable()) workers_[i].join();
  }
}

}  // namespace selvage
