// Scenarios of how a lock is asked for: shared, recursive, tried, timed, several at once. Numbers:
// scenarios.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "selvage/tests/harness/lockgraph/front.h"
#include "selvage/tests/harness/lockgraph/real_scenario.h"

namespace selvage::tests {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class RealModes : public RealScenario {};
SELVAGE_ON_BOTH_STAGES(RealModes);

void InnerTryLock() {
  Lock a("A"), b("B");
  InTurn({{"t1",
           [&] {
             const std::lock_guard outer(a);
             const std::unique_lock inner(b, std::try_to_lock);
           }},
          {"t2", [&] { Nest(b, a); }}});
}

TEST_P(RealModes, InnerTryLock_IsNoCycle) {
  EXPECT_EQ(Strongest(Play(&InnerTryLock)), "none");
  EXPECT_EQ(Strongest(RecordMany(&InnerTryLock)), "none");
}

TEST_P(RealModes, OuterTryLockThatSucceeded_IsFeasible) {
  const Analysis analysis = Play([] {
    Lock a("A"), b("B");
    InTurn({{"t1",
             [&] {
               ASSERT_TRUE(a.try_lock());
               Nest(b);
               a.unlock();
             }},
            {"t2", [&] { Nest(b, a); }}});
  });
  EXPECT_THAT(Strongest(analysis), StartsWith(kTwoThreads));
}

void RecursiveInside() {
  RLock r("R");
  Lock a("A");
  InTurn({{"t1", [&] { Nest(r, a, r); }}, {"t2", [&] { Nest(r, a); }}});
}

TEST_P(RealModes, RecursiveLockTakenAgainInside_IsNoCycle) {
  EXPECT_EQ(Strongest(Play(&RecursiveInside)), "none");
  EXPECT_EQ(Strongest(RecordMany(&RecursiveInside)), "none");
}

// One thread takes `first` and in it `second`; a letter each: "rA" reads A, "wA" writes it.
using Step = std::pair<SharedLock*, bool>;
void Take(const Step& outer, const Step& inner) {
  const auto lock = [](const Step& step) {
    step.second ? step.first->lock() : step.first->lock_shared();
  };
  const auto unlock = [](const Step& step) {
    step.second ? step.first->unlock() : step.first->unlock_shared();
  };
  lock(outer);
  lock(inner);
  unlock(inner);
  unlock(outer);
}
constexpr bool kRead = false;
constexpr bool kWrite = true;

// Two threads, one with A outside and one with B outside; and perhaps a writer of B.
struct Modes {
  bool first_outer, first_inner, second_outer, second_inner;
  bool writer = false;
  SharedLockPolicy policy = SharedLockPolicy::kWritersFirst;
};
std::function<void()> TwoShared(Modes modes) {
  return [modes] {
    SharedLock a("A", modes.policy), b("B", modes.policy);
    std::vector<Part> parts = {{"t1",
                                [&] {
                                  Take({&a, modes.first_outer}, {&b, modes.first_inner});
                                }},
                               {"t2", [&] {
                                  Take({&b, modes.second_outer}, {&a, modes.second_inner});
                                }}};
    if (modes.writer) parts.push_back({"t3", [&] { Nest(b); }});
    InTurn(parts);
  };
}

TEST_P(RealModes, OnlyReaders_AreNoCycle) {
  const auto body = TwoShared({kRead, kRead, kRead, kRead});
  EXPECT_EQ(Strongest(Play(body)), "none");
  EXPECT_EQ(Strongest(RecordMany(body)), "none");
}

TEST_P(RealModes, ReadersThatWriteTheOthersLock_AreFeasible) {
  EXPECT_THAT(Strongest(Play(TwoShared({kRead, kWrite, kRead, kWrite}))), StartsWith(kTwoThreads));
}

TEST_P(RealModes, OneWriterOnly_IsNoCycle) {
  const auto body = TwoShared({kRead, kRead, kRead, kWrite});
  EXPECT_EQ(Strongest(Play(body)), "none");
  EXPECT_EQ(Strongest(RecordMany(body)), "none");
}

TEST_P(RealModes, OneWriterAndAnotherQueuedBetweenReaders_IsHazard) {
  const Analysis analysis = Play(TwoShared({kRead, kRead, kRead, kWrite, true}));
  EXPECT_THAT(
      Strongest(analysis),
      Says("HAZARD: readers queue behind writers: a deadlock if t3 (thread 0.2) asks to write B in "
           "between"));
}

TEST_P(RealModes, WriterQueuedWhereReadersArePreferred_IsNoCycle) {
  const auto body = TwoShared({kRead, kRead, kRead, kWrite, true, SharedLockPolicy::kReadersFirst});
  EXPECT_EQ(Strongest(Play(body)), "none");
  EXPECT_EQ(Strongest(RecordMany(body)), "none");
}

TEST_P(RealModes, WritersThatReadTheOthersLock_AreFeasible) {
  EXPECT_THAT(Strongest(Play(TwoShared({kWrite, kRead, kWrite, kRead}))), StartsWith(kTwoThreads));
}

void ScopedLocks() {
  Lock a("A"), b("B");
  InTurn({{"t1", [&] { const std::scoped_lock both(a, b); }},
          {"t2", [&] { const std::scoped_lock both(b, a); }}});
}

TEST_P(RealModes, ScopedLocksInOppositeOrders_AreNoCycle) {
  EXPECT_EQ(Strongest(Play(&ScopedLocks)), "none");
  EXPECT_EQ(Strongest(RecordMany(&ScopedLocks)), "none");
}

TEST_P(RealModes, ScopedLockInsideALockAndTheOppositeOrder_IsFeasible) {
  const Analysis analysis = Play([] {
    Lock a("A"), b("B"), c("C");
    InTurn({{"t1",
             [&] {
               const std::lock_guard outer(a);
               const std::scoped_lock both(b, c);
             }},
            {"t2", [&] { Nest(b, a); }}});
  });
  EXPECT_THAT(Strongest(analysis), StartsWith(kTwoThreads));
}

// Where nobody is in the way, the last member is never waited for.
template <typename Take>
std::function<void()> OfWhichTheLastIsTakenTheOtherWay(const Take& take) {
  return [take] {
    Lock a("A"), b("B");
    SharedLock c("C");
    InTurn({{"t1",
             [&] {
               const std::lock_guard outer(a);
               take(b, c);
             }},
            {"t2", [&] { Nest(c, a); }}});
  };
}

// A lock of the user's own, around one of ours.
class Wrapped {
 public:
  explicit Wrapped(SharedLock& lock) : lock_(lock) {}
  void lock() { lock_.lock(); }
  bool try_lock() { return lock_.try_lock(); }
  void unlock() { lock_.unlock(); }

