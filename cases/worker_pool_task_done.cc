// A worker that forgets to say that it is done with an item.

#include <memory>
#include <optional>
#include <stdexcept>

#include "selvage/cases/registry.h"
#include "selvage/primitives/queue.h"
#include "selvage/primitives/thread.h"

namespace selvage::cases::worker_pool_task_done {
namespace {

using Items = Queue<std::optional<int>>;

// Throws std::invalid_argument if `item` is negative.
void Process(int item) {
  if (item < 0) throw std::invalid_argument("a negative item");
}

void WorkWithoutFinally(Items& items) {
  while (const std::optional<int> item = items.get()) {
    try {
      Process(*item);
      items.task_done();
    } catch (const std::invalid_argument&) {
      // Not worth stopping for.
    }
  }
}

// Python's `finally: q.task_done()`.
class TaskDoneAtEnd {
 public:
  explicit TaskDoneAtEnd(Items& items) : items_(items) {}
  ~TaskDoneAtEnd() { items_.task_done(); }
  TaskDoneAtEnd(const TaskDoneAtEnd&) = delete;
  TaskDoneAtEnd& operator=(const TaskDoneAtEnd&) = delete;

 private:
  Items& items_;
};

void WorkWithFinally(Items& items) {
  while (const std::optional<int> item = items.get()) {
    const TaskDoneAtEnd done(items);
    try {
      Process(*item);
    } catch (const std::invalid_argument&) {
      // Not worth stopping for.
    }
  }
}

template <void (*work)(Items& items)>
void Run() {
  const auto items = std::make_unique<Items>(0, "items");
  Thread worker("worker", [&shared = *items] { work(shared); });
  items->put(1);
  items->put(-1);
  items->join();
  items->put(std::nullopt);
  worker.join();
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "worker_pool_task_done",
      .documents = {"000"},
      .goes_wrong =
          "An exception skips task_done(), so that the queue counts an item as unfinished for ever "
          "and join() never returns.",
      .order_of_events =
          "The worker takes the bad item, processing it throws, the worker takes the next one; "
          "main waits in join() for the bad one.",
      .why_fixed = "task_done() is called by a destructor, on every path.",
      .variants = {{"buggy", Role::kBuggy, Run<WorkWithoutFinally>, {FindingKind::kDeadlock}},
                   {"fixed", Role::kFixed, Run<WorkWithFinally>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::worker_pool_task_done
