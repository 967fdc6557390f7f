// What reports say, and that nothing is lost or believed on the way through JSON.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "selvage/harness/lockgraph/merge.h"
#include "selvage/harness/report/lock_order_dot.h"
#include "selvage/harness/report/lock_order_json.h"
#include "selvage/harness/report/lock_order_table.h"
#include "selvage/harness/report/lock_order_text.h"
#include "selvage/harness/report/lock_order_words.h"
#include "selvage/tests/harness/lockgraph/simulation.h"

namespace selvage::lockgraph {
namespace {

using testing::HasSubstr;
using testing::Not;

// Two threads that do the same, in either order.
std::string JsonOfTwoThreads(bool other_first) {
  Simulation sim;
  Actor main = sim.Main();
  Actor t1 = main.Fork("t1");
  Actor t2 = main.Fork("t2");
  const auto a = sim.Make(main, "A");
  const auto b = sim.Make(main, "B");
  if (other_first) t2.Nest({b.get(), a.get()});
  t1.Nest({a.get(), b.get()});
  if (!other_first) t2.Nest({b.get(), a.get()});
  RecordedGraph graph = sim.Graph();
  // Stacks are those of this test, which differ with the order.
  for (Dependency& d : graph.dependencies) {
    d.stack = kNone;
    for (HeldLock& held : d.held) held.stack = kNone;
  }
  for (Touch& touch : graph.touches) touch.stack = kNone;
  for (lockgraph::Lock& lock : graph.locks) lock.made = kNone;
  for (Thread& thread : graph.threads) thread.spawn_stack = kNone;
  graph.stacks.clear();
  Canonicalise(graph);
  return report::LockOrderJson(graph, Analyse(graph));
}

class LockOrderReport : public testing::Test {
 protected:
  LockOrderReport()
      : main(sim.Main()),
        transfer(main.Fork("transfer")),
        audit(main.Fork("audit")),
        accounts(sim.Make(main, "accounts")),
        journal(sim.Make(main, "journal")) {}

  void RecordDeadlock() {
    transfer.Nest({accounts.get(), journal.get()});
    audit.Nest({journal.get(), accounts.get()});
  }
  // Something of everything that a graph can hold.
  void RecordEverything() {
    RecordDeadlock();
    const Object event("event", ObjectKind::kEvent);
    const Object table("table", ObjectKind::kReadWriteLock);
    transfer.Signal(event);
    audit.Await(event);
    audit.Lock(*journal, RequestKind::kTimed);
    audit.Read(table);
    audit.Request(*journal, Mode::kExclusive);
    audit.Unlock(*journal);
    main.Lock(*accounts);
    Actor child = main.Fork("child");
    child.Nest({journal.get(), &table});
    main.Join(child);
  }
  std::string Json() {
    const RecordedGraph graph = sim.Graph();
    return report::LockOrderJson(graph, Analyse(graph));
  }

