// Scenarios of plain locks: threads, guards, fork and join, instances, runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "selvage/harness/lockgraph/merge.h"
#include "selvage/tests/harness/lockgraph/scenario.h"

namespace selvage::lockgraph {
namespace {

TEST_F(Scenario, OppositeOrders_AreFeasible) {
  t1.Nest({&a, &b});
  t2.Nest({&b, &a});
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST_F(Scenario, ThreadJoinedBeforeTheOtherStarts_IsOrdered) {
  t1.Nest({&a, &b});
  main.Join(t1);
  Actor later = main.Fork("later");
  later.Nest({&b, &a});
  EXPECT_EQ(sim.Verdict(), "ORDERED");
}

TEST_F(Scenario, ThreadStartedAfterwardsAndJoinedByTheOther_IsOrdered) {
  t1.Nest({&a, &b});
  Actor child = t1.Fork("child");
  main.Join(child);
  main.Nest({&b, &a});
  EXPECT_EQ(sim.Verdict(), "ORDERED");
}

TEST_F(Scenario, GrandchildStartedAfterwardsAndJoinedByTheOther_IsOrdered) {
  t1.Nest({&a, &b});
  Actor child = t1.Fork("child");
  Actor grandchild = child.Fork("grandchild");
  t2.Join(grandchild);
  t2.Nest({&b, &a});
  EXPECT_EQ(sim.Verdict(), "ORDERED");
}

TEST_F(Scenario, ThreadStartedBeforehandAndJoinedByTheOther_IsFeasible) {
  Actor child = t1.Fork("child");
  t1.Nest({&a, &b});
  main.Join(child);
  main.Nest({&b, &a});
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST_F(Scenario, BothOrdersInOneThread_AreSingleThread) {
  t1.Nest({&a, &b});
  t1.Nest({&b, &a});
  EXPECT_EQ(sim.Verdict(), "SINGLE_THREAD");
}

TEST_F(Scenario, CommonLockAroundBoth_IsGuarded) {
  t1.Nest({&g, &a, &b});
  t2.Nest({&g, &b, &a});
  EXPECT_EQ(sim.Verdict(), "GUARDED");
}

TEST_F(Scenario, LockAroundOneSideOnly_IsFeasible) {
  t1.Nest({&g, &a, &b});
  t2.Nest({&b, &a});
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST_F(Scenario, CycleThatNeedsOneThreadInTwoPlaces_IsNoCycle) {
  t1.Lock(a);
  t1.Lock(b);
  t1.Unlock(a);
  t1.Lock(c);
  t1.Unlock(c);
  t1.Unlock(b);
  t2.Nest({&c, &a});
  EXPECT_EQ(sim.Verdict(), "none");
}

TEST_F(Scenario, RingOfThree_IsFeasible) {
  t1.Nest({&a, &b});
  t2.Nest({&b, &c});
  t3.Nest({&c, &a});
  const Analysis analysis = sim.Analyse();
  ASSERT_EQ(analysis.cycles.size(), 1u);
  EXPECT_EQ(analysis.cycles[0].verdict, Verdict::kFeasible);
  EXPECT_EQ(analysis.cycles[0].parts.size(), 3u);
}

TEST_F(Scenario, NewLocksAtTheSameAddresses_AreNoCycle) {
  alignas(Object) unsigned char memory[2][sizeof(Object)];
  auto* x = new (memory[0]) Object("X");
  auto* y = new (memory[1]) Object("Y");
  t1.Nest({x, y});
  x->OnDestroyed();
  y->OnDestroyed();
  x = new (memory[0]) Object("X");
  y = new (memory[1]) Object("Y");
  t2.Nest({y, x});
  EXPECT_EQ(sim.Verdict(), "none");
}

TEST_F(Scenario, ObjectLockedBeforeItIsPublished_IsInitialization) {
  const auto object = sim.Make(t1, "object");
  const Object list("list");
  t1.Nest({object.get(), &list});
  t2.Nest({&list, object.get()});
  EXPECT_EQ(sim.Verdict(), "INITIALIZATION");
}

TEST_F(Scenario, ObjectHandedOverByAQueueAfterwards_IsInitialization) {
  const auto object = sim.Make(t1, "object");
  const Object queue("queue", ObjectKind::kQueue);
  t1.Nest({&a, object.get()});
  t1.Signal(queue);
  t2.Await(queue);
  t2.Nest({object.get(), &a});
  EXPECT_EQ(sim.Verdict(), "INITIALIZATION");
}

TEST_F(Scenario, ObjectThatAnotherThreadKnowsFromNowhere_IsFeasible) {
  const auto object = sim.Make(t1, "object");
  t1.Nest({&a, object.get()});
  t2.Nest({object.get(), &a});
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST_F(Scenario, ObjectThatAnotherThreadKnewBeforeItWasHandedOver_IsFeasible) {
  const auto object = sim.Make(t1, "object");
  t2.Nest({object.get()});
  t1.Nest({object.get(), &a});
  t2.Nest({&a, object.get()});
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST_F(Scenario, ObjectPublishedInOneRunAndKnownFromNowhereInAnother_IsFeasible) {
  Simulation repeated(Recorder::Runs::kRepeated);
  for (int run = 0; run < 2; ++run) {
    repeated.recorder.BeginRun();
    Actor first = repeated.Main();
    Actor maker = first.Fork("maker");
    Actor user = first.Fork("user");
    const auto list = repeated.Make(first, "list");
    const auto object = repeated.Make(maker, "object");
    const auto make = [&] { maker.Nest({object.get(), list.get()}); };
    const auto use = [&] { user.Nest({list.get(), object.get()}); };
    run == 0 ? make() : use();
    run == 0 ? use() : make();
    repeated.recorder.EndRun();
    EXPECT_EQ(repeated.Verdict(), run == 0 ? "INITIALIZATION" : "FEASIBLE");
  }
}

TEST_F(Scenario, ObjectLockedAgainAfterItWasPublished_IsFeasible) {
  const auto object = sim.Make(t1, "object");
  const Object list("list");
  for (int i = 0; i < 2; ++i) {
    t1.In("same function");
    t1.Nest({object.get(), &list});
  }
  t2.Nest({&list, object.get()});
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST_F(Scenario, OrderedByAnUnrelatedLockOnly_IsFeasible) {
  const Object m("m");
  t1.Nest({&a, &b});
  t1.Nest({&m});
  t2.Nest({&m});
  t2.Nest({&b, &a});
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST_F(Scenario, ConsistentHandOverHand_IsNoCycle) {
  for (Actor* actor : {&t1, &t2}) {
    actor->Lock(a);
    actor->Lock(b);
    actor->Unlock(a);
    actor->Lock(c);
    actor->Unlock(b);
    actor->Unlock(c);
  }
  EXPECT_EQ(sim.Verdict(), "none");
}

TEST_F(Scenario, HundredLocksHeldAtOnce_AreNoCycle) {
  std::vector<std::unique_ptr<Object>> locks;
  for (int i = 0; i < 100; ++i) locks.push_back(std::make_unique<Object>("many"));
  for (const auto& lock : locks) t1.Lock(*lock);
  EXPECT_EQ(t1.context->depth(), 100u);
  for (const auto& lock : locks) t1.Unlock(*lock);
  EXPECT_EQ(t1.context->depth(), 0u);
  EXPECT_EQ(sim.Verdict(), "none");
}

TEST_F(Scenario, RingWithAShorterOneInside_IsReportedAsTheShorterOnly) {
  t1.Nest({&a, &c, &b});
  t2.Nest({&b, &c});
  t3.Nest({&c, &a});
  std::vector<std::size_t> lengths;
  for (const Cycle& cycle : sim.Analyse().cycles) lengths.push_back(cycle.parts.size());
  // A and C, B and C; not all three, since C would be held by two of its parts.
  EXPECT_THAT(lengths, testing::ElementsAre(2u, 2u));
}

TEST_F(Scenario, RingOfManyLocks_IsFeasible) {
  for (const std::size_t size : {25u, 65u, 200u}) {
    Simulation table;
    Actor host = table.Main();
    std::vector<std::unique_ptr<Object>> locks;
    for (std::size_t i = 0; i < size; ++i) locks.push_back(std::make_unique<Object>("fork"));
    for (std::size_t i = 0; i < size; ++i) {
      Actor philosopher = host.Fork("philosopher");
      philosopher.Nest({locks[i].get(), locks[(i + 1) % size].get()});
    }
    const Analysis analysis = table.Analyse();
    ASSERT_EQ(analysis.cycles.size(), 1u) << size;
    EXPECT_EQ(analysis.cycles[0].verdict, Verdict::kFeasible);
    EXPECT_EQ(analysis.cycles[0].parts.size(), size);
    EXPECT_EQ(analysis.coverage.cut, 0u);
  }
}

TEST_F(Scenario, LockHeldAroundTheLifeOfAChild_IsGuarded) {
  main.Lock(g);
  Actor child = main.Fork("child");
  child.Nest({&a, &b});
  main.Join(child);
  main.Unlock(g);
  t2.Nest({&g, &b, &a});
  EXPECT_EQ(sim.Verdict(), "GUARDED");
}

TEST_F(Scenario, LockHeldAroundTheLivesOfBothChildren_IsFeasible) {
  main.Lock(g);
  Actor one = main.Fork("one");
  Actor other = main.Fork("other");
  one.Nest({&a, &b});
  other.Nest({&b, &a});
  main.Join(one);
  main.Join(other);
  main.Unlock(g);
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST_F(Scenario, LockReleasedBeforeTheChildIsJoined_IsNoGuard) {
  main.Lock(g);
  Actor child = main.Fork("child");
  child.Nest({&a, &b});
  main.Unlock(g);
  main.Lock(g);
  main.Join(child);
  main.Unlock(g);
  t2.Nest({&g, &b, &a});
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST_F(Scenario, ChildSpawnedInsideALock_IsFeasible) {
  main.Lock(a);
  Actor child = main.Fork("child");
  main.Lock(b);
  main.Unlock(b);
  main.Unlock(a);
  child.Nest({&b, &a});
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST_F(Scenario, ChildSpawnedAfterTheParentsPart_IsOrdered) {
  main.Nest({&a, &b});
  Actor child = main.Fork("child");
  child.Nest({&b, &a});
  EXPECT_EQ(sim.Verdict(), "ORDERED");
}

TEST_F(Scenario, ObjectStillHeldAfterItWasPublished_IsFeasible) {
  const auto object = sim.Make(t1, "object");
  t1.Lock(*object);
  t1.Nest({&a});
  t1.Nest({&b});
  t2.Nest({&b, object.get()});
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST_F(Scenario, CoversOfTwoHolders_ExcludeEachOther) {
  for (Actor* holder : {&t1, &t2}) {
    holder->Lock(g);
    Actor child = holder->Fork("child");
    if (holder == &t1) {
      child.Nest({&a, &b});
    } else {
      child.Nest({&b, &a});
    }
    holder->Join(child);
    holder->Unlock(g);
  }
  EXPECT_EQ(sim.Verdict(), "GUARDED");
}

TEST_F(Scenario, OnceGuardedAndOnceNot_IsFeasible) {
  t1.Nest({&g, &a, &b});
  t1.Nest({&a, &b});
  t2.Nest({&g, &b, &a});
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST_F(Scenario, ThousandsOfOtherLocksInBetween_IsFeasible) {
  t1.Nest({&a, &b});
  for (int i = 0; i < 5'000; ++i) {
    const Object one("passing"), two("passing by");
    t1.Nest({&one, &two});
    one.OnDestroyed();
    two.OnDestroyed();
  }
  t2.Nest({&b, &a});
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST_F(Scenario, LocksOfOneClassNestedInOneOrder_AreNoCycle) {
  std::vector<std::unique_ptr<Object>> accounts;
  for (int i = 0; i < 10; ++i) accounts.push_back(sim.Make(main, "account"));
  for (Actor* actor : {&t1, &t2}) {
    for (int i = 0; i < 10; ++i) {
      for (int j = i + 1; j < 10; ++j) actor->Nest({accounts[i].get(), accounts[j].get()});
    }
  }
  EXPECT_EQ(sim.Verdict(), "none");
}

TEST_F(Scenario, LocksOfOneClassNestedAgainstTheOrder_AreFeasible) {
  std::vector<std::unique_ptr<Object>> accounts;
  for (int i = 0; i < 10; ++i) accounts.push_back(sim.Make(main, "account"));
  for (int i = 0; i < 10; ++i) {
    for (int j = i + 1; j < 10; ++j) t1.Nest({accounts[i].get(), accounts[j].get()});
  }
  t2.Nest({accounts[7].get(), accounts[3].get()});
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST(MergedScenario, HalvesSeenInDifferentRuns_AreFeasibleAndMarked) {
  std::vector<RecordedGraph> graphs;
  for (const bool reversed : {false, true}) {
    Simulation sim;
    Actor main = sim.Main();
    const auto a = sim.Make(main, "A");
    const auto b = sim.Make(main, "B");
    Actor t1 = main.Fork("t1");
    Actor t2 = main.Fork("t2");
    if (reversed) {
      t2.Nest({b.get(), a.get()});
    } else {
      t1.Nest({a.get(), b.get()});
    }
    graphs.push_back(sim.Graph(reversed ? "second" : "first"));
    EXPECT_EQ(Simulation::VerdictOf(Analyse(graphs.back())), "none");
  }
  const Analysis analysis = Analyse(Merge(graphs));
  ASSERT_EQ(Simulation::VerdictOf(analysis), "FEASIBLE");
  EXPECT_TRUE(analysis.cycles[0].merged);
  EXPECT_THAT(analysis.cycles[0].reason, testing::HasSubstr("different runs"));
}

TEST_F(Scenario, ReleasedInAnyOrder_LeavesNothingHeld) {
  const Object* const locks[] = {&a, &b, &c};
  for (const std::vector<int>& order :
       std::vector<std::vector<int>>{{0, 1, 2}, {1, 0, 2}, {2, 0, 1}, {1, 2, 0}}) {
    for (const Object* lock : locks) t1.Lock(*lock);
    for (const int i : order) t1.Unlock(*locks[i]);
    EXPECT_EQ(t1.context->depth(), 0u);
  }
  // Held through two of them, and nothing else: a request now depends on nothing.
  t1.Lock(g);
  t1.Unlock(g);
  const RecordedGraph graph = sim.Graph();
  for (const Dependency& dependency : graph.dependencies) {
    EXPECT_NE(Names(graph).Lock(dependency.target), "G");
  }
}

}  // namespace
}  // namespace selvage::lockgraph
