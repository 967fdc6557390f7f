#include "selvage/tests/harness/schedule/walks/random_program.h"

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>

#include "selvage/harness/explore.h"
#include "selvage/harness/schedule/random.h"
#include "selvage/primitives/atomic.h"
#include "selvage/primitives/condition.h"
#include "selvage/primitives/event.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/queue.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/shared_lock.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/time.h"

namespace selvage::schedule {
namespace {

using std::chrono::microseconds;

struct Objects {
  Shared<int> variables[2];
  Atomic<int> atomic;
  Lock locks[2];
  Semaphore semaphore{1};
  Condition condition;
  Event event;
  SharedLock shared;
  Queue<int> queue{1};
};

// What each task has seen, in its own order. Outlives the schedule.
struct Seen {
  std::vector<std::string> by_task;
  std::string last;
};

std::vector<Do> Vocabulary(Flavour flavour) {
  switch (flavour) {
    case Flavour::kMemory:
      return {Do::kLoad, Do::kStore, Do::kUpdate, Do::kAtomicLoad, Do::kYield, Do::kExpectZero};
    case Flavour::kLocks:
      return {Do::kLoad,     Do::kStore,     Do::kSection, Do::kSection, Do::kNested,
              Do::kReadLock, Do::kWriteLock, Do::kSpawn,   Do::kTryLock};
    case Flavour::kSemaphores:
      return {Do::kLoad,       Do::kStore, Do::kAcquire, Do::kRelease, Do::kTryAcquire,
              Do::kAwaitEvent, Do::kSet,   Do::kClear,   Do::kPut,     Do::kGet};
    case Flavour::kConditions:
      return {
          Do::kStore,           Do::kLoad,   Do::kWait, Do::kWait, Do::kNotifyOne, Do::kNotifyAll,
          Do::kNotifyUnderLock, Do::kTryLock};
    case Flavour::kTimes:
      return {Do::kStore,     Do::kLoad,          Do::kSleep,      Do::kWaitFor,   Do::kGetFor,
              Do::kNotifyOne, Do::kAwaitEventFor, Do::kAcquireFor, Do::kSet,       Do::kClear,
              Do::kRelease,   Do::kTryLockFor,    Do::kSection,    Do::kTryAcquire};
    case Flavour::kAll:
      break;
  }
  std::vector<Do> all;
  for (int i = 0; i <= static_cast<int>(Do::kSpawn); ++i) all.push_back(static_cast<Do>(i));
  return all;
}

class Runner {
 public:
  Runner(Objects& objects, std::string& seen) : objects_(objects), seen_(seen) {}

  void Run(const std::vector<Action>& actions) {
    for (const Action& action : actions) Do(action);
  }

 private:
  void Note(int value) { seen_ += std::to_string(value) + ";"; }