  Simulation sim;
  Actor main, transfer, audit;
  std::unique_ptr<Object> accounts, journal;
};

TEST_F(LockOrderReport, Text_BeginsWithTheVerdictAndNamesEverything) {
  RecordDeadlock();
  const RecordedGraph graph = sim.Graph();
  const std::string text = report::LockOrderText(graph, Analyse(graph));
  EXPECT_THAT(text, testing::StartsWith("lock order: 1 FEASIBLE\n"));
  EXPECT_THAT(text, HasSubstr("FEASIBLE: two threads, concurrent, no common guard; not replayed"));
  EXPECT_THAT(text, HasSubstr("transfer (thread 0.0)"));
  EXPECT_THAT(text, HasSubstr("accounts: lock, declared at made.cc:1, made by thread 0"));
  EXPECT_THAT(text, HasSubstr("take journal before accounts"));
  EXPECT_THAT(text,
              HasSubstr("coverage: 2 locks of 2 classes, 2 edges, 3 threads, 1 run; dropped: 0"));
  EXPECT_THAT(text, Not(HasSubstr("0x")));
}

TEST_F(LockOrderReport, CycleOfOrdinaryThreads_SaysWhyItWasNotReplayedAndHowItIsTried) {
  RecordDeadlock();
  const RecordedGraph graph = sim.Graph();
  const Analysis analysis = Analyse(graph);
  constexpr char kWhy[] =
      "it is of ordinary threads, which no schedule controls; run the same code "
      "in a SELVAGE_TEST, which tries it";
  EXPECT_THAT(report::LockOrderText(graph, analysis), HasSubstr(std::string("not tried: ") + kWhy));
  EXPECT_THAT(report::LockOrderJson(graph, analysis),
              HasSubstr(std::string("\"not_tried\":\"") + kWhy));
}

TEST_F(LockOrderReport, CycleThatADirectedScheduleTried_SaysHowMany) {
  RecordDeadlock();
  RecordedGraph graph = sim.Graph();
  graph.confirmations.push_back(
      {.fingerprint = Analyse(graph).cycles.at(0).fingerprint, .schedules = 1});
  const std::string text = report::LockOrderText(graph, Analyse(graph));
  EXPECT_THAT(text, HasSubstr("did not happen in 1 directed schedule\n"));
  EXPECT_THAT(text, Not(HasSubstr("not tried")));
}

TEST_F(LockOrderReport, Text_ShowsTheInterleavingThatDeadlocks) {
  RecordDeadlock();
  const RecordedGraph graph = sim.Graph();
  EXPECT_THAT(
      report::LockOrderText(graph, Analyse(graph)),
      HasSubstr(
          "      [A] transfer (thread 0.0)                   | [B] audit (thread 0.1)\n"
          "      "
          "--------------------------------------------+---------------------------------------"
          "-------------\n"
          "      lock accounts (transfer.cc:1)\n"
          "                                                  | lock journal (audit.cc:1)\n"
          "      lock journal (transfer.cc:2), waits for [B]\n"
          "                                                  | lock accounts (audit.cc:2), waits "
          "for "
          "[A]: DEADLOCK\n"));
}

TEST_F(LockOrderReport, Text_ShowsNoDeadlockWhereOneGivesUpInTime) {
  transfer.Nest({accounts.get(), journal.get()}, RequestKind::kTimed);
  audit.Nest({journal.get(), accounts.get()});
  const RecordedGraph graph = sim.Graph();
  const std::string text = report::LockOrderText(graph, Analyse(graph));
  EXPECT_THAT(text, HasSubstr("    how they come to wait:\n"));
  EXPECT_THAT(text, HasSubstr("waits for [A]: all wait until the deadline of [A] has passed\n"));
  EXPECT_THAT(text, Not(HasSubstr("DEADLOCK")));
}

TEST_F(LockOrderReport, Interleaving_OfWhatForkOrJoinOrders_EndsInNoDeadlock) {
  transfer.Nest({accounts.get(), journal.get()});
  main.Join(transfer);
  main.Nest({journal.get(), accounts.get()});
  const RecordedGraph graph = sim.Graph();
  const Analysis analysis = Analyse(graph);
  ASSERT_EQ(Simulation::VerdictOf(analysis), "ORDERED");
  const Names names(graph);
  EXPECT_THAT(report::DeadlockTable(graph, names, analysis.cycles.front(), ""),
              testing::EndsWith(": cannot come to this\n"));
}

TEST_F(LockOrderReport, Headline_OfASearchThatWasCutShort_ClaimsNothing) {
  RecordDeadlock();
  AnalysisOptions options;
  options.steps = 1;
  const Analysis analysis = Analyse(sim.Graph(), options);
  ASSERT_EQ(analysis.coverage.cut, 1u);
  EXPECT_EQ(report::Headline(analysis), "undecided: the search for cycles was cut short");
}

TEST_F(LockOrderReport, Text_ListsHarmlessCyclesWithTheirReasons) {
  transfer.Nest({accounts.get(), journal.get()});
  transfer.Nest({journal.get(), accounts.get()});
  const RecordedGraph graph = sim.Graph();
  const std::string text = report::LockOrderText(graph, Analyse(graph));
  EXPECT_THAT(text, testing::StartsWith("lock order: no finding; 1 cycle"));
  EXPECT_THAT(text,
              HasSubstr("SINGLE_THREAD accounts -> journal: all parts were made by transfer"));
}

// Two ways through the code to one request.
TEST_F(LockOrderReport, Advice_NamesAPlaceOnce) {
  RecordDeadlock();
  RecordedGraph graph = sim.Graph();
  const auto another = static_cast<StackIndex>(graph.stacks.size());
  graph.stacks.push_back({0, 0, 0});
  const std::vector<Dependency> once = graph.dependencies;
  for (Dependency dependency : once) {
    dependency.stack = another;
    graph.dependencies.push_back(dependency);
  }
  Canonicalise(graph);
  const Analysis analysis = Analyse(graph);
  ASSERT_EQ(analysis.turns.size(), 1u);
  EXPECT_EQ(analysis.turns[0].places.size(), 1u);
}

TEST_F(LockOrderReport, Dot_PaintsTheCycleRedAndPutsItInACluster) {
  RecordDeadlock();
  const RecordedGraph graph = sim.Graph();
  const std::string dot = report::LockOrderDot(graph, Analyse(graph));
  EXPECT_THAT(dot, HasSubstr("subgraph cluster_0"));
  EXPECT_THAT(dot, HasSubstr("n0 -> n1 [label=\"transfer (thread 0.0)\", color=red, penwidth=2"));
}

TEST_F(LockOrderReport, Dot_DashesWhatCannotDeadlock) {
  const Object guard("guard");
  transfer.Nest({&guard, accounts.get(), journal.get()});
  audit.Nest({&guard, journal.get(), accounts.get()});
  const RecordedGraph graph = sim.Graph();
  const std::string dot = report::LockOrderDot(graph, Analyse(graph));
  EXPECT_THAT(dot, HasSubstr("style=dashed"));
  EXPECT_THAT(dot, Not(HasSubstr("color=red")));
}

TEST_F(LockOrderReport, Dot_QuotesNames) {
  const Object odd("a\"b\\c");
  transfer.Nest({accounts.get(), &odd});
  const RecordedGraph graph = sim.Graph();
  EXPECT_THAT(report::LockOrderDot(graph, Analyse(graph)), HasSubstr("\"a\\\"b\\\\c\""));
}

// --- JSON ---

TEST_F(LockOrderReport, Json_ReadBack_IsTheSameGraph) {
  RecordEverything();
  const RecordedGraph graph = sim.Graph();
  ASSERT_FALSE(graph.touches.empty());
  ASSERT_FALSE(graph.signals.empty());
  ASSERT_FALSE(graph.clocks.empty());
  ASSERT_FALSE(graph.occurrences.empty());
  const std::string json = report::LockOrderJson(graph, Analyse(graph));
  const auto read = report::ReadLockOrderJson(json);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, graph);
  EXPECT_EQ(report::LockOrderJson(*read, Analyse(*read)), json);
}

TEST_F(LockOrderReport, Json_OfTheSameEvents_IsTheSameBytes) {
  EXPECT_EQ(JsonOfTwoThreads(false), JsonOfTwoThreads(true));
}

TEST_F(LockOrderReport, Json_Truncated_IsAnErrorAtEveryLength) {
  RecordEverything();
  const std::string json = Json();
  for (std::size_t length = 0; length + 2 < json.size(); length += 37) {
    EXPECT_FALSE(report::ReadLockOrderJson(json.substr(0, length)).ok()) << length;
  }
  const auto status = report::ReadLockOrderJson(json.substr(0, json.size() / 2)).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("line"));
}

