// However a program ends, it leaves a report, and ends as it would have without one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/report/lock_order_json.h"
#include "selvage/harness/tsan/annotations.h"
#include "selvage/tests/shell.h"

extern "C" __attribute__((weak)) int __asan_address_is_poisoned(const volatile void* address);

namespace selvage::lockgraph {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

class Endings : public testing::Test {
 protected:
  Endings() {
    // A shell in the background ignores it, and so would all its programs.
    signal(SIGINT, SIG_DFL);
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  ~Endings() override { std::filesystem::remove_all(directory_); }

  // A shell puts 128 + SIGNAL in the place of a signal; exec leaves none in between.
  Ran Run(const std::string& way, const std::string& report = "report.json",
          const std::string& more = "") {
    return Shell("SELVAGE_LOCK_ORDER=" + report + " " + more + " '" SELVAGE_ENDING_CHILD "' " +
                 way);
  }
  Ran Shell(const std::string& command) {
    return RunInShell("cd '" + directory_ + "' && ulimit -c 0 && " + command);
  }

  RecordedGraph Report(const std::string& name = "report.json") {
    auto graph = report::ReadLockOrderFile(directory_ + "/" + name);
    EXPECT_TRUE(graph.ok()) << graph.status();
    return graph.ok() ? *graph : RecordedGraph();
  }
  static std::string Strongest(const RecordedGraph& graph) {
    const Analysis analysis = Analyse(graph);
    if (analysis.cycles.empty()) return "none";
    return std::string(VerdictName(analysis.cycles[0].verdict)) + ": " + analysis.cycles[0].reason;
  }
  static bool Names(const RecordedGraph& graph, const std::string& name) {
    for (const LockClass& known : graph.classes) {
      if (known.name == name) return true;
    }
    return false;
  }
  std::vector<std::string> Files() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  // The program ends with `exit_code`, says what it found, and leaves a report that says how it
  // ended.
  void ExpectReport(const std::string& way, int exit_code, const std::string& ended) {
    const Ran ran = Run(way);
    EXPECT_EQ(ran.exit_code, exit_code) << ran.output;
    EXPECT_THAT(ran.output, AllOf(HasSubstr("FEASIBLE"), HasSubstr("report written to /")));
    const RecordedGraph graph = Report();
    EXPECT_THAT(Strongest(graph), StartsWith("FEASIBLE"));
    ASSERT_THAT(graph.runs, SizeIs(1));
    EXPECT_THAT(graph.runs[0].ended, StartsWith(ended));
    EXPECT_EQ(graph.runs[0].unfinished_since, "");
  }

  const std::string directory_ = testing::TempDir() + "/endings_" +
                                 testing::UnitTest::GetInstance()->current_test_info()->name() +
                                 "." + std::to_string(getpid());
};

TEST_F(Endings, OfExit_LeavesAReport) { ExpectReport("exit", 0, "exit"); }
TEST_F(Endings, OfUnderscoreExit_LeavesAReport) { ExpectReport("_exit", 5, "_exit"); }
TEST_F(Endings, OfUnderscoreCapitalExit_LeavesAReport) { ExpectReport("_Exit", 5, "_Exit"); }
TEST_F(Endings, OfQuickExit_LeavesAReport) { ExpectReport("quick_exit", 5, "quick_exit"); }
TEST_F(Endings, OfAbort_LeavesAReport) { ExpectReport("abort", 128 + SIGABRT, "signal 6"); }
TEST_F(Endings, OfAnUncaughtException_LeavesAReport) {
  ExpectReport("exception", 128 + SIGABRT, "signal 6");
}
TEST_F(Endings, BySigterm_LeavesAReport) { ExpectReport("SIGTERM", 128 + SIGTERM, "signal 15"); }
TEST_F(Endings, BySigint_LeavesAReport) { ExpectReport("SIGINT", 128 + SIGINT, "signal 2"); }

// A sanitizer handles these itself, and ends the program in its own way.
TEST_F(Endings, ByAFault_LeavesAReport) {
  const Ran without = Shell("'" SELVAGE_ENDING_CHILD "' fault");
  ExpectReport("fault", without.exit_code, "signal 11");
}
TEST_F(Endings, BySigsegvFromOutside_LeavesAReport) {
  const Ran without = Shell("'" SELVAGE_ENDING_CHILD "' SIGSEGV");
  ExpectReport("SIGSEGV", without.exit_code, "signal 11");
}

TEST_F(Endings, BySelfDeadlock_LeavesAReportWithTheDeadlock) {
  const Ran ran = Run("self_deadlock");
  EXPECT_EQ(ran.exit_code, 128 + SIGABRT) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("OCCURRED: main"));
  EXPECT_THAT(Strongest(Report()), HasSubstr("asks for accounts, which it holds"));
}
TEST_F(Endings, AfterACaughtSelfDeadlock_LeaveAReportWithTheDeadlock) {
  EXPECT_EQ(Run("caught_self_deadlock").exit_code, 0);
  EXPECT_THAT(Strongest(Report()), StartsWith("OCCURRED"));
}

TEST_F(Endings, ByAHandlerOfTheProgram_AreAsItSays) {
  const Ran ran = Run("own_handler");
  EXPECT_EQ(ran.exit_code, 7) << ran.output;
  EXPECT_THAT(Strongest(Report()), StartsWith("FEASIBLE"));
}
TEST_F(Endings, IgnoredSignal_EndsNothing) {
  EXPECT_EQ(Run("ignored_signal").exit_code, 0);
  EXPECT_EQ(Report().runs[0].ended, "exit");
}

// The report of a process that is killed is there before that, and says that more is missing.
TEST_F(Endings, ByKill_LeaveWhatWasRecordedAndSayHowOldItIs) {
  const Ran ran = Shell("{ SELVAGE_LOCK_ORDER=report.json '" SELVAGE_ENDING_CHILD
                        "' wait_for_signal & child=$!; "
                        "while ! [ -e report.json ]; do :; done; kill -9 $child; wait $child; }");
  EXPECT_EQ(ran.exit_code, 128 + SIGKILL) << ran.output;
  const RecordedGraph graph = Report();
  EXPECT_THAT(Strongest(graph), StartsWith("FEASIBLE"));
  EXPECT_THAT(graph.runs[0].unfinished_since, HasSubstr("T"));
  EXPECT_EQ(graph.runs[0].ended, "");
}

// --- Where it goes ---

TEST_F(Endings, RelativePath_IsResolvedAtTheStart) {
  EXPECT_EQ(Run("change_directory").exit_code, 0);
  EXPECT_THAT(Strongest(Report()), StartsWith("FEASIBLE"));
}

TEST_F(Endings, ReportThatCannotBeWritten_IsOneLineAndAnExitCode) {
  const Ran ran = Run("exit", "none/report.json");
  EXPECT_EQ(ran.exit_code, 3) << ran.output;
  EXPECT_THAT(ran.output,
              AllOf(HasSubstr("selvage: the lock-order report cannot be written: cannot create "),
                    HasSubstr("none/report.json"), Not(HasSubstr("written to"))));
  EXPECT_EQ(Run("_exit", "none/report.json").exit_code, 5);
}
TEST_F(Endings, ReportThatCannotBeWrittenAndNeedNot_LeavesTheExitCode) {
  const Ran ran = Run("exit", "none/report.json", "SELVAGE_LOCK_ORDER_OPTIONAL=1");
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("cannot be written"));
}

