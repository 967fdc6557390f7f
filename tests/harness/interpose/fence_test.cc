// What fences order is no data race, and what they do not order is one.

#include <gtest/gtest.h>

#include "selvage/harness/explore.h"
#include "selvage/harness/tsan/annotations.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/harness/interpose/fence_bodies.h"

namespace selvage {
namespace {

struct Named {
  const char* name;
  void (*body)();
};

std::string NameOf(const testing::TestParamInfo<Named>& info) { return info.param.name; }

class Fence : public testing::TestWithParam<Named> {
 protected:
  void SetUp() override {
    if (!tsan::Present()) GTEST_SKIP() << "ThreadSanitizer finds races";
  }

  static Options Schedules() {
    Options options;
    options.schedules = 300;
    return options;
  }
};

using OrderedByFences = Fence;

TEST_P(OrderedByFences, IsNoRace) {
  const Result result = Explore(GetParam().body, Schedules());
  EXPECT_TRUE(result.ok()) << result.Text();
}

INSTANTIATE_TEST_SUITE_P(All, OrderedByFences,
                         testing::Values(Named{"BothSides", &PublishByFences},
                                         Named{"FenceAndAcquire", &PublishByFenceAndAcquire},
                                         Named{"ReleaseAndFence", &PublishByReleaseAndFence},
                                         Named{"SequentiallyConsistent",
                                               &PublishBySequentiallyConsistentFences},
                                         Named{"ThroughAnUpdate", &PublishThroughAnUpdate},
                                         Named{"FailedExchange", &PublishByFailedExchange}),
                         NameOf);

using NotOrderedByFences = Fence;

TEST_P(NotOrderedByFences, IsARace) {
  const Result result = Explore(GetParam().body, Schedules());
  EXPECT_TRUE(result.Has(FindingKind::kDataRace)) << result.Text();
}

INSTANTIATE_TEST_SUITE_P(
    All, NotOrderedByFences,
    testing::Values(Named{"NoReleaseFence", &PublishWithoutReleaseFence},
                    Named{"NoAcquireFence", &PublishWithoutAcquireFence},
                    Named{"WrittenAfterTheFence", &PublishAfterTheReleaseFence},
                    Named{"ReadAfterTheFenceOnly", &PublishWithAcquireFenceTooEarly},
                    Named{"AnotherFlag", &PublishByAnotherFlag},
                    Named{"AnotherStore", &PublishByFencesAndAPlainStoreOver}),
    NameOf);

}  // namespace
}  // namespace selvage