TEST_F(LockOrderReport, Json_OfANewerVersion_SaysSo) {
  RecordDeadlock();
  const std::string json = absl::StrReplaceAll(
      Json(), {{"\"version\": 3", "\"version\": 7"}, {"\"frames\":", "\"new thing\":"}});
  const auto status = report::ReadLockOrderJson(json).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("of version 7"));
}

TEST_F(LockOrderReport, Json_OfAnotherFormat_IsAnError) {
  for (const char* text : {"{}", "[]", "42", "null", "{\"format\": \"other\", \"version\": 1}",
                           "[[[[[[1]]]]]]", "{\"format\": 3}"}) {
    const auto status = report::ReadLockOrderJson(text).status();
    EXPECT_THAT(std::string(status.message()), HasSubstr("not a lock-order report")) << text;
  }
}

// Each a damaged report, and where the error must point.
TEST_F(LockOrderReport, Json_ThatContradictsItself_IsAnErrorThatNamesThePlace) {
  RecordEverything();
  const std::string json = Json();
  const struct {
    const char* from;
    const char* to;
    const char* where;
  } cases[] = {
      {"{\"class\":0,", "{\"class\":77,", "locks[0]: class 77 is out of range"},
      {"\"class\":0", "\"class\":-1", "locks[0].class"},
      {"\"class\":0", "\"class\":1.5", "locks[0].class"},
      {"\"class\":0", "\"class\":99999999999", "locks[0].class: number too large"},
      {"\"class\":0", "\"class\":\"x\"", "locks[0].class"},
      {"\"class\":0", "\"colour\":0", "locks[0].colour: unknown member"},
      {"\"signals\"", "\"locks\"", "locks: given twice"},
      {"\"signals\"", "\"sygnals\"", "sygnals"},
      {"\"locks\"", "\"frames\"", "frames[0].class: unknown member"},
      {"\"version\"", "\"wersion\"", "wersion"},
      {"\"kind\":8", "\"kind\":250", "kind: unknown value"},
  };
  for (const auto& damage : cases) {
    std::string damaged = json;
    const std::size_t at = damaged.find(damage.from);
    if (at == std::string::npos) {
      ADD_FAILURE() << "nothing to damage: " << damage.from;
      continue;
    }
    damaged.replace(at, std::string(damage.from).size(), damage.to);
    const auto read = report::ReadLockOrderJson(damaged);
    EXPECT_THAT(std::string(read.status().message()), HasSubstr(damage.where)) << damage.to;
  }
}

