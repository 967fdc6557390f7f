// Scenarios of how a lock is asked for: shared, recursive, tried, timed, several at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "selvage/tests/harness/lockgraph/scenario.h"

namespace selvage::lockgraph {
namespace {

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

TEST_F(ReadWriteScenario, WritersThatReadTheOthersLock_AreFeasible) {
  t1.Lock(a);
  t1.Read(b);
  t1.UnlockRead(b);
  t1.Unlock(a);
  t2.Lock(b);
  t2.Read(a);
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

// As std::lock does where the second is not free: lets go of the first and waits for the second.
void BackOff(Actor& actor, const Object& first, const Object& second) {
  actor.Lock(first);
  actor.Unlock(first);
  actor.Lock(second);
  actor.TryLock(first);
}

TEST_F(Scenario, ScopedLocksInOppositeOrders_AreNoCycle) {
  BackOff(t1, a, b);
  BackOff(t2, b, a);
  EXPECT_EQ(sim.Verdict(), "none");
}

TEST_F(Scenario, ScopedLocksInOppositeOrdersThatNeverBackOff_AreNoCycle) {
  t1.Lock(g);
  t1.LockTogether({&a, &b, &c});
  t2.LockTogether({&c, &b, &a});
  EXPECT_EQ(sim.Verdict(), "none");
}

TEST_F(Scenario, ScopedLockHeldAroundAnotherLock_IsFeasible) {
  t1.LockTogether({&a, &b});
  t1.Lock(c);
  t2.Nest({&c, &b});
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST_F(Scenario, ScopedLockInsideALockAndTheOppositeOrder_IsFeasible) {
  t1.Lock(a);
  BackOff(t1, b, c);
  t2.Nest({&b, &a});
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST_F(Scenario, AnyMemberOfAScopedLockInsideALockAndTheOppositeOrder_IsFeasible) {
  t1.Lock(a);
  t1.LockTogether({&g, &b, &c});
  t2.Nest({&c, &a});
  const Analysis analysis = sim.Analyse();
  ASSERT_EQ(Simulation::VerdictOf(analysis), "FEASIBLE");
  for (const CyclePart& part : analysis.cycles[0].parts) {
    EXPECT_EQ(part.held.size(), 1u);
    EXPECT_EQ(part.kind, RequestKind::kBlocking);
  }
}

TEST_F(Scenario, TryInsideTwoLocks_IsNoCycle) {
  t1.Lock(a);
  t1.Lock(b);
  t1.TryLock(c);
  t2.Nest({&c, &a});
  t3.Nest({&c, &b});
  EXPECT_EQ(sim.Verdict(), "none");
}

// It is let go of when a try fails, but not for good.
TEST_F(Scenario, ScopedLockOfARecursiveLockThatWasHeldBefore_WaitsHoldingIt) {
  const Object r("R", Properties{.recursive = true});
  t1.Lock(r);
  t1.Lock(a);
  t1.LockTogether({&r, &c});
  t2.Nest({&c, &r});
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
  t3.Nest({&c, &a});
  EXPECT_EQ(sim.Analyse().cycles.size(), 2u);
}

TEST_F(Scenario, ScopedLockThatTriesARecursiveLockHeldBefore_WaitsForTheFirstOnly) {
  const Object r("R", Properties{.recursive = true});
  t1.Lock(r);
  t1.LockTogether({&a, &r, &c});
  t2.Nest({&c, &a});
  EXPECT_EQ(sim.Verdict(), "none");
  t3.Nest({&c, &r});
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST_F(Scenario, NotifierThatTakesAScopedLockWithWhatTheWaiterKeeps_IsCommunication) {
  const Object m("m"), changed("changed", ObjectKind::kCondition);
  t2.LockTogether({&b, &a});
  t2.Unlock(a);
  t2.Unlock(b);
  t2.Signal(changed);
  t1.Lock(a);
  t1.Lock(m);
  t1.BeginWait(changed, m);
  EXPECT_EQ(sim.Verdict(), "COMMUNICATION");
}

TEST_F(Scenario, DeadlinesOnAllInnerRequests_AreTimed) {
  t1.Lock(a);
  t1.Lock(b, RequestKind::kTimed);
  t2.Lock(b);
  t2.Lock(a, RequestKind::kTimed);
  EXPECT_EQ(sim.Verdict(), "TIMED");
}

TEST_F(Scenario, DeadlineOnOneInnerRequest_IsTimed) {
  t1.Lock(a);
  t1.Lock(b, RequestKind::kTimed);
  t2.Lock(b);
  t2.Lock(a);
  const Analysis analysis = sim.Analyse();
  ASSERT_EQ(Simulation::VerdictOf(analysis), "TIMED");
  EXPECT_EQ(analysis.cycles[0].reason,
            "t1 (thread 0.0) gives up when its deadline has passed; until then the others wait");
}

TEST_F(Scenario, DeadlineOnOneOfTwoPlaces_IsFeasible) {
  t1.Lock(a);
  t1.Lock(b, RequestKind::kTimed);
  t1.Unlock(b);
  t1.Lock(b);
  t2.Lock(b);
  t2.Lock(a);
  EXPECT_EQ(sim.Verdict(), "FEASIBLE");
}

TEST_F(Scenario, TimedWaitWithWhatTheNotifierNeeds_IsTimed) {
  const Object m("m"), changed("changed", ObjectKind::kCondition);
  t2.Lock(a);
  t2.Unlock(a);
  t2.Signal(changed);
  t1.Lock(a);
  t1.Lock(m);
  t1.BeginTimedWait(changed, m);
  EXPECT_EQ(sim.Verdict(), "TIMED");
}

TEST_F(Scenario, TimedJoinOfWhoNeedsWhatIsHeld_IsTimed) {
  t2.Lock(a);
  t2.Unlock(a);
  main.Lock(a);
  main.context->OnJoinRequest(t2.token, RequestKind::kTimed, 1);
  EXPECT_EQ(sim.Verdict(), "TIMED");
}

TEST_F(Scenario, LockTakenTwiceByOneThread_Occurred) {
  t1.Lock(a);
  t1.Request(a, Mode::kExclusive);
  const Analysis analysis = sim.Analyse();
  ASSERT_EQ(Simulation::VerdictOf(analysis), "OCCURRED");
  EXPECT_EQ(analysis.cycles[0].reason, "t1 (thread 0.0) asks for A, which it holds");
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

}  // namespace
}  // namespace selvage::lockgraph
