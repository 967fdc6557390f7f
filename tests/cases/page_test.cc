#include "selvage/cases/page/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "selvage/cases/registry.h"

namespace selvage::cases {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::vector<VariantResult> OneResult() {
  VariantResult result;
  result.owner = FindCase("counter");
  result.variant = FindVariant(*result.owner, "buggy");
  result.findings = {{.kind = FindingKind::kDataRace,
                      .summary = "</script><b>",
                      .details = {},
                      .trace = {},
                      .token = {},
                      .replay = {}}};
  return {result};
}

TEST(Page, HasTheDrawingAndNoPlaceholderLeft) {
  const std::string page = Page(OneResult(), "digraph {}", std::string("<svg></svg>"));
  EXPECT_THAT(page, AllOf(HasSubstr("<div class=\"drawing\"><svg></svg></div>"),
                          Not(HasSubstr("digraph")), Not(HasSubstr("@style@")),
                          Not(HasSubstr("@data@")), Not(HasSubstr("no-drawing"))));
}

TEST(Page, SaysWhyThereIsNoDrawingAndHasTheGraphAsText) {
  const std::string page =
      Page(OneResult(), "digraph {a -> b}", absl::UnavailableError("no <dot>"));
  EXPECT_THAT(page, AllOf(HasSubstr("There is no drawing: no &lt;dot&gt;"),
                          HasSubstr("digraph {a -&gt; b}")));
}

TEST(Page, WhatIsInTheResultsIsData) {
  const std::string page = Page(OneResult(), "", std::string("<svg></svg>"));
  EXPECT_THAT(page, Not(HasSubstr("</script><b>")));
}

TEST(Page, HasTheTableForReadersWithoutScripts) {
  EXPECT_THAT(Page(OneResult(), "", std::string()),
              HasSubstr("case              variant  document"));
}

}  // namespace
}  // namespace selvage::cases
