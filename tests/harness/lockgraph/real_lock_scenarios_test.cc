// Scenarios of plain locks: threads, guards, fork and join, instances. Numbers: scenarios.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "selvage/harness/lockgraph/merge.h"
#include "selvage/tests/harness/lockgraph/front.h"
#include "selvage/tests/harness/lockgraph/real_scenario.h"

namespace selvage::tests {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class RealLocks : public RealScenario {};
SELVAGE_ON_BOTH_STAGES(RealLocks);

TEST_P(RealLocks, OppositeOrders_AreFeasible) {
  const Analysis analysis = Play([] {
    Lock a("A"), b("B");
    InTurn({{"t1", [&] { Nest(a, b); }}, {"t2", [&] { Nest(b, a); }}});
  });
  EXPECT_THAT(Strongest(analysis), StartsWith(kTwoThreads));
}

void JoinedBeforeTheOtherStarts() {
  Lock a("A"), b("B");
  Thread("t1", [&] { Nest(a, b); }).join();
  Thread("t2", [&] { Nest(b, a); }).join();
}

TEST_P(RealLocks, ThreadJoinedBeforeTheOtherStarts_IsOrdered) {
  constexpr char kReason[] = "ORDERED: fork, join or call_once orders";
  EXPECT_THAT(Strongest(Play(&JoinedBeforeTheOtherStarts)), StartsWith(kReason));
  EXPECT_THAT(Strongest(RecordMany(&JoinedBeforeTheOtherStarts)), StartsWith(kReason));
}

TEST_P(RealLocks, BothOrdersInOneThread_AreSingleThread) {
  const Analysis analysis = Play([] {
    Lock a("A"), b("B");
    Nest(a, b);
    Nest(b, a);
  });
  EXPECT_THAT(Strongest(analysis), Says("SINGLE_THREAD: all parts were made by main (thread 0)"));
}

void GuardAroundBoth() {
  Lock a("A"), b("B"), g("G");
  InTurn({{"t1", [&] { Nest(g, a, b); }}, {"t2", [&] { Nest(g, b, a); }}});
}

TEST_P(RealLocks, CommonLockAroundBoth_IsGuarded) {
  constexpr char kReason[] = "GUARDED: G is held around its parts";
  EXPECT_THAT(Strongest(Play(&GuardAroundBoth)), Says(kReason));
  EXPECT_THAT(Strongest(RecordMany(&GuardAroundBoth)), Says(kReason));
}

TEST_P(RealLocks, LockAroundOneSideOnly_IsFeasible) {
  const Analysis analysis = Play([] {
    Lock a("A"), b("B"), g("G");
    InTurn({{"t1", [&] { Nest(g, a, b); }}, {"t2", [&] { Nest(b, a); }}});
  });
  EXPECT_THAT(Strongest(analysis), StartsWith(kTwoThreads));
}

void OneThreadInTwoPlaces() {
  Lock a("A"), b("B"), c("C");
  InTurn({{"t1",
           [&] {
             a.lock();
             b.lock();
             a.unlock();
             Nest(c);
             b.unlock();
           }},
          {"t2", [&] { Nest(c, a); }}});
}

TEST_P(RealLocks, CycleThatNeedsOneThreadInTwoPlaces_IsNoCycle) {
  EXPECT_EQ(Strongest(Play(&OneThreadInTwoPlaces)), "none");
  EXPECT_EQ(Strongest(RecordMany(&OneThreadInTwoPlaces)), "none");
}

TEST_P(RealLocks, RingOfThree_IsFeasible) {
  const Analysis analysis = Play([] {
    Lock a("A"), b("B"), c("C");
    InTurn({{"t1", [&] { Nest(a, b); }}, {"t2", [&] { Nest(b, c); }}, {"t3", [&] { Nest(c, a); }}});
  });
  EXPECT_THAT(Strongest(analysis), StartsWith("FEASIBLE: three threads"));
}

TEST_P(RealLocks, NewLocksAtTheSameAddresses_AreNoCycle) {
  const Analysis analysis = Play([] {
    alignas(Lock) unsigned char memory[2][sizeof(Lock)];
    const auto nest = [&memory](std::size_t outer, std::size_t inner) {
      auto* first = new (memory[outer]) Lock(outer == 0 ? "X" : "Y");
      auto* second = new (memory[inner]) Lock(inner == 0 ? "X" : "Y");
      Nest(*first, *second);
      second->~Lock();
      first->~Lock();
    };
    InTurn({{"t1", [&] { nest(0, 1); }}, {"t2", [&] { nest(1, 0); }}});
  });
  EXPECT_EQ(Strongest(analysis), "none");
}

TEST_P(RealLocks, ObjectLockedBeforeItIsPublished_IsInitialization) {
  const Analysis analysis = Play([] {
    Lock list("list");
    std::unique_ptr<Lock> object;
    InTurn({{"t1",
             [&] {
               object = std::make_unique<Lock>("object");
               Nest(*object, list);
             }},
            {"t2", [&] { Nest(list, *object); }}});
  });
  EXPECT_THAT(Strongest(analysis),
              kMakingIsSeen ? Says("INITIALIZATION: t1 (thread 0.0) did its part before anybody "
                                   "else could know object")
                            : StartsWith(kTwoThreads));
}

TEST_P(RealLocks, OrderedByAnUnrelatedLockOnly_IsFeasible) {
  const Analysis analysis = Play([] {
    Lock a("A"), b("B"), m("m");
    InTurn({{"t1",
             [&] {
               Nest(a, b);
               Nest(m);
             }},
            {"t2", [&] {
               Nest(m);
               Nest(b, a);
             }}});
  });
  EXPECT_THAT(Strongest(analysis), StartsWith(kTwoThreads));
}

void TakeHandOverHand() {
  std::array<Lock, 4> nodes{Lock("node 0"), Lock("node 1"), Lock("node 2"), Lock("node 3")};
  const auto walk = [&nodes] {
    nodes[0].lock();
    for (std::size_t i = 1; i < nodes.size(); ++i) {
      nodes[i].lock();
      nodes[i - 1].unlock();
    }
    nodes.back().unlock();
  };
  InTurn({{"t1", walk}, {"t2", walk}});
}

TEST_P(RealLocks, ConsistentHandOverHand_IsNoCycle) {
  EXPECT_EQ(Strongest(Play(&TakeHandOverHand)), "none");
  EXPECT_EQ(Strongest(RecordMany(&TakeHandOverHand)), "none");
}

TEST_P(RealLocks, HundredLocksHeldAtOnce_AreNoCycle) {
  const Analysis analysis = Play([] {
    std::vector<std::unique_ptr<Lock>> locks;
    for (int i = 0; i < 100; ++i) locks.push_back(std::make_unique<Lock>("many"));
    for (const auto& lock : locks) lock->lock();
    for (const auto& lock : locks) lock->unlock();
  });
  EXPECT_EQ(Strongest(analysis), "none");
  EXPECT_EQ(analysis.coverage.dropped, 0u);
  EXPECT_EQ(analysis.coverage.edges, 100u * 99 / 2);
}

TEST_P(RealLocks, RingOfTwentyFiveLocks_IsFeasible) {
  const Analysis analysis = Play([] {
    std::vector<std::unique_ptr<Lock>> forks;
    for (int i = 0; i < 25; ++i) forks.push_back(std::make_unique<Lock>("fork"));
    std::vector<Part> philosophers;
    for (std::size_t i = 0; i < 25; ++i) {
      philosophers.push_back({"philosopher", [&, i] { Nest(*forks[i], *forks[(i + 1) % 25]); }});
    }
    InTurn(philosophers);
  });
  EXPECT_THAT(Strongest(analysis), StartsWith("FEASIBLE: 25 threads"));
}

void LockAroundAChild() {
  Lock a("A"), b("B"), g("G");
  g.lock();
  Thread("child", [&] { Nest(a, b); }).join();
  g.unlock();
  Thread("other", [&] { Nest(g, b, a); }).join();
}

void LockAroundAChildBesideAnother() {
  Lock a("A"), b("B"), g("G");
  Turns turns;
  const Thread other("other", [&] {
    turns.Await(1);
    Nest(g, b, a);
  });
  g.lock();
  Thread("child", [&] { Nest(a, b); }).join();
  g.unlock();
  turns.Set(1);
}

TEST_P(RealLocks, LockHeldAroundTheLifeOfAChild_IsGuarded) {
  constexpr char kReason[] = "GUARDED: G is held by main (thread 0) around the whole life of child";
  EXPECT_THAT(Strongest(Play(&LockAroundAChildBesideAnother)), BeginsWith(kReason));
  EXPECT_THAT(Strongest(RecordMany(&LockAroundAChildBesideAnother)), BeginsWith(kReason));
  EXPECT_THAT(Strongest(Play(&LockAroundAChild)), StartsWith("ORDERED: "));
}

TEST_P(RealLocks, ChildSpawnedInsideALock_IsFeasible) {
  const Analysis analysis = Play([] {
    Lock a("A"), b("B");
    Turns turns;
    a.lock();
    Thread child("child", [&] {
      turns.Await(1);
      Nest(b, a);
    });
    Nest(b);
    a.unlock();
    turns.Set(1);
  });
  EXPECT_THAT(Strongest(analysis), StartsWith(kTwoThreads));
}

TEST_P(RealLocks, OnceGuardedAndOnceNot_IsFeasible) {
  const Analysis analysis = Play([] {
    Lock a("A"), b("B"), g("G");
    InTurn({{"t1",
             [&] {
               Nest(g, a, b);
               Nest(a, b);
             }},
            {"t2", [&] { Nest(g, b, a); }}});
  });
  EXPECT_THAT(Strongest(analysis), StartsWith(kTwoThreads));
}

TEST_P(RealLocks, CallOnceAgainstALock_IsFeasible) {
  const Analysis analysis = Play([] {
    Lock a("A");
    OnceFlag once("once");
    InTurn({{"t1", [&] { call_once(once, [&] { Nest(a); }); }}, {"t2", [&] {
                                                                   a.lock();
                                                                   call_once(once, [] {});
                                                                   a.unlock();
                                                                 }}});
  });
  EXPECT_THAT(Strongest(analysis), StartsWith(kTwoThreads));
}

TEST_P(RealLocks, ThousandsOfOtherLocksInBetween_IsFeasible) {
  // A schedule has 20,000 steps by default.
  const int others = GetParam() == Stage::kNative ? 5'000 : 4'000;
  const Analysis analysis = Play([others] {
    Lock a("A"), b("B");
    InTurn({{"t1",
             [&] {
               Nest(a, b);
               for (int i = 0; i < others; ++i) {
                 Lock passing("passing"), by("passing by");
                 Nest(passing, by);
               }
             }},
            {"t2", [&] { Nest(b, a); }}});
  });
  EXPECT_THAT(Strongest(analysis), StartsWith(kTwoThreads));
}

// The ten accounts are nested by age; `against` adds one pair the other way.
void Accounts(bool against) {
  std::vector<std::unique_ptr<Lock>> accounts;
  for (int i = 0; i < 10; ++i) accounts.push_back(std::make_unique<Lock>("account"));
  const auto ascending = [&accounts] {
    for (std::size_t i = 0; i < 10; ++i) {
      for (std::size_t j = i + 1; j < 10; ++j) Nest(*accounts[i], *accounts[j]);
    }
  };
  InTurn({{"t1", ascending}, {"t2", [&] {
                                if (against) {
                                  Nest(*accounts[7], *accounts[3]);
                                } else {
                                  ascending();
                                }
                              }}});
}

TEST_P(RealLocks, LocksOfOneClassNestedInOneOrder_AreNoCycle) {
  EXPECT_EQ(Strongest(Play([] { Accounts(false); })), "none");
}

TEST_P(RealLocks, LocksOfOneClassNestedAgainstTheOrder_AreFeasible) {
  const Analysis analysis = Play([] { Accounts(true); });
  EXPECT_THAT(Strongest(analysis), StartsWith(kTwoThreads));
  EXPECT_EQ(analysis.cycles.size(), 1u);
}

TEST_P(RealLocks, HalvesSeenInDifferentRuns_AreFeasibleAndMarked) {
  std::vector<RecordedGraph> graphs;
  for (const bool reversed : {false, true}) {
    graphs.push_back(RecordGraph(GetParam(), [reversed] {
      Lock a("A"), b("B");
      InTurn({{"t1",
               [&] {
                 if (!reversed) Nest(a, b);
               }},
              {"t2", [&] {
                 if (reversed) Nest(b, a);
               }}});
    }));
    EXPECT_EQ(Strongest(Analyse(graphs.back())), "none");
  }
  const Analysis analysis = Analyse(lockgraph::Merge(graphs));
  if (!kMakingIsSeen) {
    EXPECT_EQ(Strongest(analysis), "none");
    return;
  }
  EXPECT_THAT(Strongest(analysis), StartsWith(kTwoThreads));
  EXPECT_THAT(Strongest(analysis), HasSubstr("seen in different runs (merged)"));
  EXPECT_TRUE(analysis.cycles[0].merged);
}

}  // namespace
}  // namespace selvage::tests
