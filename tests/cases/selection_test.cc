#include "selvage/cases/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "selvage/cases/registry.h"
#include "selvage/cases/runner.h"

namespace selvage::cases {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> Names(const std::vector<std::string>& names, const std::string& variant) {
  std::vector<std::string> selected;
  const Selection selection = Select(names, variant).value();
  for (const auto& [owner, chosen] : selection) {
    selected.push_back(ExplorationName(*owner, *chosen));
  }
  return selected;
}

std::string Error(const std::vector<std::string>& names, const std::string& variant) {
  return std::string(Select(names, variant).status().message());
}

TEST(Select, WithoutNamesTakesEverything) {
  std::size_t variants = 0;
  for (const Case* owner : AllCases()) variants += owner->variants.size();
  EXPECT_EQ(Names({}, "").size(), variants);
}

TEST(Select, ACaseStandsForItsVariants) {
  EXPECT_THAT(Names({"counter"}, ""), ElementsAre("counter:buggy", "counter:fixed"));
  EXPECT_THAT(Names({"counter"}, "fixed"), ElementsAre("counter:fixed"));
}

TEST(Select, KeepsTheOrderOfTheRegistryAndNoRepetitions) {
  EXPECT_THAT(Names({"pipeline:fixed", "counter:buggy", "pipeline:fixed"}, ""),
              ElementsAre("counter:buggy", "pipeline:fixed"));
}

TEST(Select, AVariantOfItsOwnWins) {
  EXPECT_THAT(Names({"counter:buggy"}, "fixed"), ElementsAre("counter:buggy"));
}

TEST(Select, SuggestsTheNearestName) {
  EXPECT_THAT(Error({"cuonter"}, ""), HasSubstr("did you mean \"counter\"?"));
  EXPECT_THAT(Error({"counter:bugy"}, ""), HasSubstr("did you mean \"buggy\"?"));
  EXPECT_THAT(Error({}, "fxied"), HasSubstr("did you mean \"fixed\"?"));
  EXPECT_THAT(Error({"counter:"}, ""), HasSubstr("no variant after the colon"));
}

}  // namespace
}  // namespace selvage::cases
