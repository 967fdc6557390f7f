// The scenarios of lock order, one test each, with the verdict that each must get.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "selvage/harness/lockgraph/merge.h"
#include "selvage/tests/harness/lockgraph/simulation.h"

namespace selvage::lockgraph {
namespace {

class Scenario : public testing::Test {
 protected:
  Scenario() : main(sim.Main()), t1(main.Fork("t1")), t2(main.Fork("t2")), t3(main.Fork("t3")) {}

  Simulation sim;
  Actor main, t1, t2, t3;
  const Object a{"A"}, b{"B"}, c{"C"}, g{"G"};
};

class ReadWriteScenario : public Scenario {
 protected:
  const Object a{"A", ObjectKind::kReadWriteLock}, b{"B", ObjectKind::kReadWriteLock};
};

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

TEST_F(Scenario, InnerTryLock_IsNoCycle) {
  t1.Lock(a);
  t1.TryLock(b);
  t1.Unlock(b);
  t1.Unlock(a);
  t2.Nest({&b, &a});
  EXPECT_EQ(sim.Verdict(), "none");
}

TEST_F(Scenario, OuterTryLockThatSucceeded_IsFeasible) {
  t1.TryLock(a);
  t1.Lock(b);
  t1.Unlock(b);
  t1.Unlock(a);
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

TEST_F(Scenario, RecursiveLockTakenAgainInside_IsNoCycle) {
  const Object r("R", Properties{.recursive = true});
  t1.Nest({&r, &a, &r});
  t2.Nest({&r, &a});
  EXPECT_EQ(sim.Verdict(), "none");
}

TEST_F(ReadWriteScenario, OnlyReaders_AreNoCycle) {
  t1.Read(a);
  t1.Read(b);
  t2.Read(b);
  t2.Read(a);
  EXPECT_EQ(sim.Verdict(), "none");
}

TEST_F(ReadWriteScenario, ReadersThatWriteTheOthersLock_AreFeasible) {
  t1.Read(a);
  t1.Lock(b);
  t1.Unlock(b);
  t1.UnlockRead(a);
  t2.Read(b);
  t2.Lock(a);
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST_F(ReadWriteScenario, OneWriterOnly_IsNoCycle) {
  t1.Read(a);
  t1.Read(b);
  t1.UnlockRead(b);
  t1.UnlockRead(a);
  t2.Read(b);
  t2.Lock(a);
  EXPECT_EQ(sim.Verdict(), "none");
}

TEST_F(ReadWriteScenario, OneWriterAndAnotherQueuedBetweenReaders_IsHazard) {
  t1.Read(a);
  t1.Read(b);
  t1.UnlockRead(b);
  t1.UnlockRead(a);
  t2.Read(b);
  t2.Lock(a);
  t2.Unlock(a);
  t2.UnlockRead(b);
  t3.Lock(b);
  const Analysis analysis = sim.Analyse();
  ASSERT_EQ(Simulation::VerdictOf(analysis), "HAZARD");
  EXPECT_THAT(analysis.cycles[0].reason, testing::HasSubstr("t3 (thread 0.2) asks to write B"));
}

TEST_F(Scenario, WriterQueuedWhereReadersArePreferred_IsNoCycle) {
  const Properties prefers_readers{.kind = ObjectKind::kReadWriteLock, .reader_preference = true};
  const Object x("X", prefers_readers), y("Y", prefers_readers);
  t1.Read(x);
  t1.Read(y);
  t1.UnlockRead(y);
  t1.UnlockRead(x);
  t2.Read(y);
  t2.Lock(x);
  t2.Unlock(x);
  t2.UnlockRead(y);
  t3.Lock(y);
  EXPECT_EQ(sim.Verdict(), "none");
}

TEST_F(ReadWriteScenario, WritersThatReadTheOthersLock_AreFeasible) {
  t1.Lock(a);
  t1.Read(b);
  t1.UnlockRead(b);
  t1.Unlock(a);
  t2.Lock(b);
  t2.Read(a);
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
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

TEST_F(Scenario, LockTakenBackByAConditionWait_IsFeasible) {
  const Object changed("changed", ObjectKind::kCondition);
  t1.Lock(b);
  t1.Lock(a);
  t1.BeginWait(changed, b);
  t3.Signal(changed);
  t1.EndWait(changed, b);
  t1.Unlock(a);
  t1.Unlock(b);
  t2.Nest({&b, &a});
  const Analysis analysis = sim.Analyse();
  ASSERT_EQ(Simulation::VerdictOf(analysis), "FEASIBLE");
  EXPECT_EQ(analysis.cycles[0].parts[0].kind == RequestKind::kReacquire ||
                analysis.cycles[0].parts[1].kind == RequestKind::kReacquire,
            true);
}

TEST_F(Scenario, ConditionWaitUnderALockThatTheNotifierNeeds_IsCommunication) {
  const Object m("m"), changed("changed", ObjectKind::kCondition);
  t2.Nest({&a});
  t1.Lock(a);
  t1.Lock(m);
  t1.BeginWait(changed, m);
  t2.Lock(m);
  t2.Signal(changed);
  t2.Unlock(m);
  t1.EndWait(changed, m);
  const Analysis analysis = sim.Analyse();
  ASSERT_EQ(Simulation::VerdictOf(analysis), "COMMUNICATION");
  EXPECT_THAT(analysis.cycles[0].reason,
              testing::HasSubstr("t2 (thread 0.1) needs A before it notifies changed"));
}

TEST_F(Scenario, ConditionWaitUnderALockThatTheNotifierTakesAfterwards_IsNoCycle) {
  const Object m("m"), changed("changed", ObjectKind::kCondition);
  t1.Lock(a);
  t1.Lock(m);
  t1.BeginWait(changed, m);
  t2.Lock(m);
  t2.Signal(changed);
  t2.Unlock(m);
  t1.EndWait(changed, m);
  t1.Unlock(m);
  t1.Unlock(a);
  t2.Nest({&a});
  EXPECT_EQ(sim.Verdict(), "none");
}

TEST_F(Scenario, JoinUnderALockThatTheThreadTakes_IsCommunication) {
  t1.Nest({&a});
  main.Lock(a);
  main.Join(t1);
  EXPECT_EQ(sim.Verdict(), "COMMUNICATION");
}

TEST_F(Scenario, SemaphoreOfOnePermitAgainstALock_IsFeasible) {
  const Object s("S", ObjectKind::kSemaphore);
  t1.Nest({&a, &s});
  t2.Nest({&s, &a});
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST_F(Scenario, OrderedByASemaphorePost_IsOrderedObserved) {
  const Object s("S", Properties{.kind = ObjectKind::kSemaphore, .permits = 0});
  t1.Nest({&a, &b});
  t1.Unlock(s);
  t2.Lock(s);
  t2.Nest({&b, &a});
  EXPECT_EQ(sim.Verdict(), "ORDERED_OBSERVED");
}

TEST_F(Scenario, OrderedByANotification_IsOrderedObserved) {
  const Object m("m"), changed("changed", ObjectKind::kCondition);
  t2.Lock(m);
  t2.BeginWait(changed, m);
  t1.Nest({&a, &b});
  t1.Lock(m);
  t1.Signal(changed);
  t1.Unlock(m);
  t2.EndWait(changed, m);
  t2.Unlock(m);
  t2.Nest({&b, &a});
  EXPECT_EQ(sim.Verdict(), "ORDERED_OBSERVED");
}

TEST_F(Scenario, RepeatedAfterTheSignal_IsFeasible) {
  const Object ready("ready", ObjectKind::kEvent);
  t1.In("same function");
  for (int i = 0; i < 2; ++i) {
    t1.Nest({&a, &b});
    t1.In("same function");
    if (i == 0) t1.Signal(ready);
  }
  t2.Await(ready);
  t2.Nest({&b, &a});
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

// As std::lock does: locks one, tries the others, backs off to the one that was not free.
void LockAll(Actor& actor, const Object& first, const Object& second) {
  actor.Lock(first);
  actor.Unlock(first);
  actor.Lock(second);
  actor.TryLock(first);
}

TEST_F(Scenario, ScopedLocksInOppositeOrders_AreNoCycle) {
  LockAll(t1, a, b);
  LockAll(t2, b, a);
  EXPECT_EQ(sim.Verdict(), "none");
}

TEST_F(Scenario, GroupedRequestsInOppositeOrders_AreNoCycle) {
  t1.context->BeginGroup();
  t1.Lock(a);
  t1.Lock(b);
  t1.context->EndGroup();
  t2.context->BeginGroup();
  t2.Lock(b);
  t2.Lock(a);
  t2.context->EndGroup();
  EXPECT_EQ(sim.Verdict(), "none");
}

TEST_F(Scenario, GroupHeldAroundAnotherLock_IsFeasible) {
  t1.context->BeginGroup();
  t1.Lock(a);
  t1.Lock(b);
  t1.context->EndGroup();
  t1.Lock(c);
  t2.Nest({&c, &b});
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST_F(Scenario, ScopedLockInsideALockAndTheOppositeOrder_IsFeasible) {
  t1.Lock(a);
  LockAll(t1, b, c);
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

TEST_F(Scenario, DeadlinesOnAllInnerRequests_AreTimed) {
  t1.Lock(a);
  t1.Lock(b, RequestKind::kTimed);
  t2.Lock(b);
  t2.Lock(a, RequestKind::kTimed);
  EXPECT_EQ(sim.Verdict(), "TIMED");
}

TEST_F(Scenario, DeadlineOnOneInnerRequest_IsFeasible) {
  t1.Lock(a);
  t1.Lock(b, RequestKind::kTimed);
  t2.Lock(b);
  t2.Lock(a);
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST_F(Scenario, LockTakenTwiceByOneThread_Occurred) {
  t1.Lock(a);
  t1.Request(a, Mode::kExclusive);
  const Analysis analysis = sim.Analyse();
  ASSERT_EQ(Simulation::VerdictOf(analysis), "OCCURRED");
  EXPECT_EQ(analysis.cycles[0].reason, "t1 (thread 0.0) asks for A, which it holds");
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

TEST_F(Scenario, RingOfTwentyFiveLocks_IsFeasible) {
  std::vector<std::unique_ptr<Object>> locks;
  for (int i = 0; i < 25; ++i) locks.push_back(std::make_unique<Object>("fork"));
  for (int i = 0; i < 25; ++i) {
    Actor philosopher = main.Fork("philosopher");
    philosopher.Nest({locks[i].get(), locks[(i + 1) % 25].get()});
  }
  const Analysis analysis = sim.Analyse();
  ASSERT_EQ(analysis.cycles.size(), 1u);
  EXPECT_EQ(analysis.cycles[0].verdict, Verdict::kFeasible);
  EXPECT_EQ(analysis.cycles[0].parts.size(), 25u);
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

TEST_F(ReadWriteScenario, UpgradeOfASharedLock_Occurred) {
  t1.Read(a);
  t1.Request(a, Mode::kExclusive);
  const Analysis analysis = sim.Analyse();
  ASSERT_EQ(Simulation::VerdictOf(analysis), "OCCURRED");
  EXPECT_EQ(analysis.cycles[0].reason, "t1 (thread 0.0) asks to write A, which it reads");
}

TEST_F(ReadWriteScenario, RecursiveReadAndAWriterElsewhere_IsHazard) {
  t1.Read(a);
  t1.Read(a);
  t1.UnlockRead(a);
  t1.UnlockRead(a);
  t2.Lock(a);
  EXPECT_EQ(sim.Verdict(), "HAZARD");
}

TEST_F(ReadWriteScenario, RecursiveReadWithoutWriters_IsNoCycle) {
  t1.Read(a);
  t1.Read(a);
  EXPECT_EQ(t1.context->depth(), 1u);
  t1.UnlockRead(a);
  EXPECT_EQ(t1.context->depth(), 1u);
  t1.UnlockRead(a);
  EXPECT_EQ(t1.context->depth(), 0u);
  EXPECT_EQ(sim.Verdict(), "none");
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

TEST_F(Scenario, FutureAwaitedUnderALockThatTheProducerNeeds_IsCommunication) {
  const Object future("result", ObjectKind::kFuture);
  t2.Nest({&a});
  t2.Signal(future);
  t1.Lock(a);
  t1.Await(future);
  EXPECT_EQ(sim.Verdict(), "COMMUNICATION");
}

TEST_F(Scenario, PutToAFullQueueUnderALockThatTheConsumerNeeds_IsCommunication) {
  const Object not_full("queue not full", ObjectKind::kQueue);
  for (int i = 0; i < 2; ++i) {
    t2.Signal(not_full);
    t2.Nest({&a});
  }
  t1.Lock(a);
  t1.Await(not_full);
  EXPECT_EQ(sim.Verdict(), "COMMUNICATION");
}

TEST_F(Scenario, QueueThatAnotherConsumerEmptiesWithoutTheLock_IsNoCycle) {
  const Object not_full("queue not full", ObjectKind::kQueue);
  t2.Nest({&a});
  t2.Signal(not_full);
  t3.Signal(not_full);
  t1.Lock(a);
  t1.Await(not_full);
  EXPECT_EQ(sim.Verdict(), "none");
}

TEST_F(Scenario, NotificationBeforeAnUncheckedWait_IsALostWakeup) {
  const Object m("m"), changed("changed", ObjectKind::kCondition);
  t1.Signal(changed, 0);
  t2.Lock(m);
  t2.BeginWait(changed, m, WaitPredicate::kUnchecked);
  const Analysis analysis = sim.Analyse();
  ASSERT_EQ(Simulation::VerdictOf(analysis), "COMMUNICATION");
  EXPECT_THAT(analysis.cycles[0].reason, testing::StartsWith("lost wakeup: t2"));
}

TEST_F(Scenario, NotificationBeforeACheckedWait_IsNone) {
  const Object m("m"), changed("changed", ObjectKind::kCondition);
  t1.Signal(changed, 0);
  t2.Lock(m);
  t2.BeginWait(changed, m, WaitPredicate::kChecked);
  EXPECT_EQ(sim.Verdict(), "none");
}

TEST_F(Scenario, SemaphoreReleasedByAnotherThread_OwnsNothing) {
  const Object s("S", ObjectKind::kSemaphore);
  t1.Lock(s);
  t1.Nest({&a});
  t2.Unlock(s);
  t2.Lock(a);
  t2.Lock(s);
  EXPECT_NE(sim.Verdict(), "FEASIBLE");
  EXPECT_NE(sim.Verdict(), "GUARDED");
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

TEST_F(Scenario, BarrierAwaitedUnderALockThatAPeerNeeds_IsCommunication) {
  const Object barrier("barrier", ObjectKind::kBarrier);
  t2.Nest({&a});
  t2.Signal(barrier);
  t1.Lock(a);
  t1.Signal(barrier);
  t1.Await(barrier);
  EXPECT_EQ(sim.Verdict(), "COMMUNICATION");
}

TEST_F(Scenario, CallOnceAgainstALock_IsFeasible) {
  const Object once("once", ObjectKind::kOnce);
  t1.Nest({&once, &a});
  t2.Nest({&a, &once});
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
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

TEST_F(Scenario, CountingSemaphoreAtTheDoor_IsGuarded) {
  const Object door("door", Properties{.kind = ObjectKind::kSemaphore, .permits = 2});
  t1.Nest({&door, &a, &b});
  t2.Nest({&door, &b, &c});
  t3.Nest({&door, &c, &a});
  EXPECT_EQ(sim.Verdict(), "GUARDED");
}

}  // namespace
}  // namespace selvage::lockgraph
