// Short-lived locks that only their maker knew are recorded as one; whatever others knew is not.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "selvage/tests/harness/lockgraph/simulation.h"

namespace selvage::lockgraph {
namespace {

class Folding : public testing::Test {
 protected:
  // `count` times: a lock is made by t1, nested in `outer` and destroyed, at the same places in the
  // code each time. One more that is made there is for `last`.
  void Rounds(int count, const std::function<void(Object&)>& last) {
    for (int i = 0; i <= count; ++i) {
      t1_.At(1);
      auto lock = sim_.Make(t1_, "short");
      if (i < count) {
        t1_.Nest({&outer_, lock.get()});
      } else {
        last(*lock);
      }
      sim_.Destroy(t1_, std::move(lock));
    }
  }
  void NestInOuter(Object& lock) {
    t1_.At(1);
    t1_.Nest({&outer_, &lock});
  }

  Simulation sim_;
  Actor main_ = sim_.Main();
  Actor t1_ = main_.Fork("t1"), t2_ = main_.Fork("t2");
  Object outer_{"outer"};
};

TEST_F(Folding, ShortLivedLocksNestedInOne_AreOneDependency) {
  std::size_t bytes = 0, recorded = 0;
  for (int i = 0; i < 21'000; ++i) {
    if (i == 3'000) bytes = sim_.recorder.bytes(), recorded = sim_.recorder.recorded();
    auto lock = sim_.Make(t1_, "short");
    NestInOuter(*lock);
    sim_.Destroy(t1_, std::move(lock));
  }
  EXPECT_EQ(sim_.recorder.bytes(), bytes);
  EXPECT_EQ(sim_.recorder.recorded(), recorded);
  const RecordedGraph graph = sim_.Graph();
  ASSERT_EQ(graph.dependencies.size(), 1u);
  EXPECT_EQ(graph.dependencies[0].count, 21'000u);
  EXPECT_EQ(graph.locks[graph.dependencies[0].target].siblings, 21'000u);
}

TEST_F(Folding, ShortLivedLocksNestedInOneAnother_AreOneDependencyEach) {
  std::size_t bytes = 0;
  for (int i = 0; i < 21'000; ++i) {
    if (i == 2'200) bytes = sim_.recorder.bytes();
    t1_.At(1);
    auto a = sim_.Make(t1_, "a"), b = sim_.Make(t1_, "b");
    t1_.Nest({&outer_, a.get(), b.get()});
    sim_.Destroy(t1_, std::move(b));
    sim_.Destroy(t1_, std::move(a));
  }
  EXPECT_EQ(sim_.recorder.bytes(), bytes);
  EXPECT_EQ(sim_.Graph().dependencies.size(), 2u);
}

TEST_F(Folding, LocksThatLiveTogether_AreNoMoreThanLivedAtOnce) {
  for (int round = 0; round < 1'000; ++round) {
    std::vector<std::unique_ptr<Object>> locks;
    for (int i = 0; i < 10; ++i) locks.push_back(sim_.Make(t1_, "short"));
    for (auto& lock : locks) NestInOuter(*lock);
    for (auto& lock : locks) sim_.Destroy(t1_, std::move(lock));
  }
  // Twice: the first one in each round is asked for before t1 has published anything.
  EXPECT_LE(sim_.Graph().dependencies.size(), 20u);
}

// --- What others get to know ---

TEST_F(Folding, OtherOrderWithALaterLock_IsNoCycle) {
  Rounds(3, [this](Object& later) {
    t2_.Nest({&later, &outer_});
    EXPECT_EQ(sim_.Verdict(), "none");
  });
}

TEST_F(Folding, BothOrdersOfALaterLock_AreACycle) {
  Rounds(3, [this](Object& later) {
    NestInOuter(later);
    t2_.Nest({&later, &outer_});
    EXPECT_EQ(sim_.Verdict(), "FEASIBLE");
  });
}

TEST_F(Folding, BothOrdersTheOtherThreadFirst_AreACycle) {
  Rounds(3, [this](Object& later) {
    t2_.Nest({&later, &outer_});
    NestInOuter(later);
    EXPECT_EQ(sim_.Verdict(), "FEASIBLE");
  });
}

TEST_F(Folding, RequestsOfALaterLock_AreCountedApart) {
  Rounds(5, [this](Object& later) {
    NestInOuter(later);
    NestInOuter(later);
    t2_.Nest({&later, &outer_});
    std::multiset<std::uint64_t> counts;
    for (const Dependency& dependency : sim_.Graph().dependencies) counts.insert(dependency.count);
    // t2's one; t1's two, where the lock was new and where it was not; and t1's earlier ones.
    EXPECT_EQ(counts, (std::multiset<std::uint64_t>{1, 1, 1, 5}));
  });
}

TEST_F(Folding, LockThatAnotherThreadOnlyTried_IsKnownToIt) {
  Rounds(3, [this](Object& later) {
    NestInOuter(later);
    t2_.TryLock(later);
    t2_.Lock(outer_);
    EXPECT_EQ(sim_.Verdict(), "FEASIBLE");
  });
}

TEST_F(Folding, EarlierLocksThanTheOneThatAnotherThreadTried_AreNotInItsCycle) {
  Rounds(3, [this](Object& later) {
    t2_.TryLock(later);
    t2_.Lock(outer_);
    EXPECT_EQ(sim_.Verdict(), "none");
  });
}

TEST_F(Folding, LocksAfterAKnownOne_AreNotTheKnownOne) {
  Rounds(0, [this](Object& known) { t2_.Nest({&known, &outer_}); });
  Rounds(3, [](Object&) {});
  EXPECT_EQ(sim_.Verdict(), "none");
}

TEST_F(Folding, LocksAfterAKnownOne_AreFoldedAgain) {
  for (int i = 0; i < 1'000; ++i) {
    t1_.At(1);
    auto lock = sim_.Make(t1_, "short");
    if (i == 3) {
      t2_.Nest({lock.get(), &outer_});
    } else {
      t1_.Nest({&outer_, lock.get()});
    }
    sim_.Destroy(t1_, std::move(lock));
  }
  EXPECT_EQ(sim_.Verdict(), "none");
  EXPECT_EQ(sim_.Graph().dependencies.size(), 3u);
}

// The earlier locks' order came before the start of the other thread, the later one's after it.
TEST_F(Folding, MomentsOfEarlierLocks_SayNothingAboutALaterOne) {
  Rounds(3, [this](Object& later) {
    Actor child = t1_.Fork("child");
    NestInOuter(later);
    child.Nest({&later, &outer_});
    EXPECT_EQ(sim_.Verdict(), "FEASIBLE");
  });
}
TEST_F(Folding, OrderOfALaterLockBeforeTheStartOfTheOtherThread_IsOrdered) {
  Actor early = t1_.Fork("early");
  Rounds(3, [this](Object& later) {
    NestInOuter(later);
    Actor child = t1_.Fork("child");
    child.Nest({&later, &outer_});
    EXPECT_EQ(sim_.Verdict(), "ORDERED");
  });
}

// Only one of two folded locks becomes known; the other's requests with it stay with it.
TEST_F(Folding, NestOfTwoOfWhichTheInnerBecomesKnown_IsACycleOnlyIfMetWithIt) {
  for (int i = 0; i < 4; ++i) {
    t1_.At(1);
    auto a = sim_.Make(t1_, "a"), b = sim_.Make(t1_, "b");
    if (i == 3) {
      t2_.Nest({b.get(), a.get()});
      EXPECT_EQ(sim_.Verdict(), "none");
    }
    t1_.At(1);
    t1_.Nest({a.get(), b.get()});
    if (i == 3) {
      EXPECT_EQ(sim_.Verdict(), "FEASIBLE");
    }
    sim_.Destroy(t1_, std::move(b));
    sim_.Destroy(t1_, std::move(a));
  }
}

TEST_F(Folding, LocksDestroyedByAnotherThread_AreFoldedAllTheSame) {
  for (int i = 0; i < 1'000; ++i) {
    auto lock = sim_.Make(t1_, "short");
    NestInOuter(*lock);
    sim_.Destroy(t2_, std::move(lock));
  }
  EXPECT_EQ(sim_.Graph().dependencies.size(), 1u);
}

TEST_F(Folding, LocksOfTwoThreads_AreEachThreadsOwn) {
  for (int i = 0; i < 1'000; ++i) {
    for (Actor* actor : {&t1_, &t2_}) {
      actor->At(1);
      auto lock = sim_.Make(*actor, "short");
      actor->Nest({&outer_, lock.get()});
      sim_.Destroy(*actor, std::move(lock));
    }
  }
  const RecordedGraph graph = sim_.Graph();
  ASSERT_EQ(graph.dependencies.size(), 2u);
  EXPECT_NE(graph.dependencies[0].target, graph.dependencies[1].target);
}

TEST_F(Folding, ReadWriteLocksInBothModes_AreOneDependencyEach) {
  for (int i = 0; i < 100; ++i) {
    t1_.At(1);
    auto lock = sim_.Make(t1_, "short", Properties{.kind = ObjectKind::kReadWriteLock});
    t1_.Lock(outer_);
    t1_.Read(*lock);
    t1_.UnlockRead(*lock);
    t1_.Lock(*lock);
    t1_.Unlock(*lock);
    t1_.Unlock(outer_);
    sim_.Destroy(t1_, std::move(lock));
  }
  EXPECT_EQ(sim_.Graph().dependencies.size(), 2u);
}

}  // namespace
}  // namespace selvage::lockgraph
