#include "selvage/harness/gtest/test.h"

#include <gtest/gtest-spi.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "selvage/harness/crash/interruption.h"
#include "selvage/harness/gtest/skip.h"
#include "selvage/harness/gtest/startup.h"
#include "selvage/harness/lockgraph/environment.h"
#include "selvage/harness/report/lock_order_json.h"
#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/schedule/token.h"
#include "selvage/harness/settings/command_line.h"
#include "selvage/harness/settings/settings.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage {
namespace {

std::string TestName() {
  const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
  return test == nullptr ? "explore" : absl::StrCat(test->test_suite_name(), ".", test->name());
}

std::string Indented(const std::string& text) {
  std::string indented = "    ";
  for (const char c : text) {
    indented += c;
    if (c == '\n') indented += "    ";
  }
  while (!indented.empty() && (indented.back() == ' ' || indented.back() == '\n')) {
    indented.pop_back();
  }
  return indented + "\n";
}

std::string FileName(const char* path) {
  const std::string file = path == nullptr ? "unknown file" : path;
  return file.substr(file.rfind('/') + 1);
}

// While one lives, assertions that fail in tasks are faults of their schedule instead of failures
// of the test. Those that fail elsewhere are kept by the base class.
class AssertionsOfTasks : public testing::ScopedFakeTestPartResultReporter {
 public:
  AssertionsOfTasks(testing::TestPartResultArray* elsewhere, Skip& skip)
      : ScopedFakeTestPartResultReporter(INTERCEPT_ALL_THREADS, elsewhere), skip_(skip) {}

  void ReportTestPartResult(const testing::TestPartResult& result) override {
    runtime::Task* task = runtime::CurrentTask();
    if (task == nullptr) {
      ScopedFakeTestPartResultReporter::ReportTestPartResult(result);
    } else if (result.failed()) {
      const tsan::IgnoreScope unseen;
      task->scheduler().Report(
          *task, FindingKind::kFailedExpectation,
          absl::StrCat("assertion at ", FileName(result.file_name()), ":", result.line_number()), 0,
          Indented(result.message()));
    } else if (result.skipped()) {
      const tsan::IgnoreScope unseen;
      skip_.Note(result);
    }
  }

 private:
  Skip& skip_;
};

// Ends the process by a signal that has come in the running test, once GoogleTest has written its
// reports. The tests that are left are not run.
class EndBySignal : public testing::EmptyTestEventListener {
 public:
  explicit EndBySignal(int number) : number_(number) {}

  // At the end of a test its object restores the flags.
  void OnTestEnd(const testing::TestInfo&) override { GTEST_FLAG_SET(fail_fast, true); }

  void OnTestProgramEnd(const testing::UnitTest&) override {
    std::fflush(nullptr);
    kill(getpid(), number_);
  }

 private:
  const int number_;
};
// The first skip ends the exploration.
Options UntilSkipped(Options options, const Skip& skip) {
  options.on_schedule = [&skip, asked = options.on_schedule](std::uint64_t schedules) {
    return !skip.noted() && (!asked || asked(schedules));
  };
  return options;
}

// In GoogleTest's XML and JSON.
void RecordProperties(const Result& result) {
  const auto record = [](const char* name, const std::string& value) {
    testing::Test::RecordProperty(std::string("selvage_") + name, value);
  };
  record("schedules", std::to_string(result.schedules));
  record("failing", std::to_string(result.failing));
  record("exhausted", result.exhausted ? "true" : "false");
  record("behaviours", std::to_string(result.behaviours));
  if (result.new_behaviour >= 0) record("new_behaviour", absl::StrCat(result.new_behaviour));
  record("strategy", result.strategy.empty() ? "replay" : result.strategy);
  record("seconds", absl::StrCat(std::chrono::duration<double>(result.duration).count()));
  if (!result.warnings.empty()) record("warnings", absl::StrJoin(result.warnings, "\n"));
}

// What a pass is.
void PrintPass(const Result& result) {
  if (settings::Quiet() || GTEST_FLAG_GET(brief)) return;
  std::printf("[  SELVAGE ] %s\n", result.Line().c_str());
  for (const std::string& warning : result.warnings) {
    std::printf("[  SELVAGE ] warning: %s\n", warning.c_str());
  }
  std::fflush(stdout);
}

std::string ReplayCommand(const std::string& test) {
  return absl::StrCat(
      settings::ProgramWord(), " ", settings::ShellWord("--gtest_filter=" + test),
      test.find("DISABLED_") == std::string::npos ? "" : " --gtest_also_run_disabled_tests",
      " --selvage_replay={token}");
}

}  // namespace

Options TestOptions(Options options) {
  LinkStartup();
  absl::Status status = settings::Apply(options);
  if (!status.ok()) ExitForUsage(std::string(status.message()));
  options.overridable = false;
  options.name = TestName();
  if (options.replay_command.empty()) options.replay_command = ReplayCommand(options.name);
  if (!options.replay.empty()) {
    const auto token = schedule::DecodeToken(options.replay);
    status = token.ok() ? schedule::CheckTokenFor(*token, options.name) : token.status();
    if (!status.ok()) ExitForUsage(std::string(status.message()));
  }
  return options;
}

void RunTest(const std::function<void()>& body, const Options& options, const char* file,
             int line) {
  testing::TestPartResultArray elsewhere;
  Skip skip;
  Result result;
  crash::InterruptionScope interruption;
  {
    const AssertionsOfTasks reporter(&elsewhere, skip);
    Options with_report = UntilSkipped(options, skip);
    with_report.lock_order_report = options.lock_order_report || lockgraph::ReportIsWanted();
    result = Explore(body, with_report);
  }
  if (lockgraph::ReportIsWanted() && !result.lock_order.empty()) {
    lockgraph::AddToReport(*report::ReadLockOrderJson(result.lock_order));
  }
  for (int i = 0; i < elsewhere.size(); ++i) {
    const testing::TestPartResult& failure = elsewhere.GetTestPartResult(i);
    if (failure.failed()) {
      ADD_FAILURE_AT(failure.file_name(), failure.line_number()) << failure.message();
    }
  }
  RecordProperties(result);
  if (!result.ok()) {
    ADD_FAILURE_AT(file, line) << result.Text();
  } else if (skip.noted()) {
    skip.SkipTest();
  } else {
    PrintPass(result);
  }
  if (const int number = interruption.Take()) {
    testing::UnitTest::GetInstance()->listeners().Append(new EndBySignal(number));
  }
}

}  // namespace selvage