TEST_F(LockOrderReport, Json_DeeplyNested_IsAnErrorNotACrash) {
  EXPECT_FALSE(report::ReadLockOrderJson(std::string(2'000'000, '[')).ok());
  EXPECT_FALSE(report::ReadLockOrderJson("{\"format\": \"selvage-lock-order\", \"version\": 1, "
                                         "\"locks\": " +
                                         std::string(500'000, '[') + std::string(500'000, ']') +
                                         "}")
                   .ok());
}

// Whatever is read, or refused, can be analysed and printed without a crash.
TEST_F(LockOrderReport, Json_WithRandomDamage_IsRefusedOrAnalysed) {
  RecordEverything();
  const std::string json = Json();
  std::mt19937 random(1);
  int accepted = 0;
  for (int i = 0; i < 3'000; ++i) {
    std::string damaged = json;
    for (int j = 0; j < 3; ++j) {
      const std::size_t at = random() % damaged.size();
      const char* const digits = "0123456789";
      damaged[at] = damaged[at] >= '0' && damaged[at] <= '9' ? digits[random() % 10] : damaged[at];
    }
    const auto read = report::ReadLockOrderJson(damaged);
    if (!read.ok()) continue;
    ++accepted;
    const Analysis analysis = Analyse(*read);
    EXPECT_FALSE(report::LockOrderText(*read, analysis).empty());
    EXPECT_FALSE(report::LockOrderDot(*read, analysis).empty());
    EXPECT_FALSE(Merge(std::vector<RecordedGraph>{*read, *read}).runs.empty());
  }
  EXPECT_GT(accepted, 0);
}

TEST_F(LockOrderReport, Json_WithNamesThatAreNotUtf8_IsWritten) {
  const Object odd("\xff\xfe");
  transfer.Nest({accounts.get(), &odd});
  EXPECT_TRUE(report::ReadLockOrderJson(Json()).ok());
}

TEST_F(LockOrderReport, File_ThatDoesNotExist_IsNotFound) {
  EXPECT_EQ(report::ReadLockOrderFile("/nonexistent/report.json").status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(LockOrderReport, File_WrittenAndRead_IsTheSame) {
  RecordDeadlock();
  const std::string path = testing::TempDir() + "/lock_order_report_test.json";
  ASSERT_TRUE(report::WriteReportFile(path, Json()).ok());
  const auto read = report::ReadLockOrderFile(path);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, sim.Graph());
  std::remove(path.c_str());
}

}  // namespace
}  // namespace selvage::lockgraph