  void Do(const Action& action) {
    const microseconds soon(1 + action.which);
    Lock& lock = objects_.locks[action.which % 2];
    Shared<int>& variable = objects_.variables[action.which % 2];
    using schedule::Do;
    switch (action.what) {
      case Do::kLoad:
        return Note(variable.load());
      case Do::kStore:
        return variable.store(static_cast<int>(seen_.size()) + 10 * ++stores_);
      case Do::kSection:
        lock.lock();
        variable.store(variable.load() + 1);
        return lock.unlock();
      case Do::kNested: {
        Lock& other = objects_.locks[(action.which + 1) % 2];
        lock.lock();
        Try(other, other.try_lock());
        return lock.unlock();
      }
      case Do::kLock:
        return lock.lock();
      case Do::kUnlock:
        return lock.unlock();
      case Do::kTryLock:
        return Try(lock, lock.try_lock());
      case Do::kTryLockFor:
        return Try(lock, lock.try_lock_for(soon));
      case Do::kAcquire:
        return objects_.semaphore.acquire();
      case Do::kTryAcquire:
        return Note(objects_.semaphore.try_acquire());
      case Do::kAcquireFor:
        return Note(objects_.semaphore.try_acquire_for(soon));
      case Do::kRelease:
        return objects_.semaphore.release();
      case Do::kWait: {
        objects_.locks[0].lock();
        objects_.condition.wait(objects_.locks[0]);
        return objects_.locks[0].unlock();
      }
      case Do::kWaitFor: {
        objects_.locks[0].lock();
        Note(objects_.condition.wait_for(objects_.locks[0], soon) == std::cv_status::timeout);
        return objects_.locks[0].unlock();
      }
      case Do::kNotifyOne:
        return objects_.condition.notify_one();
      case Do::kNotifyAll:
        return objects_.condition.notify_all();
      case Do::kNotifyUnderLock: {
        objects_.locks[0].lock();
        objects_.condition.notify_one();
        return objects_.locks[0].unlock();
      }
      case Do::kSet:
        return objects_.event.set();
      case Do::kClear:
        return objects_.event.clear();
      case Do::kAwaitEvent:
        return objects_.event.wait();
      case Do::kAwaitEventFor:
        return Note(objects_.event.wait_for(soon));
      case Do::kReadLock:
        objects_.shared.lock_shared();
        return objects_.shared.unlock_shared();
      case Do::kWriteLock:
        objects_.shared.lock();
        return objects_.shared.unlock();
      case Do::kPut:
        return objects_.queue.put(++stores_);
      case Do::kGet:
        return Note(objects_.queue.get());
      case Do::kGetFor:
        return Note(objects_.queue.get_for(soon).value_or(-1));
      case Do::kSleep:
        return SleepFor(soon);
      case Do::kYield:
        return Yield();
      case Do::kExpectZero:
        if (variable.load() != 0) ReportFailure("not zero");
        return;
      case Do::kUpdate:
        return Note(objects_.atomic.fetch_add(1));
      case Do::kAtomicLoad:
        return Note(objects_.atomic.load());
      case Do::kSpawn: {
        Thread child([&] { variable.store(-1); });
        return child.join();
      }
    }
  }

  void Try(Lock& lock, bool locked) {
    Note(locked);
    if (locked) lock.unlock();
  }

  Objects& objects_;
  std::string& seen_;
  int stores_ = 0;
};

}  // namespace

std::string RandomProgram::Text() const {
  std::string text;
  for (const auto& task : tasks) {
    text += "[";
    for (const Action& action : task) {
      text += " " + std::to_string(static_cast<int>(action.what)) + "(" +
              std::to_string(action.which) + ")";
    }
    text += " ]";
  }
  return text + (has_daemon ? " daemon" : "");
}

RandomProgram DrawProgram(Flavour flavour, std::uint64_t seed) {
  Random random(SplitMix64::Mix(seed));
  const std::vector<Do> vocabulary = Vocabulary(flavour);
  RandomProgram program;
  const std::uint64_t tasks = 2 + random.Below(2);
  const std::uint64_t most = tasks == 2 ? 5 : 3;
  for (std::uint64_t i = 0; i < tasks; ++i) {
    std::vector<Action>& actions = program.tasks.emplace_back();
    for (std::uint64_t left = 1 + random.Below(most); left > 0; --left) {
      actions.push_back(
          {vocabulary[random.Below(vocabulary.size())], static_cast<int>(random.Below(3))});
    }
  }
  program.has_daemon = random.Below(8) == 0;
  return program;
}

Body BodyOf(const RandomProgram& program) {
  auto seen = std::make_shared<Seen>();
  Body body;
  body.run = [seen, &program] {
    {
      const tsan::IgnoreScope unseen;
      seen->by_task.assign(program.tasks.size(), "");
      seen->last.clear();
    }
    Objects objects;
    std::vector<Thread> threads;
    const std::size_t count = program.tasks.size();
    for (std::size_t i = 0; i < count; ++i) {
      ThreadAttributes attributes("");
      attributes.daemon = program.has_daemon && i + 1 == count;
      threads.emplace_back(attributes,
                           [&, i] { Runner(objects, seen->by_task[i]).Run(program.tasks[i]); });
    }
    for (Thread& thread : threads) {
      if (!thread.daemon()) thread.join();
    }
    for (const Shared<int>& variable : objects.variables) {
      seen->last += std::to_string(variable.load()) + ",";
    }
  };
  body.result = [seen] {
    std::string result;
    for (const std::string& of_task : seen->by_task) result += of_task + " ";
    return result + seen->last;
  };
  return body;
}

}  // namespace selvage::schedule