 private:
  SharedLock& lock_;
};

TEST_P(RealModes, LastMemberOfAScopedLockInsideALockAndTheOppositeOrder_IsFeasible) {
  const auto by_guard = [](Lock& b, SharedLock& c) { const std::scoped_lock both(b, c); };
  const auto by_function = [](Lock& b, SharedLock& c) {
    std::lock(b, c);
    c.unlock();
    b.unlock();
  };
  const auto by_deferred_guards = [](Lock& b, SharedLock& c) {
    std::unique_lock first(b, std::defer_lock);
    std::unique_lock second(c, std::defer_lock);
    std::lock(first, second);
  };
  const auto wrapped = [](Lock& b, SharedLock& c) {
    Wrapped its(c);
    const std::scoped_lock both(b, its);
  };
  const auto expect_feasible = [this](const auto& take) {
    const Analysis analysis = Play(OfWhichTheLastIsTakenTheOtherWay(take));
    EXPECT_THAT(Strongest(analysis), StartsWith(kTwoThreads));
    ASSERT_EQ(analysis.cycles.size(), 1u);
    for (const lockgraph::CyclePart& part : analysis.cycles[0].parts) {
      EXPECT_EQ(part.held.size(), 1u);
    }
  };
  expect_feasible(by_guard);
  expect_feasible(by_function);
  expect_feasible(by_deferred_guards);
  expect_feasible(wrapped);
}

TEST_P(RealModes, LastMemberOfAScopedLockOfOneType_IsFeasible) {
  const Analysis analysis = Play([] {
    Lock a("A"), b("B"), c("C"), d("D");
    InTurn({{"t1",
             [&] {
               const std::lock_guard outer(a);
               const std::scoped_lock all(b, c, d);
             }},
            {"t2", [&] { Nest(d, a); }}});
  });
  EXPECT_THAT(Strongest(analysis), StartsWith(kTwoThreads));
}

// std::try_lock gives up where std::lock would wait.
TEST_P(RealModes, TryInsideTwoLocks_IsNoCycle) {
  const auto by_hand = [](Lock& b, SharedLock& c) {
    const std::lock_guard first(b);
    const std::unique_lock second(c, std::try_to_lock);
  };
  const auto deferred = [](Lock& b, SharedLock& c) {
    const std::lock_guard first(b);
    std::unique_lock second(c, std::defer_lock);
    if (second.try_lock()) second.unlock();
  };
  const auto all_or_none = [](Lock& b, SharedLock& c) {
    if (std::try_lock(b, c) != -1) return;
    c.unlock();
    b.unlock();
  };
  const auto expect_none = [this](const auto& take) {
    const auto body = OfWhichTheLastIsTakenTheOtherWay(take);
    EXPECT_EQ(Strongest(Play(body)), "none");
    EXPECT_EQ(Strongest(RecordMany(body)), "none");
  };
  expect_none(by_hand);
  expect_none(deferred);
  expect_none(all_or_none);
}

TEST_P(RealModes, DeadlinesOnAllInnerRequests_AreTimed) {
  const auto body = [] {
    Lock a("A"), b("B");
    const auto take = [](Lock& outer, Lock& inner) {
      const std::lock_guard guard(outer);
      if (inner.try_lock_for(std::chrono::seconds(10))) inner.unlock();
    };
    InTurn({{"t1", [&] { take(a, b); }}, {"t2", [&] { take(b, a); }}});
  };
  constexpr char kReason[] =
      "TIMED: t1 (thread 0.0) gives up when its deadline has passed; until then the others wait";
  EXPECT_THAT(Strongest(Play(body)), Says(kReason));
  EXPECT_THAT(Strongest(RecordMany(body)), Says(kReason));
}

TEST_P(RealModes, DeadlineOnOneInnerRequest_IsTimed) {
  const auto body = [] {
    Lock a("A"), b("B");
    InTurn({{"t1",
             [&] {
               const std::lock_guard guard(a);
               if (b.try_lock_for(std::chrono::seconds(10))) b.unlock();
             }},
            {"t2", [&] {
               const std::lock_guard outer(b);
               const std::lock_guard inner(a);
             }}});
  };
  EXPECT_THAT(Strongest(Play(body)), BeginsWith("TIMED: t1 "));
  EXPECT_THAT(Strongest(RecordMany(body)), BeginsWith("TIMED: t1 "));
}

// For what it holds: ordinary threads get an exception, and in a schedule it is the end.
template <typename AnyLock>
void AskAgain(AnyLock& lock) {
  try {
    lock.lock();
    ADD_FAILURE() << "returned";
  } catch (const std::system_error&) {
  }
}

TEST_P(RealModes, LockTakenTwiceByOneThread_Occurred) {
  if (kSelfDeadlockHangs && GetParam() == Stage::kNative) GTEST_SKIP() << "it would hang";
  const Analysis analysis = Play([] {
    Lock a("A");
    a.lock();
    AskAgain(a);
    a.unlock();
  });
  EXPECT_THAT(Strongest(analysis), Says("OCCURRED: main (thread 0) asks for A, which it holds"));
}

TEST_P(RealModes, UpgradeOfASharedLock_Occurred) {
  if (kSelfDeadlockHangs && GetParam() == Stage::kNative) GTEST_SKIP() << "it would hang";
  const Analysis analysis = Play([] {
    SharedLock a("A");
    a.lock_shared();
    AskAgain(a);
    a.unlock_shared();
  });
  EXPECT_THAT(Strongest(analysis),
              Says("OCCURRED: main (thread 0) asks to write A, which it reads"));
}

TEST_P(RealModes, RecursiveReadAndAWriterElsewhere_IsHazard) {
  const Analysis analysis = Play([] {
    SharedLock a("A");
    InTurn({{"t1", [&] { Take({&a, kRead}, {&a, kRead}); }}, {"t2", [&] { Nest(a); }}});
  });
  EXPECT_THAT(
      Strongest(analysis),
      Says("HAZARD: readers queue behind writers: a deadlock if t2 (thread 0.1) asks to write A in "
           "between"));
}

TEST_P(RealModes, RecursiveReadWhereReadersArePreferred_IsNoCycle) {
  const auto body = [] {
    SharedLock a("A", SharedLockPolicy::kReadersFirst);
    InTurn({{"t1", [&] { Take({&a, kRead}, {&a, kRead}); }}, {"t2", [&] { Nest(a); }}});
  };
  EXPECT_EQ(Strongest(Play(body)), "none");
  EXPECT_EQ(Strongest(RecordMany(body)), "none");
}

TEST_P(RealModes, ReleasedByUnwindingByAMovedGuardAndInAnyOrder_LeavesNothingHeld) {
  const Analysis analysis = Play([] {
    Lock a("A"), b("B"), c("C"), last("last");
    try {
      const std::lock_guard outer(a);
      const std::lock_guard inner(b);
      throw std::runtime_error("unwinds");
    } catch (const std::runtime_error&) {
    }
    Nest(last);
    {
      std::unique_lock first(a);
      std::unique_lock second(b);
      const std::unique_lock moved(std::move(first));
      second.unlock();
    }
    Nest(last);
    a.lock();
    b.lock();
    c.lock();
    b.unlock();
    a.unlock();
    c.unlock();
    Nest(last);
  });
  EXPECT_EQ(Strongest(analysis), "none");
  // A before B, A and B before C; nothing before "last".
  EXPECT_EQ(analysis.coverage.edges, 3u);
}

}  // namespace
}  // namespace selvage::tests
