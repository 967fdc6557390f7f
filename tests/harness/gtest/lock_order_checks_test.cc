// A test binary that checks lock orders, as its user sees it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/report/lock_order_json.h"
#include "selvage/tests/shell.h"

namespace selvage {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class LockOrderChecks : public testing::Test {
 protected:
  LockOrderChecks() { std::filesystem::create_directories(directory_); }
  ~LockOrderChecks() override { std::filesystem::remove_all(directory_); }

  Ran RunChild(const std::string& arguments, const std::string& environment = "") {
    return RunInShell("cd '" + directory_ + "' && env -u GTEST_OUTPUT " + environment +
                      " '" SELVAGE_CHILD "' " + arguments);
  }

  lockgraph::RecordedGraph Report(const std::string& name) {
    auto graph = report::ReadLockOrderFile(directory_ + "/" + name);
    EXPECT_TRUE(graph.ok()) << graph.status();
    return graph.ok() ? *graph : lockgraph::RecordedGraph();
  }

  bool Names(const lockgraph::RecordedGraph& graph, const std::string& name) {
    for (const lockgraph::LockClass& known : graph.classes) {
      if (known.name == name) return true;
    }
    return false;
  }

  // A baseline with one line for the child's cycle.
  void WriteBaseline(const std::string& expires) {
    RunChild("--selvage_lock_order=all.json");
    const lockgraph::Analysis analysis = lockgraph::Analyse(Report("all.json"));
    ASSERT_EQ(analysis.cycles.size(), 1u);
    std::ofstream(directory_ + "/baseline")
        << analysis.cycles[0].fingerprint << " ann " << expires << " known since ever\n";
  }

  const std::string directory_ =
      testing::TempDir() + "/selvage_lock_order_checks." + std::to_string(getpid());
};

TEST_F(LockOrderChecks, Cycle_FailsTheTestInWhichItWasFirstSeenAndNoOther) {
  const Ran run = RunChild("");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, AllOf(HasSubstr("[  FAILED  ] Bank.TransfersBothWays ("),
                                HasSubstr("FEASIBLE"), HasSubstr("accounts: Lock"),
                                HasSubstr("[       OK ] Bank.TransfersBothWaysAgain"),
                                HasSubstr("[       OK ] Bank.Opens")));
}

TEST_F(LockOrderChecks, NoCycle_NothingFails) {
  EXPECT_EQ(RunChild("--gtest_filter=Bank.Opens").exit_code, 0);
}

TEST_F(LockOrderChecks, Report_HasOrdinaryThreadsAndExplorations) {
  RunChild("--selvage_lock_order=report.json");
  const lockgraph::RecordedGraph graph = Report("report.json");
  EXPECT_TRUE(Names(graph, "accounts"));
  EXPECT_TRUE(Names(graph, "outer"));
}

TEST_F(LockOrderChecks, ReportIntoADirectory_IsCalledAfterTheBinary) {
  RunChild("", "SELVAGE_LOCK_ORDER=./");
  EXPECT_TRUE(Names(Report("selvage_lock_order_child.lock_order.json"), "accounts"));
}

TEST_F(LockOrderChecks, AcceptedCycle_FailsNothing) {
  WriteBaseline("2999-12-31");
  const Ran run = RunChild("--selvage_baseline=baseline");
  EXPECT_EQ(run.exit_code, 0) << run.output;
}

TEST_F(LockOrderChecks, ExpiredEntry_FailsTheProgram) {
  WriteBaseline("2001-01-01");
  const Ran run = RunChild("--selvage_baseline=baseline");
  EXPECT_EQ(run.exit_code, 1) << run.output;
  EXPECT_THAT(run.output, AllOf(HasSubstr("has expired on 2001-01-01"), HasSubstr("of ann")));
}

TEST_F(LockOrderChecks, EntryOfACycleThatIsGone_FailsTheProgramIfAllTestsWereRun) {
  std::ofstream(directory_ + "/baseline") << "0123456789abcdef ann 2999-12-31 gone\n";
  const Ran all = RunChild("--selvage_baseline=baseline");
  EXPECT_EQ(all.exit_code, 1);
  EXPECT_THAT(all.output, HasSubstr("0123456789abcdef of ann is no longer found"));
  const Ran some = RunChild("--selvage_baseline=baseline --gtest_filter=Bank.Opens");
  EXPECT_EQ(some.exit_code, 0) << some.output;
}

TEST_F(LockOrderChecks, BaselineThatCannotBeRead_EndsWithExitCode2AndSaysWhere) {
  EXPECT_EQ(RunChild("--selvage_baseline=missing").exit_code, 2);
  std::ofstream(directory_ + "/baseline") << "nonsense\n";
  const Ran run = RunChild("--selvage_baseline=baseline");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.output, AllOf(HasSubstr("line 1"), Not(HasSubstr("[ RUN "))));
}

TEST_F(LockOrderChecks, ReportThatCannotBeWritten_FailsTheProgramThoughAllTestsPass) {
  const Ran run = RunChild("--selvage_lock_order=missing/report.json --gtest_filter=Bank.Opens");
  EXPECT_EQ(run.exit_code, 3) << run.output;
  EXPECT_THAT(run.output, AllOf(HasSubstr("[  PASSED  ] 1 test."),
                                HasSubstr("the lock-order report cannot be written: "),
                                Not(HasSubstr("written to"))));
}

// That of GoogleTest itself.
TEST_F(LockOrderChecks, FlagInABinaryWithAnotherMain_DoesTheSame) {
  const Ran run = RunInShell("cd '" + directory_ +
                             "' && env -u GTEST_OUTPUT '" SELVAGE_OTHER_MAIN
                             "' --selvage_lock_order=other.json");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, AllOf(HasSubstr("[  FAILED  ] Bank.TransfersBothWays ("),
                                HasSubstr("[       OK ] Bank.TransfersBothWaysAgain")));
  EXPECT_TRUE(Names(Report("other.json"), "accounts"));
  EXPECT_TRUE(Names(Report("other.json"), "outer"));
}

TEST_F(LockOrderChecks, BinaryWithAnotherMainAndNoFlag_ChecksNothing) {
  const Ran run = RunInShell("env -u GTEST_OUTPUT '" SELVAGE_OTHER_MAIN "'");
  EXPECT_EQ(run.exit_code, 0) << run.output;
}

TEST_F(LockOrderChecks, WrongFlag_EndsWithExitCode2AndSuggestsTheNearestOne) {
  const Ran run = RunChild("--selvage_baselin=baseline");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.output, HasSubstr("did you mean --selvage_baseline?"));
}

}  // namespace
}  // namespace selvage
