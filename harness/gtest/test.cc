#include "selvage/harness/gtest/test.h"

#include <gtest/gtest-spi.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "selvage/harness/crash/interruption.h"
#include "selvage/harness/gtest/settings.h"
#include "selvage/harness/interpose/native_mutex.h"
#include "selvage/harness/interpose/signal_handler.h"
#include "selvage/harness/lockgraph/environment.h"
#include "selvage/harness/report/lock_order_json.h"
#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/schedule/token.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage {
namespace {

constexpr int kExitCodeUsage = 2;

[[noreturn]] void ExitForUsage(const absl::Status& status) {
  std::fprintf(stderr, "selvage: %s\n", std::string(status.message()).c_str());
  std::_Exit(kExitCodeUsage);
}

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
  explicit AssertionsOfTasks(testing::TestPartResultArray* elsewhere)
      : ScopedFakeTestPartResultReporter(INTERCEPT_ALL_THREADS, elsewhere) {}

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
    }
  }
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

}  // namespace

Options TestOptions(Options options) {
  const std::vector<std::string> arguments = ProcessArguments();
  absl::Status status = ApplyEnvironment(options);
  if (status.ok()) status = ApplyArguments(arguments, options);
  if (!status.ok()) ExitForUsage(status);
  options.name = TestName();
  options.replay_command =
      absl::StrCat(arguments.empty() ? "<program>" : arguments[0], " --gtest_filter=", options.name,
                   " --selvage_replay={token}");
  if (!options.replay.empty()) {
    const auto token = schedule::DecodeToken(options.replay);
    status = token.ok() ? schedule::CheckTokenFor(*token, options.name) : token.status();
    if (!status.ok()) ExitForUsage(status);
  }
  return options;
}

void RunTest(const std::function<void()>& body, const Options& options, const char* file,
             int line) {
  // GoogleTest locks a mutex while it takes the failure of a task in.
  interpose::LinkNativeMutex();
  interpose::LinkSignalHandler();
  testing::TestPartResultArray elsewhere;
  Result result;
  crash::InterruptionScope interruption;
  {
    const AssertionsOfTasks reporter(&elsewhere);
    Options with_report = options;
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
  testing::Test::RecordProperty("selvage_schedules", std::to_string(result.schedules));
  testing::Test::RecordProperty("selvage_failing", std::to_string(result.failing));
  if (!result.ok()) ADD_FAILURE_AT(file, line) << result.Text();
  if (const int number = interruption.Take()) {
    testing::UnitTest::GetInstance()->listeners().Append(new EndBySignal(number));
  }
}

}  // namespace selvage
