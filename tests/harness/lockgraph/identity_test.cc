// Identity in the graph: merging, names that are hostile, canonical form.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "selvage/harness/lockgraph/declared_order.h"
#include "selvage/harness/lockgraph/merge.h"
#include "selvage/harness/printable.h"
#include "selvage/harness/report/lock_order_json.h"
#include "selvage/harness/report/lock_order_text.h"
#include "selvage/tests/harness/lockgraph/scenario.h"

namespace selvage::lockgraph {
namespace {

using testing::HasSubstr;
using testing::Not;

RecordedGraph CrossedIn(const char* name, const char* other, bool deadlocks) {
  Simulation sim;
  Actor main = sim.Main();
  Actor t1 = main.Fork("t1");
  Actor t2 = main.Fork("t2");
  const auto a = sim.Make(main, name);
  const auto b = sim.Make(main, other);
  t1.Nest({a.get(), b.get()});
  if (deadlocks) {
    t2.Nest({b.get(), a.get()});
  } else {
    t2.Nest({a.get(), b.get()});
  }
  return sim.Graph();
}

TEST(Merging, KeepsTheTokenAndTheVerdictOfEachReport) {
  RecordedGraph confirmed = CrossedIn("a", "b", true);
  Confirmation confirmation;
  confirmation.fingerprint = Analyse(confirmed).cycles.front().fingerprint;
  confirmation.replay_token = "sv1-token";
  confirmed.confirmations.push_back(confirmation);
  const RecordedGraph feasible = CrossedIn("c", "d", true);
  const RecordedGraph clean = CrossedIn("e", "f", false);
  const RecordedGraph graphs[] = {clean, feasible, confirmed};
  const Analysis merged = Analyse(Merge(graphs));
  ASSERT_EQ(merged.cycles.size(), 2u);
  EXPECT_EQ(merged.cycles[0].verdict, Verdict::kConfirmed);
  EXPECT_EQ(merged.cycles[0].replay_token, "sv1-token");
  EXPECT_EQ(merged.cycles[1].verdict, Verdict::kFeasible);
}

TEST(Merging, FingerprintIsThatOfTheReportAlone) {
  const RecordedGraph one = CrossedIn("a", "b", true);
  const RecordedGraph two = CrossedIn("c", "d", true);
  const RecordedGraph graphs[] = {one, two};
  std::vector<std::string> fingerprints;
  for (const Cycle& cycle : Analyse(Merge(graphs)).cycles) {
    fingerprints.push_back(cycle.fingerprint);
  }
  EXPECT_THAT(fingerprints, testing::UnorderedElementsAre(Analyse(one).cycles[0].fingerprint,
                                                          Analyse(two).cycles[0].fingerprint));
}

TEST(Merging, OfMoreRunsThanMomentsAreKept_KeepsSomeOfEachRun) {
  RecordedGraph graph;
  graph.classes.push_back({.type = "Lock", .name = "a"});
  graph.locks.push_back(Lock{});
  graph.threads.push_back({.path = "0"});
  Touch touch;
  for (std::uint32_t run = 0; run < 70; ++run) {
    graph.runs.push_back({.name = absl::StrCat("run ", run)});
    for (std::uint32_t strong = 0; strong < 3; ++strong) {
      touch.moments.push_back(Moment{.run = run, .strong = strong});
    }
  }
  graph.touches.push_back(touch);
  Canonicalise(graph);
  std::vector<bool> has(70, false);
  for (const Moment& moment : graph.touches[0].moments) has[moment.run] = true;
  EXPECT_EQ(std::count(has.begin(), has.end(), true), 70);
}

TEST(Canonicalise, OnceMore_ChangesNothing) {
  // Two threads alike but for the lock that covers each, which are one lock told twice.
  RecordedGraph graph;
  graph.runs.push_back({.name = "run"});
  graph.classes.push_back({.type = "Lock", .name = "a"});
  graph.locks.push_back(Lock{.lock_class = 0, .creator = "0"});
  graph.locks.push_back(Lock{.lock_class = 0, .creator = "0"});
  graph.threads.push_back({.path = "0"});
  graph.threads.push_back({.path = "0.0", .parent = 0, .covers = {Cover{.lock = 0, .holder = 0}}});
  graph.threads.push_back({.path = "0.0", .parent = 0, .covers = {Cover{.lock = 1, .holder = 0}}});
  Canonicalise(graph);
  EXPECT_EQ(graph.threads.size(), 2u);
  const RecordedGraph before = graph;
  Canonicalise(graph);
  EXPECT_EQ(graph, before);
}

TEST(HostileNames, WithEscapesAndLineBreaks_NeverReachATerminalRaw) {
  const std::string name =
      "lock\x1b[31m\nERROR \xc2\x9b"
      "2J\x7f";
  const RecordedGraph graph = CrossedIn(name.c_str(), "b\rc", true);
  const std::string text = report::LockOrderText(graph, Analyse(graph));
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    EXPECT_TRUE(byte == '\n' || (byte >= 0x20 && byte != 0x7f)) << int{byte};
  }
  EXPECT_THAT(text, Not(HasSubstr("\xc2\x9b")));
  EXPECT_THAT(text, HasSubstr("lock\\x1b[31m\\nERROR"));
}

TEST(HostileNames, OfManyKilobytes_AreKeptInTheReportAndCutInText) {
  const std::string name(20'000, 'n');
  const RecordedGraph graph = CrossedIn(name.c_str(), "b", true);
  const Analysis analysis = Analyse(graph);
  EXPECT_LT(report::LockOrderText(graph, analysis).size(), 10'000u);
  const auto read = report::ReadLockOrderJson(report::LockOrderJson(graph, analysis));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, graph);
}

TEST(HostileNames, InAnExportedOrder_AreReadBack) {
  const std::string name = "it's\na \\ 'lock'\x01";
  const RecordedGraph graph = CrossedIn(name.c_str(), "b", false);
  const auto orders = ParseDeclaredOrders(ExportSeenOrder(graph));
  ASSERT_TRUE(orders.ok()) << orders.status();
  ASSERT_EQ(orders->size(), 1u);
  EXPECT_THAT(orders->front().classes, testing::ElementsAre(name, "b"));
}

TEST(Printable, LeavesTextAloneAndSpellsOutTheRest) {
  EXPECT_EQ(Printable("größe \\n"), "größe \\n");
  EXPECT_EQ(Printable("a\tb"), "a\\x09b");
  EXPECT_EQ(Printable("\xff\xc3"), "\\xff\\xc3");
}

TEST(Printable, LongName_KeepsBothEndsAndWholeCharacters) {
  const std::string name = absl::StrCat("begin", std::string(500, 'x'), "end");
  EXPECT_THAT(PrintableName(name),
              testing::AllOf(testing::StartsWith("begin"), testing::EndsWith("end")));
  EXPECT_LE(PrintableName(name).size(), kLongestName + 3);
}

}  // namespace
}  // namespace selvage::lockgraph
