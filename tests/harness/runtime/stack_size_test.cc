// Options::stack_size.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <regex>
#include <string>

#include "selvage/harness/explore.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/thread.h"

namespace selvage {
namespace {

using testing::HasSubstr;

Result ExploreDeadlock(std::size_t stack_size) {
  Options options;
  options.stack_size = stack_size;
  options.schedules = 50;
  options.strategy = "random";
  return Explore(
      [] {
        Lock a("a");
        Lock b("b");
        const Thread other("other", [&] {
          b.lock();
          a.lock();
        });
        a.lock();
        b.lock();
      },
      options);
}

TEST(StackSize, ThatIsTooSmall_IsAnErrorThatSaysHowMuchIsNeeded) {
  for (const std::size_t size : {0, 1, 4096, 16384}) {
    const Result result = ExploreDeadlock(size);
    EXPECT_THAT(result.error, HasSubstr("stack_size is " + std::to_string(size) + " bytes"));
    EXPECT_EQ(result.schedules, 0U);
  }
}

TEST(StackSize, ThatIsCalledEnough_IsEnoughForAReport) {
  const std::string error = ExploreDeadlock(0).error;
  std::smatch least;
  ASSERT_TRUE(std::regex_search(error, least, std::regex("at least ([0-9]+)"))) << error;
  const Result result = ExploreDeadlock(std::stoul(least[1].str()));
  EXPECT_EQ(result.error, "");
  EXPECT_TRUE(result.Has(FindingKind::kDeadlock)) << result.Text();
}

}  // namespace
}  // namespace selvage
