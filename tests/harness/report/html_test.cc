// The page as a file; how it behaves is in page_test.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "selvage/harness/report/lock_order_html.h"
#include "selvage/tests/harness/report/example.h"

namespace selvage::report {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(HtmlReport, IsOneFileThatMayAskForNothing) {
  const lockgraph::RecordedGraph graph = Example();
  const auto page = LockOrderHtml(graph, Analyse(graph));
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(*page, StartsWith("<!doctype html>"));
  EXPECT_THAT(*page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(*page, Not(ContainsRegex("(src|href)=.http")));
  EXPECT_THAT(*page, Not(HasSubstr("{{")));
  EXPECT_THAT(*page, Not(HasSubstr("0x")));
}

TEST(HtmlReport, OfTheSameInput_IsTheSameBytes) {
  const lockgraph::RecordedGraph graph = Example();
  EXPECT_EQ(*LockOrderHtml(graph, Analyse(graph)), *LockOrderHtml(graph, Analyse(graph)));
}

TEST(HtmlReport, OfNothing_SaysSo) {
  const lockgraph::RecordedGraph graph = lockgraph::Simulation().Graph();
  const auto page = LockOrderHtml(graph, Analyse(graph));
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(*page, HasSubstr("No lock was asked for while another one was held."));
}

}  // namespace
}  // namespace selvage::report
