// Scenarios with waits that are no locks: conditions, semaphores, joins, futures, queues, barriers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "selvage/tests/harness/lockgraph/scenario.h"

namespace selvage::lockgraph {
namespace {

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

TEST_F(Scenario, LockThatAWaitWillTakeBack_IsFeasibleBeforeTheWaitEnds) {
  const Object changed("changed", ObjectKind::kCondition);
  t1.Lock(b);
  t1.Lock(a);
  t1.BeginWait(changed, b);
  t2.Nest({&b, &a});
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
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

TEST_F(Scenario, PermitThatAnotherThreadMayHavePosted_OrdersNothing) {
  const Object s("S", Properties{.kind = ObjectKind::kSemaphore, .permits = 0});
  t1.Nest({&a, &b});
  t1.Unlock(s);
  t3.Unlock(s);
  t2.Lock(s);
  t2.Nest({&b, &a});
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST_F(Scenario, PermitOfEachPoster_OrdersAfterEachOfThem) {
  const Object s("S", Properties{.kind = ObjectKind::kSemaphore, .permits = 0});
  t1.Nest({&a, &b});
  t1.Unlock(s);
  t3.Unlock(s);
  t2.Lock(s);
  t2.Lock(s);
  t2.Nest({&b, &a});
  EXPECT_EQ(sim.Verdict(), "ORDERED_OBSERVED");
}

TEST_F(Scenario, PermitThatWasThereAtFirst_OrdersNothing) {
  const Object s("S", Properties{.kind = ObjectKind::kSemaphore, .permits = 1});
  t1.Nest({&a, &b});
  t1.Unlock(s);
  t2.Lock(s);
  t2.Nest({&b, &a});
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST_F(Scenario, FirstOfTwoPermitsOfOnePoster_OrdersNothingThatCameBetween) {
  const Object s("S", Properties{.kind = ObjectKind::kSemaphore, .permits = 0});
  t1.Nest({&c});
  t1.Unlock(s);
  t1.Nest({&a, &b});
  t1.Unlock(s);
  t2.Lock(s);
  t2.Nest({&b, &a});
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST_F(Scenario, PermitTakenByOneThreadAndPostedByAnother_CountsAsTaken) {
  const Object s("S", Properties{.kind = ObjectKind::kSemaphore, .permits = 1});
  t2.Lock(s);
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

TEST_F(Scenario, FutureAwaitedUnderALockThatTheProducerNeeds_IsCommunication) {
  const Object future("result", ObjectKind::kFuture);
  t2.Nest({&a});
  t2.Signal(future);
  t1.Lock(a);
  t1.Await(future);
  EXPECT_EQ(sim.Verdict(), "COMMUNICATION");
}

TEST_F(Scenario, ProducerThatNeededTheLockForAnEarlierFutureOnly_IsOrderedObserved) {
  const Object first("first", ObjectKind::kFuture), second("second", ObjectKind::kFuture);
  t2.Nest({&a});
  t2.Signal(first);
  t1.Await(first);
  t2.Signal(second);
  t1.Lock(a);
  t1.Await(second);
  EXPECT_EQ(sim.Verdict(), "ORDERED_OBSERVED");
}

TEST_F(Scenario, ProducerThatNeedsTheLockForTheLaterFutureToo_IsCommunication) {
  const Object first("first", ObjectKind::kFuture), second("second", ObjectKind::kFuture);
  t2.Nest({&a});
  t2.Signal(first);
  t1.Await(first);
  t2.Nest({&a});
  t2.Signal(second);
  t1.Lock(a);
  t1.Await(second);
  EXPECT_EQ(sim.Verdict(), "COMMUNICATION");
}

TEST_F(Scenario, EarlierFutureThatTheWaiterHasNotWaitedFor_IsCommunication) {
  const Object first("first", ObjectKind::kFuture), second("second", ObjectKind::kFuture);
  t2.Nest({&a});
  t2.Signal(first);
  t2.Signal(second);
  t1.Lock(a);
  t1.Await(second);
  EXPECT_EQ(sim.Verdict(), "COMMUNICATION");
}

// Of many moments not all are kept, but which one was the last is known.
TEST_F(Scenario, ProducerThatNeededTheLockForManyEarlierFutures_IsOrderedObserved) {
  const Object done("done", ObjectKind::kEvent), last("last", ObjectKind::kFuture);
  for (int i = 0; i < 50; ++i) {
    t2.Nest({&a});
    t2.Signal(done);
  }
  t1.Await(done);
  t2.Signal(last);
  t1.Lock(a);
  t1.Await(last);
  EXPECT_EQ(sim.Verdict(), "ORDERED_OBSERVED");
  t2.Nest({&a});
  t2.Signal(last);
  EXPECT_EQ(sim.Verdict(), "COMMUNICATION");
}

// t1 waits in every round for what t2 then signals; in the 50th, t2 needs what t1 keeps.
void MeetInManyRounds(Actor& t1, Actor& t2, const Object& a, bool needed) {
  const Object go("go", ObjectKind::kEvent), done("done", ObjectKind::kEvent);
  const std::uintptr_t site = 1;
  t2.Nest({&a});
  t2.Signal(go);
  for (int i = 0; i < 60; ++i) {
    t1.Await(go);
    t1.context->OnRequest(a, Mode::kExclusive, RequestKind::kBlocking, site);
    t1.context->OnAcquired(a, Mode::kExclusive, site);
    t1.context->OnAwait(done, RequestKind::kBlocking, site);
    if (needed && i == 50) t2.Nest({&a});
    t2.Signal(done);
    t1.context->OnSignalReceived(done);
    t1.context->OnReleased(a, Mode::kExclusive, site);
    t1.Signal(go);
    t2.Await(go);
  }
}

TEST_F(Scenario, SignallerThatNeededTheLockBeforeManyRounds_IsOrderedObserved) {
  MeetInManyRounds(t1, t2, a, false);
  EXPECT_EQ(sim.Verdict(), "ORDERED_OBSERVED");
}

TEST_F(Scenario, SignallerThatNeedsTheLockInOneOfManyRounds_IsCommunication) {
  MeetInManyRounds(t1, t2, a, true);
  EXPECT_EQ(sim.Verdict(), "COMMUNICATION");
}

TEST_F(Scenario, SignallerThatNeededTheLockBeforeItStartedTheWaiter_IsOrdered) {
  const Object ready("ready", ObjectKind::kEvent);
  main.Nest({&a});
  Actor waiter = main.Fork("waiter");
  main.Signal(ready);
  waiter.Lock(a);
  waiter.Await(ready);
  EXPECT_EQ(sim.Verdict(), "ORDERED");
}

TEST_F(Scenario, PeerThatNeededTheLockInAnEarlierPhaseOfTheBarrier_IsOrderedObserved) {
  const Object barrier("barrier", ObjectKind::kBarrier);
  t2.Nest({&a});
  for (int phase = 0; phase < 2; ++phase) {
    if (phase == 1) t1.Lock(a);
    t2.Signal(barrier);
    t1.Signal(barrier);
    t1.Await(barrier);
    t2.Await(barrier);
  }
  EXPECT_EQ(sim.Verdict(), "ORDERED_OBSERVED");
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

TEST_F(Scenario, NotificationBeforeAWaitUnderALockThatOthersTake_IsNone) {
  const Object m("m"), changed("changed", ObjectKind::kCondition);
  t1.Nest({&m});
  t1.Signal(changed, 0);
  t2.Lock(m);
  t2.BeginWait(changed, m);
  EXPECT_EQ(sim.Verdict(), "none");
}

TEST_F(Scenario, NotificationBeforeAWaitUnderALockThatNobodyElseTakes_IsALostWakeup) {
  const Object m("m"), changed("changed", ObjectKind::kCondition);
  t1.Nest({&a});
  t1.Signal(changed, 0);
  t2.Lock(m);
  t2.BeginWait(changed, m);
  EXPECT_EQ(sim.Verdict(), "COMMUNICATION");
}

TEST_F(Scenario, NotificationBeforeACheckedWait_IsNone) {
  const Object m("m"), changed("changed", ObjectKind::kCondition);
  t1.Signal(changed, 0);
  t2.Lock(m);
  t2.BeginWait(changed, m, WaitPredicate::kChecked);
  EXPECT_EQ(sim.Verdict(), "none");
}

TEST_F(Scenario, PermitThatAnotherThreadHasGivenBack_IsNoLongerHeld) {
  const Object s("S", ObjectKind::kSemaphore);
  t1.Lock(s);
  t2.Unlock(s);
  t1.Nest({&a});
  EXPECT_TRUE(sim.Graph().dependencies.empty());
  EXPECT_EQ(t1.context->depth(), 0u);
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

TEST_F(Scenario, CountingSemaphoreAtTheDoor_IsGuarded) {
  const Object door("door", Properties{.kind = ObjectKind::kSemaphore, .permits = 2});
  t1.Nest({&door, &a, &b});
  t2.Nest({&door, &b, &c});
  t3.Nest({&door, &c, &a});
  EXPECT_EQ(sim.Verdict(), "GUARDED");
}

}  // namespace
}  // namespace selvage::lockgraph
