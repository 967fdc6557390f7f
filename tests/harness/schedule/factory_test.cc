#include "selvage/harness/schedule/factory.h"

#include <string>

#include "gtest/gtest.h"

namespace selvage::schedule {
namespace {

std::string ErrorOf(std::string_view spec) {
  const absl::Status status = MakeStrategy(spec).status();
  return status.code() == absl::StatusCode::kInvalidArgument ? std::string(status.message()) : "";
}

TEST(Factory, EveryName_MakesAStrategyOfThatName) {
  for (const std::string_view name : StrategyNames()) {
    const auto strategy = MakeStrategy(name);
    ASSERT_TRUE(strategy.ok()) << name;
    EXPECT_EQ((*strategy)->name(), name == "default" ? "rotation" : name);
  }
}

TEST(Factory, Parameters_AreKept) {
  EXPECT_EQ((*MakeStrategy("pct:3"))->name(), "pct:3");
  EXPECT_EQ((*MakeStrategy("exhaustive:0"))->name(), "exhaustive:0");
}

TEST(Factory, UnknownName_ListsTheNamesAndSuggestsTheNearest) {
  EXPECT_EQ(ErrorOf("stiky"),
            "no strategy is called \"stiky\"; did you mean \"sticky\"? There are: default, random, "
            "sticky, pct, pos, surw, urw, rff, exhaustive, dpor");
  EXPECT_NE(ErrorOf("exhuastive:2").find("did you mean \"exhaustive\""), std::string::npos);
}

TEST(Factory, LongName_IsQuotedInPart) {
  EXPECT_LT(ErrorOf(std::string(10'000, 'x')).size(), 250u);
}

TEST(Factory, ParameterOutOfRange_NamesTheRange) {
  for (const char* spec : {"pct:0", "pct:65", "pct:", "pct:x", "pct:-1", "pct:3:4"}) {
    EXPECT_EQ(ErrorOf(spec), "strategy \"pct:N\" needs a number N from 1 to 64") << spec;
  }
}

TEST(Factory, ParameterWhereThereIsNone_IsAnError) {
  EXPECT_EQ(ErrorOf("random:3"), "strategy \"random\" takes no number after a colon");
}

}  // namespace
}  // namespace selvage::schedule
