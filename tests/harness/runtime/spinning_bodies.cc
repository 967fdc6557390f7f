#include "selvage/tests/harness/runtime/spinning_bodies.h"

#include <atomic>
#include <chrono>
#include <cstring>
#include <mutex>

#include "selvage/harness/explore.h"
#include "selvage/primitives/atomic.h"
#include "selvage/primitives/event.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/thread_annotations.h"
#include "selvage/primitives/time.h"

namespace selvage::spinning {
namespace {

void TicketLock() {
  Atomic<int> next(0, "next");
  Atomic<int> serving(0, "serving");
  int count = 0;
  const auto work = [&] {
    for (int i = 0; i < 2; ++i) {
      const int mine = next.fetch_add(1);
      while (serving.load() != mine) Yield();
      ++count;
      serving.fetch_add(1);
    }
  };
  Thread a("a", work);
  Thread b("b", work);
  Thread c("c", work);
  a.join();
  b.join();
  c.join();
  SELVAGE_EXPECT(count == 6);
}

void TicketLockWithoutYield() {
  Atomic<int> next(0, "next");
  Atomic<int> serving(0, "serving");
  const auto work = [&] {
    const int mine = next.fetch_add(1);
    while (serving.load() != mine) {
    }
    serving.fetch_add(1);
  };
  Thread a("a", work);
  Thread b("b", work);
  work();
  a.join();
  b.join();
}

void TestAndSetLock() {
  Atomic<bool> taken(false, "taken");
  int count = 0;
  const auto work = [&] {
    while (taken.exchange(true)) {
    }
    ++count;
    taken.store(false);
  };
  Thread a("a", work);
  Thread b("b", work);
  work();
  a.join();
  b.join();
  SELVAGE_EXPECT(count == 3);
}

void CompareExchangeLock() {
  Atomic<int> owner(0, "owner");
  const auto work = [&](int self) {
    int free = 0;
    while (!owner.compare_exchange_strong(free, self)) free = 0;
    SELVAGE_EXPECT(owner.load() == self);
    owner.store(0);
  };
  Thread a("a", [&] { work(1); });
  Thread b("b", [&] { work(2); });
  work(3);
  a.join();
  b.join();
}

void TryLockWithBackOff() {
  Lock lock("lock");
  int count = 0;
  const auto work = [&] {
    while (!lock.try_lock()) Yield();
    ++count;
    lock.unlock();
  };
  Thread a("a", work);
  Thread b("b", work);
  work();
  a.join();
  b.join();
  SELVAGE_EXPECT(count == 3);
}

void TryLockWithExponentialBackOff() {
  Lock lock("lock");
  const auto work = [&] {
    int delay = 1;
    while (!lock.try_lock()) {
      for (int i = 0; i < delay; ++i) Yield();
      if (delay < 8) delay *= 2;
    }
    Yield();
    lock.unlock();
  };
  Thread a("a", work);
  Thread b("b", work);
  a.join();
  b.join();
}

void FlagUnderALock() {
  Lock lock("lock");
  bool done = false;
  Thread waiter("waiter", [&] {
    for (;;) {
      const Guard guard(lock);
      if (done) break;
    }
  });
  Thread setter("setter", [&] {
    Yield();
    const Guard guard(lock);
    done = true;
  });
  waiter.join();
  setter.join();
}

void EventPolling() {
  Event ready("ready");
  Event seen("seen");
  Thread poller("poller", [&] {
    while (!ready.is_set()) Yield();
    seen.set();
  });
  ready.set();
  while (!seen.is_set()) {
  }
  poller.join();
}

void TryAcquirePolling() {
  Semaphore items(0, "items");
  Thread consumer("consumer", [&] {
    for (int i = 0; i < 2; ++i) {
      while (!items.try_acquire()) Yield();
    }
  });
  items.release();
  Yield();
  items.release();
  consumer.join();
}

void StandardAtomicFlag() {
  static std::atomic<bool> done;
  done = false;
  Thread setter("setter", [] { done.store(true); });
  while (!done.load()) {
  }
  setter.join();
}

void StandardAtomicOnTheSpinnersStack() {
  std::atomic<bool> done{false};
  Thread setter("setter", [&] { done.store(true); });
  while (!done.load()) {
  }
  setter.join();
}

void PingPong() {
  Atomic<int> turn(0, "turn");
  const auto play = [&](int self) {
    for (int i = 0; i < 3; ++i) {
      while (turn.load() != self) Yield();
      turn.store(1 - self);
    }
  };
  Thread ping("ping", [&] { play(0); });
  Thread pong("pong", [&] { play(1); });
  ping.join();
  pong.join();
}

void SleepPolling() {
  Atomic<bool> done(false, "done");
  Thread worker("worker", [&] {
    SleepFor(std::chrono::seconds(10));
    done.store(true);
  });
  while (!done.load()) SleepFor(std::chrono::microseconds(1));
  worker.join();
}

void PetersonsLock() {
  Atomic<int> wants[2] = {Atomic<int>(0, "wants 0"), Atomic<int>(0, "wants 1")};
  Atomic<int> turn(0, "turn");
  int count = 0;
  const auto work = [&](int self) {
    for (int i = 0; i < 2; ++i) {
      wants[self].store(1);
      turn.store(1 - self);
      while (wants[1 - self].load() == 1 && turn.load() == 1 - self) {
      }
      ++count;
      wants[self].store(0);
    }
  };
  Thread a("a", [&] { work(0); });
  Thread b("b", [&] { work(1); });
  a.join();
  b.join();
  SELVAGE_EXPECT(count == 4);
}

constexpr Program kCorrect[] = {
    {"ticket lock", &TicketLock},
    {"ticket lock without yield", &TicketLockWithoutYield},
    {"test-and-set lock", &TestAndSetLock},
    {"compare-exchange lock", &CompareExchangeLock},
    {"try_lock with back-off", &TryLockWithBackOff},
    {"try_lock with exponential back-off", &TryLockWithExponentialBackOff},
    {"flag under a lock", &FlagUnderALock},
    {"event polling", &EventPolling},
    {"try_acquire polling", &TryAcquirePolling},
    {"std::atomic flag", &StandardAtomicFlag},
    {"std::atomic on the spinner's stack", &StandardAtomicOnTheSpinnersStack},
    {"ping-pong", &PingPong},
    {"polling with sleeps", &SleepPolling},
    {"Peterson's lock", &PetersonsLock},
};

}  // namespace

std::span<const Program> CorrectPrograms() { return kCorrect; }

void WaitForAFlagThatNobodySets() {
  Atomic<bool> flag(false, "flag");
  Thread spinner("spinner", [&] {
    while (!flag.load()) Yield();
  });
  spinner.join();
}

void WaitUnderALockForAFlagThatNobodySets() {
  Lock lock("lock");
  Atomic<bool> flag(false, "flag");
  const auto wait = [&] {
    for (;;) {
      {
        const Guard guard(lock);
        if (flag.load()) break;
      }
      Yield();
    }
  };
  Thread a("a", wait);
  Thread b("b", wait);
  a.join();
  b.join();
}

void TryALockThatIsNeverReleased() {
  Lock lock("lock");
  lock.lock();
  Thread spinner("spinner", [&] {
    while (!lock.try_lock()) Yield();
    lock.unlock();
  });
  spinner.join();
  lock.unlock();
}

void WaitForEachOther() {
  Atomic<bool> first(false, "first");
  Atomic<bool> second(false, "second");
  Thread a("a", [&] {
    while (!second.load()) Yield();
    first.store(true);
  });
  Thread b("b", [&] {
    while (!first.load()) {
    }
    second.store(true);
  });
  a.join();
  b.join();
}

void PollByTheClockForAFlagThatNobodySets() {
  Atomic<bool> flag(false, "flag");
  while (!flag.load()) SleepFor(std::chrono::milliseconds(1));
}

void WaitInALoopThatCounts() {
  Atomic<bool> flag(false, "flag");
  unsigned rounds = 0;
  while (!flag.load()) ++rounds;
  SELVAGE_EXPECT(rounds == 1);
}

void WaitWithABackOffThatIsBounded() {
  Atomic<bool> flag(false, "flag");
  int delay = 1;
  while (!flag.load()) {
    for (int i = 0; i < delay; ++i) Yield();
    if (delay < 8) delay *= 2;
  }
}

void WaitForAnExchangeThatNeverSucceeds() {
  Atomic<bool> taken(true, "taken");
  while (taken.exchange(true)) {
  }
}

void SpinBesideATaskThatWaits() {
  Lock lock("lock");
  Atomic<bool> flag(false, "flag");
  lock.lock();
  Thread waiter("waiter", [&] {
    lock.lock();
    flag.store(true);
    lock.unlock();
  });
  while (!flag.load()) Yield();
  lock.unlock();
  waiter.join();
}

void LoadAnAtomicManyTimes() {
  Atomic<int> number(1, "number");
  int sum = 0;
  for (int i = 0; i < kManyOperations; ++i) sum += number.load();
  SELVAGE_EXPECT(sum == kManyOperations);
}

void CountUnderALockManyTimes() {
  constexpr int kTimes = 100'000;
  Lock lock("lock");
  int count = 0;
  for (int i = 0; i < kTimes; ++i) {
    const Guard guard(lock);
    ++count;
  }
  SELVAGE_EXPECT(count == kTimes);
}

void YieldManyTimes() {
  for (int i = 0; i < kManyOperations; ++i) Yield();
}

void TryThreeTimesThenWait() SELVAGE_NO_THREAD_SAFETY_ANALYSIS {
  Lock lock("lock");
  Thread holder("holder", [&] {
    const Guard guard(lock);
    Yield();
  });
  bool got_it = false;
  for (int i = 0; i < 3 && !got_it; ++i) got_it = lock.try_lock();
  SELVAGE_EXPECT(got_it);
  if (got_it) {
    lock.unlock();
  } else {
    const Guard guard(lock);
  }
  holder.join();
}

void WaitForAFlagThatIsCopiedOver() {
  static std::atomic<int> flag;
  flag = 0;
  Thread setter("setter", [] {
    Yield();
    const int one = 1;
    std::memcpy(static_cast<void*>(&flag), &one, sizeof(one));
  });
  while (flag.load(std::memory_order_relaxed) == 0) Yield();
  setter.join();
}

}  // namespace selvage::spinning
