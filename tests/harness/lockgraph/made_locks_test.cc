// Scenarios whose verdict does not depend on names, nor on where the locks are made: each with
// named locks, with unnamed ones of one file, and with unnamed ones of three. Numbers:
// scenarios.md.
#include "selvage/tests/harness/lockgraph/made_locks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <tuple>

#include "selvage/primitives/atomic.h"
#include "selvage/primitives/barrier.h"
#include "selvage/primitives/queue.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/time.h"
#include "selvage/tests/harness/lockgraph/real_scenario.h"

namespace selvage::tests {
namespace {

struct Played {
  const char* name;
  const char* verdict;  // of the strongest cycle: how it begins
  void (*body)(MadeLocks& locks);
};

using MadeParameter = std::tuple<Played, Making, Stage>;

class MadeScenarios : public testing::TestWithParam<MadeParameter> {};

TEST_P(MadeScenarios, WithNamesAndWithout_HaveOneVerdict) {
  const auto& [played, making, stage] = GetParam();
  const Analysis analysis = Record(stage, [body = played.body, making = making] {
    MadeLocks locks = MakeLocks(making);
    body(locks);
  });
  EXPECT_THAT(Strongest(analysis), testing::StartsWith(played.verdict));
}

void OppositeOrders(MadeLocks& m) {  // 1
  InTurn({{"t1", [&] { Nest(*m.a, *m.b); }}, {"t2", [&] { Nest(*m.b, *m.a); }}});
}

void JoinedInBetween(MadeLocks& m) {  // 2
  Thread("t1", [&] { Nest(*m.a, *m.b); }).join();
  Thread("t2", [&] { Nest(*m.b, *m.a); }).join();
}

void OneThread(MadeLocks& m) {  // 3
  Nest(*m.a, *m.b);
  Nest(*m.b, *m.a);
}

void GuardAround(MadeLocks& m) {  // 4
  InTurn({{"t1", [&] { Nest(*m.g, *m.a, *m.b); }}, {"t2", [&] { Nest(*m.g, *m.b, *m.a); }}});
}

void GuardAroundOneSide(MadeLocks& m) {  // 5
  InTurn({{"t1", [&] { Nest(*m.g, *m.a, *m.b); }}, {"t2", [&] { Nest(*m.b, *m.a); }}});
}

void InnerTry(MadeLocks& m) {  // 6
  InTurn({{"t1",
           [&] {
             const std::lock_guard outer(*m.a);
             if (m.b->try_lock()) m.b->unlock();
           }},
          {"t2", [&] { Nest(*m.b, *m.a); }}});
}

void OuterTry(MadeLocks& m) {  // 7
  InTurn({{"t1",
           [&] {
             if (!m.a->try_lock()) return;
             Nest(*m.b);
             m.a->unlock();
           }},
          {"t2", [&] { Nest(*m.b, *m.a); }}});
}

void InTwoPlaces(MadeLocks& m) {  // 8
  InTurn({{"t1",
           [&] {
             m.a->lock();
             m.b->lock();
             m.a->unlock();
             Nest(*m.c);
             m.b->unlock();
           }},
          {"t2", [&] { Nest(*m.c, *m.a); }}});
}

void RingOfThree(MadeLocks& m) {  // 9
  InTurn({{"t1", [&] { Nest(*m.a, *m.b); }}, {"t2", [&] { Nest(*m.b, *m.c); }}, {"t3", [&] {
                                                                                   Nest(*m.c, *m.a);
                                                                                 }}});
}

void RecursiveAgain(MadeLocks& m) {  // 10
  InTurn({{"t1", [&] { Nest(*m.r, *m.a, *m.r); }}, {"t2", [&] { Nest(*m.r, *m.a); }}});
}

void Read(SharedLock& outer, SharedLock& inner) {
  const std::shared_lock first(outer);
  const std::shared_lock second(inner);
}

void OnlyReaders(MadeLocks& m) {  // 11
  InTurn({{"t1", [&] { Read(*m.x, *m.y); }}, {"t2", [&] { Read(*m.y, *m.x); }}});
}

void ReadersThatWrite(MadeLocks& m) {  // 12
  const auto play = [](SharedLock& read, SharedLock& written) {
    const std::shared_lock first(read);
    const std::lock_guard second(written);
  };
  InTurn({{"t1", [&] { play(*m.x, *m.y); }}, {"t2", [&] { play(*m.y, *m.x); }}});
}

void QueuedWriters(MadeLocks& m) {  // 13, 58
  InTurn({{"t1", [&] { Read(*m.x, *m.y); }},
          {"t2", [&] { Read(*m.y, *m.x); }},
          {"t3", [&] { Nest(*m.x); }},
          {"t4", [&] { Nest(*m.y); }}});
}

void WaitThatTakesItsLockBack(MadeLocks& m) {  // 17
  bool ready = false;
  Turns turns;
  Thread t1("t1", [&] {
    const std::lock_guard first(*m.b);
    const std::lock_guard second(*m.a);
    turns.Set(1);
    m.changed->wait(*m.b, [&] { return ready; });
  });
  Thread t2("t2", [&] {
    turns.Await(2);
    Nest(*m.b, *m.a);
  });
  turns.Await(1);
  m.b->lock();
  ready = true;
  m.changed->notify_one();
  m.b->unlock();
  t1.join();
  turns.Set(2);
}

// The notifier needs A, and was through before the waiter took it.
void WaitUnderTheNotifiersLock(MadeLocks& m) {  // 18
  bool ready = false;
  InTurn({{"notifier",
           [&] {
             const std::lock_guard outer(*m.a);
             const std::lock_guard inner(*m.b);
             ready = true;
             m.changed->notify_one();
           }},
          {"waiter", [&] {
             const std::lock_guard outer(*m.a);
             const std::lock_guard inner(*m.b);
             m.changed->wait(*m.b, [&] { return ready; });
           }}});
}

void HandOverHand(MadeLocks& m) {  // 26
  const auto walk = [&] {
    m.a->lock();
    m.b->lock();
    m.a->unlock();
    m.c->lock();
    m.b->unlock();
    m.c->unlock();
  };
  InTurn({{"t1", walk}, {"t2", walk}});
}

void ChildSpawnedInsideALock(MadeLocks& m) {  // 35
  Turns turns;
  Thread child;
  {
    const std::lock_guard outer(*m.a);
    child = Thread("child", [&] {
      turns.Await(1);
      Nest(*m.b, *m.a);
    });
    Nest(*m.b);
  }
  turns.Set(1);
  child.join();
}

void PermitAgainstALock(MadeLocks& m) {  // 20
  InTurn({{"t1", [&] { Nest(*m.a, *m.one_permit); }}, {"t2", [&] { Nest(*m.one_permit, *m.a); }}});
}

void OrderedByAPost(MadeLocks& m) {  // 21
  const Thread t1("t1", [&] {
    Nest(*m.a, *m.b);
    m.signal->release();
  });
  const Thread t2("t2", [&] {
    m.signal->acquire();
    Nest(*m.b, *m.a);
  });
}

void OrderedByALockOnly(MadeLocks& m) {  // 23
  InTurn({{"t1",
           [&] {
             Nest(*m.a, *m.b);
             Nest(*m.g);
           }},
          {"t2", [&] {
             Nest(*m.g);
             Nest(*m.b, *m.a);
           }}});
}

void ScopedLocksOfTwo(MadeLocks& m) {  // 24
  InTurn({{"t1", [&] { const std::scoped_lock both(*m.a, *m.b); }},
          {"t2", [&] { const std::scoped_lock both(*m.b, *m.a); }}});
}

void ScopedLockInside(MadeLocks& m) {  // 25
  InTurn({{"t1",
           [&] {
             const std::lock_guard outer(*m.a);
             const std::scoped_lock both(*m.b, *m.c);
           }},
          {"t2", [&] { Nest(*m.b, *m.a); }}});
}

void Deadlines(MadeLocks& m) {  // 27
  const auto play = [](Lock& outer, Lock& inner) {
    const std::lock_guard guard(outer);
    if (inner.try_lock_for(std::chrono::hours(1))) inner.unlock();
  };
  InTurn({{"t1", [&] { play(*m.a, *m.b); }}, {"t2", [&] { play(*m.b, *m.a); }}});
}

void GuardAroundAChild(MadeLocks& m) {  // 32
  const Thread other("other", [&] { Nest(*m.g, *m.b, *m.a); });
  const std::lock_guard guard(*m.g);
  Thread("child", [&] { Nest(*m.a, *m.b); }).join();
}

void ReadAgainBehindAWriter(MadeLocks& m) {  // 34
  InTurn({{"t1", [&] { Read(*m.x, *m.x); }}, {"t2", [&] { Nest(*m.x); }}});
}

void OnceGuarded(MadeLocks& m) {  // 36
  InTurn({{"t1",
           [&] {
             Nest(*m.g, *m.a, *m.b);
             Nest(*m.a, *m.b);
           }},
          {"t2", [&] { Nest(*m.g, *m.b, *m.a); }}});
}

void PutUnderTheConsumersLock(MadeLocks& m) {  // 39
  Queue<int> queue(1);
  InTurn({{"consumer",
           [&] {
             queue.put(1);
             Nest(*m.a);
             queue.get();
           }},
          {"producer", [&] {
             const std::lock_guard guard(*m.a);
             queue.put(2);
           }}});
}

// D is started after its parent's part, and joined before main's.
void StarterBeforeTheJoin(MadeLocks& m) {  // 47
  Thread d;
  Thread starter("starter", [&] {
    Nest(*m.a, *m.b);
    d = Thread("d", [] {});
    m.signal->release();
  });
  m.signal->acquire();
  d.join();
  Nest(*m.b, *m.a);
  starter.join();
}

void OrderedByAPolledFlag(MadeLocks& m) {  // 49
  Atomic<bool> done(false);
  const Thread t1("t1", [&] {
    Nest(*m.a, *m.b);
    done.store(true, std::memory_order_release);
  });
  while (!done.load(std::memory_order_acquire)) Yield();
  Nest(*m.b, *m.a);
}

void TwoOfTwoPermits(MadeLocks& m) {  // 51
  const auto play = [&] { Nest(*m.two_permits, *m.two_permits); };
  InTurn({{"t1", play}, {"t2", play}});
}

void TwoOfThreePermits(MadeLocks& m) {  // 51
  const auto play = [&] { Nest(*m.three_permits, *m.three_permits); };
  InTurn({{"t1", play}, {"t2", play}, {"t3", play}});
}

void TwoOfThreePermitsByTwo(MadeLocks& m) {  // 51: one is to spare
  const auto play = [&] { Nest(*m.three_permits, *m.three_permits); };
  InTurn({{"t1", play}, {"t2", play}});
}

void ThreeOfThreePermits(MadeLocks& m) {  // one that has two of them and one that has one
  const auto play = [&] { Nest(*m.three_permits, *m.three_permits, *m.three_permits); };
  InTurn({{"t1", play}, {"t2", play}});
}

void TwoOfTwoPermitsUnderALock(MadeLocks& m) {
  const auto play = [&] {
    {
      const std::lock_guard guard(*m.g);
      m.two_permits->acquire();
      m.two_permits->acquire();
    }
    m.two_permits->release(2);
  };
  InTurn({{"t1", play}, {"t2", play}});
}

void PermitsAgainstALock(MadeLocks& m) {  // 51
  const auto play = [&] { Nest(*m.two_permits, *m.a); };
  InTurn({{"t1", [&] { Nest(*m.a, *m.two_permits); }}, {"t2", play}, {"t3", play}});
}

void PermitsAgainstALockByTwo(MadeLocks& m) {  // 51: one is to spare
  InTurn(
      {{"t1", [&] { Nest(*m.a, *m.two_permits); }}, {"t2", [&] { Nest(*m.two_permits, *m.a); }}});
}

void WaitWithADeadlineUnderTheNotifiersLock(MadeLocks& m) {  // 56
  bool ready = false;
  InTurn({{"notifier",
           [&] {
             const std::lock_guard outer(*m.a);
             const std::lock_guard inner(*m.b);
             ready = true;
             m.changed->notify_one();
           }},
          {"waiter", [&] {
             const std::lock_guard outer(*m.a);
             const std::lock_guard inner(*m.b);
             m.changed->wait_for(*m.b, std::chrono::hours(1), [&] { return ready; });
           }}});
}

constexpr char kObserved[] = "ORDERED_OBSERVED";

std::string NameOf(const testing::TestParamInfo<MadeParameter>& it) {
  const auto& [played, making, stage] = it.param;
  constexpr const char* kMakings[] = {"Named", "UnnamedInOneFile", "UnnamedInThreeFiles"};
  return std::string(played.name) + "_" + kMakings[static_cast<std::size_t>(making)] + "_" +
         (stage == Stage::kNative ? "Native" : "Controlled");
}

INSTANTIATE_TEST_SUITE_P(
    , MadeScenarios,
    testing::Combine(
        testing::Values(
            Played{"OppositeOrders", kTwoThreads, &OppositeOrders},
            Played{"JoinedInBetween", "ORDERED: ", &JoinedInBetween},
            Played{"OneThread", "SINGLE_THREAD", &OneThread},
            Played{"GuardAround", "GUARDED", &GuardAround},
            Played{"GuardAroundOneSide", kTwoThreads, &GuardAroundOneSide},
            Played{"InnerTry", "none", &InnerTry}, Played{"OuterTry", kTwoThreads, &OuterTry},
            Played{"InTwoPlaces", "none", &InTwoPlaces},
            Played{"RingOfThree", "FEASIBLE: three threads", &RingOfThree},
            Played{"RecursiveAgain", "none", &RecursiveAgain},
            Played{"OnlyReaders", "none", &OnlyReaders},
            Played{"ReadersThatWrite", kTwoThreads, &ReadersThatWrite},
            Played{"QueuedWriters", "HAZARD", &QueuedWriters},
            Played{"WaitThatTakesItsLockBack", kTwoThreads, &WaitThatTakesItsLockBack},
            Played{"WaitUnderTheNotifiersLock", "COMMUNICATION", &WaitUnderTheNotifiersLock},
            Played{"HandOverHand", "none", &HandOverHand},
            Played{"ChildSpawnedInsideALock", kTwoThreads, &ChildSpawnedInsideALock},
            Played{"PermitAgainstALock", kTwoThreads, &PermitAgainstALock},
            Played{"OrderedByAPost", kObserved, &OrderedByAPost},
            Played{"OrderedByALockOnly", kTwoThreads, &OrderedByALockOnly},
            Played{"ScopedLocks", "none", &ScopedLocksOfTwo},
            Played{"ScopedLockInside", kTwoThreads, &ScopedLockInside},
            Played{"Deadlines", "TIMED", &Deadlines},
            Played{"GuardAroundAChild", "GUARDED", &GuardAroundAChild},
            Played{"ReadAgainBehindAWriter", "HAZARD", &ReadAgainBehindAWriter},
            Played{"OnceGuarded", kTwoThreads, &OnceGuarded},
            Played{"PutUnderTheConsumersLock", "COMMUNICATION", &PutUnderTheConsumersLock},
            Played{"StarterBeforeTheJoin", "ORDERED: ", &StarterBeforeTheJoin},
            Played{"OrderedByAPolledFlag", kObserved, &OrderedByAPolledFlag},
            Played{"TwoOfTwoPermits", kTwoThreads, &TwoOfTwoPermits},
            Played{"TwoOfThreePermits", "FEASIBLE: three threads", &TwoOfThreePermits},
            Played{"TwoOfThreePermitsByTwo", "none", &TwoOfThreePermitsByTwo},
            Played{"ThreeOfThreePermits", kTwoThreads, &ThreeOfThreePermits},
            Played{"TwoOfTwoPermitsUnderALock", "none", &TwoOfTwoPermitsUnderALock},
            Played{"PermitsAgainstALock", "FEASIBLE: three threads", &PermitsAgainstALock},
            Played{"PermitsAgainstALockByTwo", "none", &PermitsAgainstALockByTwo},
            Played{"WaitWithADeadlineUnderTheNotifiersLock", "TIMED",
                   &WaitWithADeadlineUnderTheNotifiersLock}),
        testing::Values(Making::kNamed, Making::kUnnamedInOneFile, Making::kUnnamedInThreeFiles),
        testing::Values(Stage::kNative, Stage::kControlled)),
    &NameOf);

}  // namespace
}  // namespace selvage::tests
