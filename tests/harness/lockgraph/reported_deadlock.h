// Programs whose ordinary threads deadlock while they are recorded.
#ifndef SELVAGE_TESTS_HARNESS_LOCKGRAPH_REPORTED_DEADLOCK_H_
#define SELVAGE_TESTS_HARNESS_LOCKGRAPH_REPORTED_DEADLOCK_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "selvage/harness/lockgraph/environment.h"
#include "selvage/harness/report/lock_order_json.h"
#include "selvage/tests/harness/lockgraph/front.h"
#include "selvage/tests/harness/lockgraph/real_scenario.h"

namespace selvage::tests {

// Each in a process of its own.
class ReportedDeadlock : public testing::Test {
 protected:
  void SetUp() override {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
    path_ =
        testing::TempDir() + "/deadlock_" + test.test_suite_name() + "_" + test.name() + ".json";
  }
  void TearDown() override { std::remove(path_.c_str()); }

  void RecordThisProcess() { lockgraph::RecordProcess(path_); }

  // `reason`: a regular expression.
  void ExpectReported(void (*body)(), const std::string& reason) {
    EXPECT_EXIT(
        {
          RecordThisProcess();
          body();
          std::exit(0);
        },
        testing::ExitedWithCode(1), "OCCURRED: " + reason);
    const auto graph = report::ReadLockOrderFile(path_);
    ASSERT_TRUE(graph.ok()) << graph.status();
    EXPECT_THAT(Strongest(Analyse(*graph)), testing::ContainsRegex("OCCURRED: " + reason));
  }

  std::string path_;
};

// Returns once `parties` threads are there; nothing the recorder sees.
class Meeting {
 public:
  explicit Meeting(int parties) : missing_(parties) {}
  void Arrive() {
    --missing_;
    while (missing_ > 0) std::this_thread::yield();
  }

 private:
  std::atomic<int> missing_;
};

template <typename First, typename Second>
void TakeInOppositeOrders(First& a, Second& b) {
  Meeting both_hold(2);
  const Thread one("one", [&] {
    a.lock();
    both_hold.Arrive();
    b.lock();
  });
  const Thread other("other", [&] {
    b.lock();
    both_hold.Arrive();
    a.lock();
  });
}

}  // namespace selvage::tests

#endif  // SELVAGE_TESTS_HARNESS_LOCKGRAPH_REPORTED_DEADLOCK_H_
