#include "selvage/primitives/once.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <system_error>
#include <vector>

#include "selvage/harness/explore.h"
#include "selvage/primitives/atomic.h"
#include "selvage/primitives/thread.h"
#include "selvage/tests/exploring.h"

namespace selvage {
namespace {

TEST(OnceNative, ManyThreads_OneDoesItAndAllSeeItDone) {
  OnceFlag once;
  int done = 0;
  {
    std::vector<Thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        call_once(once, [&] { ++done; });
        EXPECT_EQ(done, 1);
      });
    }
  }
  EXPECT_EQ(done, 1);
}

TEST(OnceNative, Exception_GoesToTheCallerAndTheNextTriesAgain) {
  OnceFlag once;
  int tries = 0;
  const auto fail_at_first = [&] {
    if (++tries == 1) throw std::runtime_error("not yet");
  };
  EXPECT_THROW(call_once(once, fail_at_first), std::runtime_error);
  call_once(once, fail_at_first);
  call_once(once, fail_at_first);
  EXPECT_EQ(tries, 2);
}

TEST(OnceNative, Arguments_AreHandedOn) {
  OnceFlag once;
  int sum = 0;
  call_once(
      once, [](int& to, int a, int b) { to = a + b; }, sum, 2, 3);
  EXPECT_EQ(sum, 5);
}

TEST(OnceNative, CallFromInsideTheFunction_IsMisuse) {
  OnceFlag once("config");
  EXPECT_THROW(call_once(once, [&] { call_once(once, [] {}); }), std::system_error);
}

TEST(OnceInSchedule, EverySchedule_DoesItExactlyOnceAndBeforeAnyCallReturns) {
  const Result result = Explore(
      [] {
        OnceFlag once("config");
        int done = 0;
        const auto use = [&] {
          call_once(once, [&] { ++done; });
          SELVAGE_EXPECT(done == 1);
        };
        const Thread first(use);
        const Thread second(use);
        use();
      },
      ExhaustivelyAtPrimitives());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(OnceInSchedule, CallFromInsideTheFunction_IsMisuseNamingTheFlag) {
  const Result result = Explore([] {
    OnceFlag once("config");
    call_once(once, [&] { call_once(once, [] {}); });
  });
  EXPECT_NE(result.Text().find("OnceFlag 'config'"), std::string::npos) << result.Text();
  EXPECT_FALSE(result.ok());
}

}  // namespace
}  // namespace selvage
