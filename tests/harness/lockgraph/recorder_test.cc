// The recorder's bookkeeping: runs that are repeated, counts, merging, declared orders, advice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "selvage/harness/lockgraph/declared_order.h"
#include "selvage/harness/lockgraph/fingerprint.h"
#include "selvage/harness/lockgraph/merge.h"
#include "selvage/tests/harness/lockgraph/simulation.h"

namespace selvage::lockgraph {
namespace {

using testing::HasSubstr;

// The same program again and again, as an exploration runs it; each run makes its own locks.
class RepeatedRuns : public testing::Test {
 protected:
  __attribute__((noinline)) void Run(bool finish = true) {
    sim.recorder.BeginRun();
    Actor main = sim.Main();
    const auto a = sim.Make(main, "A");
    const auto b = sim.Make(main, "B");
    Actor t1 = main.Fork("t1");
    Actor t2 = main.Fork("t2");
    const auto lazy = sim.Make(t1, "lazy");
    t1.Nest({a.get(), b.get(), lazy.get()});
    t2.Lock(*b);
    t2.Lock(*a);
    if (!finish) return;
    t2.Unlock(*a);
    t2.Unlock(*b);
    main.Join(t1);
    main.Join(t2);
    main.End();
    sim.recorder.EndRun();
  }

