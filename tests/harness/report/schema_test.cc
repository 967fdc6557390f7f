// The report and the schema that describes it to others agree.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_replace.h"
#include "selvage/harness/report/lock_order_json.h"
#include "selvage/tests/harness/report/example.h"

namespace selvage::report {
namespace {

using testing::HasSubstr;

constexpr char kBank[] = SELVAGE_TEST_DATA "/bank.json";

TEST(ReportSchema, WrittenReport_IsValid) {
  lockgraph::RecordedGraph graph = Example();
  for (const lockgraph::Cycle& cycle : Analyse(graph).cycles) {
    graph.confirmations.push_back({.fingerprint = cycle.fingerprint, .schedules = 20});
  }
  graph.confirmations.front().replay_token = "sv1-x";
  lockgraph::AnalysisOptions options;
  options.declared.push_back({.classes = {"journal", "accounts"}});
  const lockgraph::Analysis analysis = Analyse(graph, options);
  ASSERT_FALSE(analysis.violations.empty());
  ASSERT_FALSE(analysis.turns.empty());
  ASSERT_FALSE(graph.occurrences.empty());
  EXPECT_EQ(AgainstSchema(SELVAGE_REPORT_SCHEMA, LockOrderJson(graph, analysis)), "");
}

TEST(ReportSchema, KeptReportOfVersion1_IsValidAndStillRead) {
  const auto graph = ReadLockOrderFile(kBank);
  ASSERT_TRUE(graph.ok()) << graph.status();
  const std::string json = LockOrderJson(*graph, Analyse(*graph));
  EXPECT_EQ(AgainstSchema(SELVAGE_REPORT_SCHEMA, json), "");
  EXPECT_EQ(lockgraph::VerdictName(Analyse(*graph).cycles.at(0).verdict), std::string("FEASIBLE"));
}

TEST(ReportSchema, MembersThatTheReaderRefuses_AreInvalid) {
  const lockgraph::RecordedGraph graph = Example();
  const std::string json = LockOrderJson(graph, Analyse(graph));
  const struct {
    const char* from;
    const char* to;
  } damages[] = {{"\"class\":0", "\"colour\":0"},
                 {"\"class\":0", "\"class\":-1"},
                 {"\"version\": 3", "\"version\": 4"},
                 {"\"signals\":", "\"sygnals\":"},
                 {"\"kind\":8", "\"kind\":250"}};
  for (const auto& damage : damages) {
    const std::string damaged = absl::StrReplaceAll(json, {{damage.from, damage.to}});
    EXPECT_FALSE(ReadLockOrderJson(damaged).ok()) << damage.to;
    EXPECT_NE(AgainstSchema(SELVAGE_REPORT_SCHEMA, damaged), "") << damage.to;
  }
}

}  // namespace
}  // namespace selvage::report
