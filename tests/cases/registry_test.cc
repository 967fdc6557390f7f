#include "selvage/cases/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace selvage::cases {
namespace {

using testing::AnyOf;
using testing::EndsWith;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

TEST(Registry, NamesAreUnique) {
  std::set<std::string_view> names;
  for (const Case* owner : AllCases()) names.insert(owner->name);
  EXPECT_THAT(names, SizeIs(AllCases().size()));
}

TEST(Registry, EachCaseIsFoundByItsName) {
  for (const Case* owner : AllCases()) EXPECT_EQ(FindCase(owner->name), owner);
  EXPECT_EQ(FindCase("no such case"), nullptr);
}

TEST(Registry, EachCaseTellsItsStoryInThreeSentencesAndItsDocuments) {
  for (const Case* owner : AllCases()) {
    SCOPED_TRACE(owner->name);
    EXPECT_THAT(owner->goes_wrong, EndsWith("."));
    EXPECT_THAT(owner->order_of_events, EndsWith("."));
    EXPECT_THAT(owner->why_fixed, EndsWith("."));
    EXPECT_THAT(owner->documents, Not(IsEmpty()));
    EXPECT_THAT(owner->documents, testing::Each(AnyOf("000", "001", "002", "003")));
  }
}

TEST(Registry, EachCaseHasABuggyAndAFixedVariant) {
  for (const Case* owner : AllCases()) {
    SCOPED_TRACE(owner->name);
    const Variant* buggy = FindVariant(*owner, "buggy");
    const Variant* fixed = FindVariant(*owner, "fixed");
    ASSERT_NE(buggy, nullptr);
    ASSERT_NE(fixed, nullptr);
    EXPECT_EQ(buggy->role, Role::kBuggy);
    EXPECT_EQ(fixed->role, Role::kFixed);
  }
}

TEST(Registry, BuggyVariantsExpectKindsInOrderAndFixedOnesNone) {
  for (const Case* owner : AllCases()) {
    for (const Variant& variant : owner->variants) {
      SCOPED_TRACE(owner->name);
      EXPECT_TRUE(std::is_sorted(variant.expected.begin(), variant.expected.end()));
      EXPECT_EQ(variant.expected.empty(), variant.role == Role::kFixed);
    }
  }
}

}  // namespace
}  // namespace selvage::cases