  Simulation sim{Recorder::Runs::kRepeated};
};

TEST_F(RepeatedRuns, RecordNothingNewAfterTheFirst) {
  RecordedGraph first;
  std::size_t bytes = 0;
  // Called from one place, as an exploration calls its body: that is how its locks are found again.
  for (int i = 0; i < 1'001; ++i) {
    Run();
    if (i != 0) continue;
    first = sim.Graph();
    bytes = sim.recorder.bytes();
  }
  EXPECT_EQ(Simulation::VerdictOf(Analyse(first)), "FEASIBLE");
  const RecordedGraph last = sim.Graph();
  EXPECT_EQ(sim.recorder.bytes(), bytes);
  EXPECT_EQ(last.locks, first.locks);
  EXPECT_EQ(last.threads, first.threads);
  ASSERT_EQ(last.dependencies.size(), first.dependencies.size());
  for (const Dependency& dependency : last.dependencies) EXPECT_EQ(dependency.count, 1001u);
}

TEST_F(RepeatedRuns, Abandoned_LeaveNothingHeld) {
  // Called from one place, which no compiler doubles.
  const volatile bool finishes[] = {false, true};
  volatile std::size_t runs = 2;
  for (std::size_t i = 0; i < runs; ++i) {
    const bool finish = finishes[i];
    Run(finish);
    if (!finish) sim.recorder.EndRun();
  }
  const RecordedGraph graph = sim.Graph();
  EXPECT_EQ(graph.locks.size(), 3u);
  EXPECT_TRUE(graph.occurrences.empty());
  for (const Dependency& dependency : graph.dependencies) {
    EXPECT_LE(dependency.held.size(), 2u);
  }
}

TEST_F(RepeatedRuns, WaitAfterALostNotification_IsReportedWhenTheRunEnds) {
  sim.recorder.BeginRun();
  Actor main = sim.Main();
  const auto m = sim.Make(main, "m");
  const auto changed = sim.Make(main, "changed", Properties{.kind = ObjectKind::kCondition});
  Actor t1 = main.Fork("t1");
  t1.Signal(*changed, 0);
  main.Lock(*m);
  main.BeginWait(*changed, *m);
  sim.recorder.EndRun();
  EXPECT_EQ(sim.Verdict(), "COMMUNICATION");
}

TEST_F(RepeatedRuns, NotificationOfTheRunBefore_IsNotLost) {
  for (const bool notify : {true, false}) {
    sim.recorder.BeginRun();
    Actor main = sim.Main();
    const auto m = sim.Make(main, "m");
    const auto changed = sim.Make(main, "changed", Properties{.kind = ObjectKind::kCondition});
    Actor t1 = main.Fork("t1");
    if (notify) t1.Signal(*changed, 0);
    if (!notify) {
      main.Lock(*m);
      main.BeginWait(*changed, *m);
    }
    sim.recorder.EndRun();
  }
  EXPECT_EQ(sim.Verdict(), "none");
}

TEST_F(RepeatedRuns, ThreadJoinedUnderAGuardInSomeRunsOnly_IsNotGuarded) {
  for (const bool guarded : {true, false}) {
    sim.recorder.BeginRun();
    Actor main = sim.Main();
    const auto a = sim.Make(main, "A");
    const auto b = sim.Make(main, "B");
    const auto g = sim.Make(main, "G");
    main.Lock(*g);
    Actor t1 = main.Fork("t1");
    Actor t2 = main.Fork("t2");
    t1.Nest({a.get(), b.get()});
    if (guarded) main.Join(t1);
    main.Unlock(*g);
    t2.Nest({g.get(), b.get(), a.get()});
    if (!guarded) main.Join(t1);
    main.Join(t2);
    sim.recorder.EndRun();
    EXPECT_EQ(sim.Verdict(), guarded ? "GUARDED" : "FEASIBLE");
  }
}

TEST_F(RepeatedRuns, SignalsInEachRun_StayWithinTheMomentsOfTheFirst) {
  std::size_t bytes = 0;
  for (int run = 0; run < 200; ++run) {
    sim.recorder.BeginRun();
    Actor main = sim.Main();
    const auto a = sim.Make(main, "A");
    const auto b = sim.Make(main, "B");
    const auto s = sim.Make(main, "S", Properties{.kind = ObjectKind::kEvent});
    Actor t1 = main.Fork("t1");
    Actor t2 = main.Fork("t2");
    for (int i = 0; i < 5; ++i) {
      t1.Nest({a.get(), b.get()});
      t1.Signal(*s);
      t2.Await(*s);
      t2.Nest({a.get(), b.get()});
    }
    main.Join(t1);
    main.Join(t2);
    sim.recorder.EndRun();
    if (run == 10) bytes = sim.recorder.bytes();
  }
  EXPECT_EQ(sim.recorder.bytes(), bytes);
}

TEST(Recording, LocksThatComeAndGo_AreForgotten) {
  // Only the recorder of the process learns of destructions; a simulation's own does not, so its
  // locks count as many.
  Recorder& recorder = Recorder::Process();
  ThreadContext* const context = recorder.Begin(recorder.Root("churn"));
  const auto churn = [&](int n) {
    for (int i = 0; i < n; ++i) {
      current_context = context;
      const Object passing("passing");
      current_context = nullptr;
      context->OnRequest(passing, Mode::kExclusive, RequestKind::kBlocking, 0x10);
      context->OnAcquired(passing, Mode::kExclusive, 0x10);
      context->OnReleased(passing, Mode::kExclusive);
      passing.OnDestroyed();
    }
  };
  churn(10'000);
  const std::size_t bytes = recorder.bytes();
  churn(100'000);
  EXPECT_EQ(recorder.bytes(), bytes);
  recorder.End(context);
}

TEST(Recording, NewLocksAndASignalInEachRound_KeepMemoryFlat) {
  Recorder& recorder = Recorder::Process();
  ThreadContext* const context = recorder.Begin(recorder.Root("churn"));
  const Object done("done", ObjectKind::kEvent);
  const auto churn = [&](int locks) {
    for (int i = 0; i < locks; ++i) {
      current_context = context;
      const Object passing("passing");
      current_context = nullptr;
      context->OnRequest(passing, Mode::kExclusive, RequestKind::kBlocking, 0x10);
      context->OnAcquired(passing, Mode::kExclusive, 0x10);
      context->OnReleased(passing, Mode::kExclusive);
      context->OnSignal(done, 0x20);
      passing.OnDestroyed();
    }
  };
  churn(10'000);
  const std::size_t bytes = recorder.bytes();
  churn(100'000);
  EXPECT_EQ(recorder.bytes(), bytes);
  recorder.End(context);
}

TEST(Recording, LoopWithASignalInEachRound_KeepsABoundedNumberOfMoments) {
  Simulation sim;
  Actor main = sim.Main();
  Actor t1 = main.Fork("t1");
  const Object a("A"), b("B"), s("S", ObjectKind::kEvent);
  const std::uintptr_t site = sim.Address("loop", "loop.cc", 1);
  const auto round = [&] {
    for (const Object* lock : {&a, &b}) {
      t1.context->OnRequest(*lock, Mode::kExclusive, RequestKind::kBlocking, site);
      t1.context->OnAcquired(*lock, Mode::kExclusive, site);
    }
    t1.context->OnReleased(b, Mode::kExclusive);
    t1.context->OnReleased(a, Mode::kExclusive);
    t1.context->OnSignal(s, site);
  };
  for (int i = 0; i < 1'000; ++i) round();
  const std::size_t bytes = sim.recorder.bytes();
  for (int i = 0; i < 10'000; ++i) round();
  EXPECT_EQ(sim.recorder.bytes(), bytes);
  const RecordedGraph graph = sim.Graph();
  ASSERT_EQ(graph.dependencies.size(), 1u);
  EXPECT_EQ(graph.dependencies[0].count, 11'000u);
  EXPECT_LE(graph.dependencies[0].moments.size(), kMomentsKept);
  EXPECT_GT(graph.runs[0].moments_dropped, 0u);
}

TEST(Recording, DependenciesOverTheLimit_AreCounted) {
  Simulation sim;
  sim.recorder.LimitDependencies(3);
  Actor main = sim.Main();
  const Object a("A");
  for (int i = 0; i < 10; ++i) {
    const Object inner("inner");
    main.Nest({&a, &inner});
  }
  const RecordedGraph graph = sim.Graph();
  EXPECT_EQ(graph.dependencies.size(), 3u);
  EXPECT_EQ(graph.runs[0].dependencies_dropped, 7u);
  EXPECT_EQ(Analyse(graph).coverage.dropped, 7u);
}

TEST(Recording, TryAndFailedRequests_HoldNothing) {
  Simulation sim;
  Actor main = sim.Main();
  const Object a("A");
  main.context->OnRequest(a, Mode::kExclusive, RequestKind::kTry, 1);
  main.context->OnRequest(a, Mode::kExclusive, RequestKind::kTimed, 1);
  EXPECT_EQ(main.context->depth(), 0u);
}

TEST(Recording, ThreadThatHasEnded_IsNoLongerRecorded) {
  Recorder recorder;
  recorder.BeginRun();
  BeginThread(recorder.Root());
  ASSERT_NE(Recording(), nullptr);
  EXPECT_EQ(&Recording()->recorder(), &recorder);
  EndThread();
  EXPECT_EQ(Recording(), nullptr);
  BeginThread(ForkToken());
  EXPECT_EQ(Recording(), nullptr);
}

TEST(Recording, ReleaseOfWhatIsNotHeld_IsIgnored) {
  Simulation sim;
  Actor main = sim.Main();
  const Object a("A"), b("B");
  main.Lock(a);
  main.Unlock(b);
  EXPECT_EQ(main.context->depth(), 1u);
}

TEST(Merging, OfTheSameRunTwice_AddsCountsOnly) {
  Simulation sim;
  Actor main = sim.Main();
  Actor t1 = main.Fork("t1");
  Actor t2 = main.Fork("t2");
  const auto a = sim.Make(main, "A");
  const auto b = sim.Make(main, "B");
  t1.Nest({a.get(), b.get()});
  t2.Nest({b.get(), a.get()});
  const RecordedGraph graph = sim.Graph();
  const RecordedGraph merged = Merge(std::vector<RecordedGraph>{graph, graph});
  EXPECT_EQ(merged.threads, graph.threads);
  EXPECT_EQ(merged.locks, graph.locks);
  EXPECT_EQ(merged.dependencies.size(), graph.dependencies.size());
  EXPECT_EQ(merged.dependencies[0].count, 2u);
  EXPECT_FALSE(Analyse(merged).cycles[0].merged);
}

TEST(Merging, ThreadsOrderedInTheOnlyRunThatHasBoth_StayOrdered) {
  std::vector<RecordedGraph> graphs;
  for (const bool both : {true, false}) {
    Simulation sim;
    Actor main = sim.Main();
    const auto a = sim.Make(main, "A");
    const auto b = sim.Make(main, "B");
    Actor t1 = main.Fork("t1");
    t1.Nest({a.get(), b.get()});
    main.Join(t1);
    Actor t2 = main.Fork("t2");
    if (both) t2.Nest({b.get(), a.get()});
    graphs.push_back(sim.Graph());
  }
  EXPECT_EQ(Simulation::VerdictOf(Analyse(Merge(graphs))), "ORDERED");
}

// --- Fingerprints, instances, advice ---

class TwoPairs : public testing::Test {
 protected:
  // Two pairs of locks of the same two classes, each with the same mistake in the same functions.
  Analysis Record(int lines_added) {
    Simulation sim;
    Actor main = sim.Main();
    Actor t1 = main.Fork("t1");
    Actor t2 = main.Fork("t2");
    for (int i = 0; i < lines_added; ++i) t1.TryLock(Object("shifts the lines"));
    for (int i = 0; i < 2; ++i) {
      const auto a = sim.Make(main, "A");
      const auto b = sim.Make(main, "B");
      main.Signal(Object("published", ObjectKind::kEvent));
      t1.Nest({a.get(), b.get()});
      t2.Nest({b.get(), a.get()});
    }
    return sim.Analyse();
  }
};

TEST_F(TwoPairs, OfTheSameClassesAndFunctions_AreOneFinding) {
  const Analysis analysis = Record(0);
  ASSERT_EQ(analysis.cycles.size(), 1u);
  EXPECT_EQ(analysis.cycles[0].instances, 2u);
}

TEST_F(TwoPairs, OnOtherLines_HaveTheSameFingerprint) {
  EXPECT_EQ(Record(0).cycles[0].fingerprint, Record(7).cycles[0].fingerprint);
}

TEST_F(TwoPairs, SeenFromEitherThread_HaveTheSameFingerprint) {
  Simulation sim;
  Actor main = sim.Main();
  Actor t1 = main.Fork("t1");
  Actor t2 = main.Fork("t2");
  const Object a("A"), b("B"), c("C");
  t1.Nest({&b, &c});
  t2.Nest({&c, &b});
  const RecordedGraph graph = sim.Graph();
  Cycle cycle = Analyse(graph).cycles[0];
  std::swap(cycle.parts[0], cycle.parts[1]);
  EXPECT_EQ(Fingerprint(Names(graph), graph, cycle.parts), cycle.fingerprint);
}

TEST(Advice, NamesTheOneEdgeThatAllCyclesShare) {
  Simulation sim;
  Actor main = sim.Main();
  Actor t1 = main.Fork("t1");
  Actor t2 = main.Fork("t2");
  Actor t3 = main.Fork("t3");
  const Object a("A"), b("B"), c("C");
  t1.Nest({&a, &b});
  t2.Nest({&b, &a});
  t2.Nest({&b, &c});
  t3.Nest({&c, &a});
  const RecordedGraph graph = sim.Graph();
  const Analysis analysis = Analyse(graph);
  ASSERT_EQ(analysis.cycles.size(), 2u);
  ASSERT_EQ(analysis.turns.size(), 1u);
  const Names names(graph);
  EXPECT_EQ(names.Class(analysis.turns[0].from), "A");
  EXPECT_EQ(names.Class(analysis.turns[0].to), "B");
  EXPECT_EQ(analysis.turns[0].breaks, 2u);
}

TEST(Confirmation, RaisesTheVerdictAndCarriesTheToken) {
  Simulation sim;
  Actor main = sim.Main();
  Actor t1 = main.Fork("t1");
  Actor t2 = main.Fork("t2");
  const Object a("A"), b("B");
  t1.Nest({&a, &b});
  t2.Nest({&b, &a});
  RecordedGraph graph = sim.Graph();
  Confirmation& confirmation = graph.confirmations.emplace_back();
  confirmation.fingerprint = Analyse(graph).cycles[0].fingerprint;
  confirmation.replay_token = "sv1:token";
  const Analysis analysis = Analyse(graph);
  EXPECT_EQ(analysis.cycles[0].verdict, Verdict::kConfirmed);
  EXPECT_EQ(analysis.cycles[0].replay_token, "sv1:token");
}

// --- Declared orders ---

TEST(DeclaredOrders, AgainstOne_IsAFindingWithoutACycle) {
  Simulation sim;
  Actor main = sim.Main();
  const Object config("config"), cache("cache");
  main.Nest({&cache, &config});
  const RecordedGraph graph = sim.Graph();
  const Analysis analysis = Analyse(graph, {.declared = {{{"config", "cache"}}}});
  ASSERT_EQ(analysis.violations.size(), 1u);
  EXPECT_EQ(analysis.violations[0].rule, "config before cache");
  EXPECT_TRUE(analysis.Fails());
  EXPECT_TRUE(Analyse(graph, {.declared = {{{"cache", "config"}}}}).violations.empty());
}

TEST(DeclaredOrders, OfOneClass_AreByAge) {
  Simulation sim;
  Actor main = sim.Main();
  const auto first = sim.Make(main, "account");
  const auto second = sim.Make(main, "account");
  main.Nest({second.get(), first.get()});
  const RecordedGraph graph = sim.Graph();
  EXPECT_EQ(Analyse(graph, {.declared = {{{"account"}}}}).violations.size(), 1u);
  EXPECT_TRUE(Analyse(graph, {.declared = {{{"account", "other"}}}}).violations.empty());
}

TEST(DeclaredOrders, Text_IsParsedAndExported) {
  const auto orders = ParseDeclaredOrders("# order\nconfig < 'my cache' < log\n\n account\n");
  ASSERT_TRUE(orders.ok()) << orders.status();
  ASSERT_EQ(orders->size(), 2u);
  EXPECT_THAT((*orders)[0].classes, testing::ElementsAre("config", "my cache", "log"));
  EXPECT_THAT((*orders)[1].classes, testing::ElementsAre("account"));

  Simulation sim;
  Actor main = sim.Main();
  const Object a("A"), b("B"), c("C");
  main.Nest({&a, &b});
  main.Nest({&b, &c});
  main.Nest({&c, &b});
  EXPECT_EQ(ExportSeenOrder(sim.Graph()), "'A' < 'B'\n");
}

TEST(DeclaredOrders, DamagedText_IsAnErrorThatNamesTheLine) {
  for (const char* text : {"a\n< b", "a\na <", "a\na b", "a\n'open", "a\na < < b"}) {
    const auto orders = ParseDeclaredOrders(text);
    ASSERT_FALSE(orders.ok()) << text;
    EXPECT_THAT(std::string(orders.status().message()), HasSubstr("line 2"));
  }
}

}  // namespace
}  // namespace selvage::lockgraph