TEST_F(Endings, SecondProgram_DoesNotReplaceTheReportOfTheFirst) {
  Run("exit");
  const std::string copy = "cp '" SELVAGE_ENDING_CHILD "' second && ";
  const Ran ran = Shell(copy + "SELVAGE_LOCK_ORDER=report.json ./second exit");
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("report.json is the report of another program"));
  EXPECT_THAT(Report().runs[0].program, HasSubstr("ending_child"));
  EXPECT_THAT(Report("report.second.json").runs[0].program, HasSubstr("/second"));
}
TEST_F(Endings, SameProgramAgain_ReplacesItsReport) {
  Run("exit");
  Run("abort");
  EXPECT_THAT(Files(), testing::ElementsAre("report.json"));
  EXPECT_THAT(Report().runs[0].ended, StartsWith("signal 6"));
}

// --- Forks and libraries ---

// In a child nobody has what the other thread owned: a leak check would complain of it.
TEST_F(Endings, ForkedChildrenWhileAnotherThreadRecords_NeitherHangNorFail) {
  const Ran ran = Run("fork_while_recording", "report.%p.json", "ASAN_OPTIONS=detect_leaks=0");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.output, HasSubstr("0 children failed"));
  EXPECT_THAT(Files(), SizeIs(21));
}
// Without recording they make named locks, too.
TEST_F(Endings, ForkedChildrenWithoutRecording_NeitherHangNorFail) {
  const Ran ran =
      Shell("ASAN_OPTIONS=detect_leaks=0 '" SELVAGE_ENDING_CHILD "' fork_while_recording");
  EXPECT_THAT(ran.output, HasSubstr("0 children failed"));
}
TEST_F(Endings, ParentAndChild_HaveReportsOfTheirOwn) {
  EXPECT_EQ(Run("fork_once").exit_code, 0);
  const std::vector<std::string> files = Files();
  ASSERT_THAT(files, SizeIs(2));
  EXPECT_FALSE(Names(Report(), "of the child"));
  EXPECT_TRUE(Names(Report(files[0] == "report.json" ? files[1] : files[0]), "of the child"));
}
TEST_F(Endings, ChildThatRecordsNothing_HasNoReport) {
  EXPECT_EQ(Run("fork_for_nothing").exit_code, 0);
  EXPECT_THAT(Files(), testing::ElementsAre("report.json"));
  EXPECT_EQ(Report().runs[0].ended, "exit");
}
// TSan keeps a signal back until the thread calls a function that TSan intercepts; a thread that
// waits in the harness calls none.
#define SELVAGE_SKIP_WHERE_SIGNALS_WAIT() \
  if (tsan::Present()) GTEST_SKIP() << "ThreadSanitizer keeps signals back"

