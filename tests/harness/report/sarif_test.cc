// SARIF as code scanning reads it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "selvage/harness/report/lock_order_sarif.h"
#include "selvage/tests/harness/report/example.h"

namespace selvage::report {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr char kSchema[] = SELVAGE_TEST_DATA "/sarif-2.1.0-rtm.5.json";

class SarifReport : public testing::Test {
 protected:
  std::string Text(const LockOrderSarifOptions& options = {}) {
    return LockOrderSarif(graph, analysis, options);
  }
  // The result of the first cycle with that verdict.
  json Result(const std::string& verdict, const LockOrderSarifOptions& options = {}) {
    const json log = json::parse(Text(options));
    for (const json& result : log["runs"][0]["results"]) {
      if (result["ruleId"] == verdict) return result;
    }
    return {};
  }
  const lockgraph::Cycle& Feasible() {
    return *std::find_if(analysis.cycles.begin(), analysis.cycles.end(), [](const auto& cycle) {
      return cycle.verdict == lockgraph::Verdict::kFeasible;
    });
  }

  lockgraph::RecordedGraph graph = Example();
  lockgraph::Analysis analysis = Analyse(graph);
};

TEST_F(SarifReport, IsValidByThePublicSchema) { EXPECT_EQ(AgainstSchema(kSchema, Text()), ""); }

TEST_F(SarifReport, WithBaselineAndViolations_IsValidByThePublicSchema) {
  lockgraph::AnalysisOptions declared;
  declared.declared.push_back({.classes = {"journal", "accounts"}});
  analysis = Analyse(graph, declared);
  LockOrderSarifOptions options;
  options.accepted.push_back({.fingerprint = Feasible().fingerprint,
                              .owner = "bank",
                              .expires = absl::CivilDay(2999, 1, 1),
                              .reason = "is being mended"});
  options.baseline = Compare(options.accepted, analysis, absl::CivilDay(2026, 1, 1));
  EXPECT_THAT(Text(options), HasSubstr("DECLARED_ORDER"));
  EXPECT_EQ(AgainstSchema(kSchema, Text(options)), "");
}

TEST_F(SarifReport, OfNothing_IsValidByThePublicSchema) {
  graph = lockgraph::Simulation().Graph();
  analysis = Analyse(graph);
  EXPECT_EQ(AgainstSchema(kSchema, Text()), "");
}

TEST_F(SarifReport, HasAResultForEachCycle) {
  const json log = json::parse(Text());
  EXPECT_EQ(log["runs"][0]["results"].size(), analysis.cycles.size());
}

TEST_F(SarifReport, HasAThreadFlowForEachThreadInTheOrderOfADeadlock) {
  const json flows = Result("FEASIBLE")["codeFlows"][0]["threadFlows"];
  ASSERT_EQ(flows.size(), 2u);
  EXPECT_EQ(flows[0]["id"], "transfer (thread 0.0)");
  EXPECT_EQ(flows[0]["locations"][0]["location"]["message"]["text"], "takes accounts");
  EXPECT_EQ(flows[0]["locations"][0]["executionOrder"], 1);
  EXPECT_EQ(flows[1]["locations"][0]["executionOrder"], 2);
  EXPECT_EQ(flows[0]["locations"][1]["location"]["message"]["text"], "asks for journal");
  EXPECT_EQ(flows[0]["locations"][1]["executionOrder"], 3);
}

TEST_F(SarifReport, HasTheFingerprintAndThePlace) {
  const json result = Result("FEASIBLE");
  EXPECT_EQ(result["partialFingerprints"]["selvageLockOrder/v1"], Feasible().fingerprint);
  const json place = result["locations"][0]["physicalLocation"];
  EXPECT_EQ(place["artifactLocation"]["uri"], "file:///src/transfer.cc");
  EXPECT_EQ(place["region"]["startLine"], 2);
}

TEST_F(SarifReport, FailingIsAnErrorAndHarmlessIsInformational) {
  EXPECT_EQ(Result("FEASIBLE")["level"], "error");
  EXPECT_EQ(Result("GUARDED")["kind"], "informational");
  EXPECT_EQ(Result("GUARDED")["level"], "none");
}

TEST_F(SarifReport, AcceptedIsUnchangedAndSuppressedWithItsReason) {
  LockOrderSarifOptions options;
  options.accepted.push_back({.fingerprint = Feasible().fingerprint,
                              .owner = "bank",
                              .expires = absl::CivilDay(2999, 1, 1),
                              .reason = "is being mended"});
  options.baseline = Compare(options.accepted, analysis, absl::CivilDay(2026, 1, 1));
  const json result = Result("FEASIBLE", options);
  EXPECT_EQ(result["baselineState"], "unchanged");
  EXPECT_EQ(result["suppressions"][0]["justification"], "is being mended (bank, until 2999-01-01)");
}

TEST_F(SarifReport, NotAcceptedIsNew) {
  LockOrderSarifOptions options;
  options.baseline = Compare({}, analysis, absl::CivilDay(2026, 1, 1));
  EXPECT_EQ(Result("FEASIBLE", options)["baselineState"], "new");
}

TEST_F(SarifReport, NamesTheVersionThatWroteIt) {
  const json driver = json::parse(Text())["runs"][0]["tool"]["driver"];
  EXPECT_THAT(driver["version"].get<std::string>(),
              testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_EQ(driver["semanticVersion"], driver["version"]);
}

TEST_F(SarifReport, StacksHaveNoFramesOfLibraries) {
  const auto user = static_cast<lockgraph::FrameIndex>(graph.frames.size());
  graph.frames.push_back({.function = "Bank::Audit()", .file = "/src/audit.cc", .line = 5});
  graph.frames.push_back({.function = "std::lock_guard<Lock>::lock_guard(Lock&)",
                          .file = "/usr/include/c++/12/bits/std_mutex.h",
                          .line = 229});
  const auto stack = static_cast<lockgraph::StackIndex>(graph.stacks.size());
  graph.stacks.push_back({user + 1, user});
  for (lockgraph::Dependency& dependency : graph.dependencies) dependency.stack = stack;
  analysis = Analyse(graph);
  EXPECT_THAT(Text(), HasSubstr("audit.cc"));
  EXPECT_THAT(Text(), Not(HasSubstr("std_mutex.h")));
}

TEST_F(SarifReport, PathsAreUris) {
  graph.frames.at(0).file = "/src/a b%c#d.cc";
  EXPECT_THAT(Text(), HasSubstr("file:///src/a%20b%25c%23d.cc"));
}

// As compilers write them that were called with a relative path.
TEST_F(SarifReport, RelativePathsOfDeclarations_AreBelowTheRootOrWhereTheDebugInformationHasThem) {
  const lockgraph::CyclePart& part = Feasible().parts[0];
  std::string& declared = graph.classes[graph.locks[part.holds].lock_class].file;
  const auto artifact = [&](const char* path) {
    declared = path;
    EXPECT_EQ(AgainstSchema(kSchema, Text()), "");
    return Result("FEASIBLE")["relatedLocations"][0]["physicalLocation"]["artifactLocation"];
  };
  const json below = {{"uri", "bank/accounts.cc"}, {"uriBaseId", "%SRCROOT%"}};
  EXPECT_EQ(artifact("bank/accounts.cc"), below);
  EXPECT_EQ(artifact("../../bank/./accounts.cc"), below);
  EXPECT_EQ(artifact((std::filesystem::current_path() / "bank/accounts.cc").c_str()), below);
  EXPECT_EQ(artifact("/else/where/../accounts.cc"), (json{{"uri", "file:///else/accounts.cc"}}));
  graph.frames.at(0).file = "/src/bank/accounts.cc";
  EXPECT_EQ(artifact("../bank/accounts.cc"), (json{{"uri", "file:///src/bank/accounts.cc"}}));
}

TEST_F(SarifReport, OfTheSameInput_IsTheSameBytes) { EXPECT_EQ(Text(), Text()); }

TEST_F(SarifReport, HasNoAddresses) { EXPECT_THAT(Text(), Not(HasSubstr("0x"))); }

}  // namespace
}  // namespace selvage::report