TEST_F(Endings, ChildThatIsTerminated_HasAReportOfItsOwn) {
  SELVAGE_SKIP_WHERE_SIGNALS_WAIT();
  if (&__asan_address_is_poisoned != nullptr) {
    GTEST_SKIP() << "a copy of a forked child does not get to writing under AddressSanitizer";
  }
  const Ran ran = Run("fork_and_terminate");
  EXPECT_THAT(ran.output, HasSubstr("the child ended by signal 15"));
  EXPECT_THAT(Files(), SizeIs(2));
}
TEST_F(Endings, ChildOfVfork_WritesNothing) {
  EXPECT_EQ(Run("vfork").exit_code, 0);
  EXPECT_EQ(Report().runs[0].ended, "exit");
}

TEST_F(Endings, LibraryThatWasClosed_IsInTheReport) {
  const Ran ran = Run("close_library");
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  EXPECT_TRUE(Names(Report(), "of the library"));
}

// --- Short-lived locks ---

TEST_F(Endings, MillionShortLivedLocks_AreASmallReportWithTheCycleOfTheLastOne) {
  const Ran ran = Run("short_lived");
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  EXPECT_LT(std::filesystem::file_size(directory_ + "/report.json"), 100'000u);
  EXPECT_THAT(Strongest(Report()), StartsWith("ORDERED"));
}

// --- Threads that wait for ever ---

class Standstills : public Endings {
 protected:
  void ExpectEnd(const std::string& way, const std::string& reason) {
    const Ran ran = Run(way);
    EXPECT_EQ(ran.exit_code, 1) << ran.output;
    EXPECT_THAT(ran.output, HasSubstr("OCCURRED: " + reason));
    EXPECT_THAT(Strongest(Report()), StartsWith("OCCURRED: " + reason));
  }
  void ExpectNone(const std::string& way) {
    const Ran ran = Run(way);
    EXPECT_EQ(ran.exit_code, 0) << ran.output;
    EXPECT_THAT(ran.output, HasSubstr("done"));
    EXPECT_EQ(Strongest(Report()), "none");
  }
};

TEST_F(Standstills, ForACondition_EndWithAReport) {
  ExpectEnd("condition", "all two threads wait");
}
TEST_F(Standstills, ForABarrier_EndWithAReport) { ExpectEnd("barrier", "all two threads wait"); }
TEST_F(Standstills, ForAQueue_EndWithAReport) { ExpectEnd("queue", "all two threads wait"); }
TEST_F(Standstills, ForAnEvent_EndWithAReport) {
  ExpectEnd("event", "the only thread waits for event");
}
TEST_F(Standstills, ForAFutureOfAFullPool_EndWithAReport) {
  ExpectEnd("future", "all three threads wait");
}
TEST_F(Standstills, ForALockWhoseOwnerHasEnded_EndWithAReport) {
  ExpectEnd("ended_owner", "waiter (thread 0.1) waits for lock, and owner (thread 0.0) ended");
}
TEST_F(Standstills, ForALockWhoseOwnerHasEnded_EndWithAReportWhateverOthersDo) {
  ExpectEnd("ended_owner_beside_others", "waiter (thread 0.1) waits for lock, and owner");
}
TEST_F(Standstills, ThatAThreadUnknownToTheRecorderEnds_AreNone) { ExpectNone("stranger"); }
TEST_F(Standstills, ThatASleepingThreadEnds_AreNone) { ExpectNone("sleeper"); }
// What is said after a while ends nothing: whoever is not known may still act.
TEST_F(Standstills, ThatLast_AreToldWithWhoWaitsAndWhoMayStillWakeThem) {
  const Ran ran =
      Shell("mkfifo told && exec 3<>told && SELVAGE_LOCK_ORDER=report.json '" SELVAGE_ENDING_CHILD
            "' told_stranger <told 2>&1 | while IFS= read -r line; do echo \"$line\"; "
            "case \"$line\" in *'may still wake them'*) echo go >told;; esac; done");
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  EXPECT_THAT(
      ran.output,
      AllOf(HasSubstr("every recorded thread has waited for 10 seconds, without a deadline"),
            HasSubstr("waits for Event 'event' at "),
            HasSubstr("1 other thread of the process may still wake them"), HasSubstr("done")));
  EXPECT_EQ(Strongest(Report()), "none");
}

TEST_F(Standstills, ThatADeadlineEnds_AreNone) { ExpectNone("deadline"); }
TEST_F(Standstills, ThatASignalHandlerEnds_AreNone) {
  SELVAGE_SKIP_WHERE_SIGNALS_WAIT();
  ExpectNone("handler");
}

TEST_F(Endings, ThreadThatEndsWhileItHoldsALock_IsReported) {
  const Ran ran = Run("end_while_holding");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.output, AllOf(HasSubstr("HAZARD: owner (thread 0.0) ended while it held left"),
                                HasSubstr("took left at "), Not(HasSubstr("asks for left"))));
}
TEST_F(Endings, LockThatIsDestroyedWhileHeld_IsReported) {
  EXPECT_THAT(Run("destroy_while_held").output,
              HasSubstr("HAZARD: doomed was destroyed while main"));
}

}  // namespace
}  // namespace selvage::lockgraph
