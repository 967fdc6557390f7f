// Drawings: what is in them, and what happens where they cannot be made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "selvage/harness/report/graphviz.h"
#include "selvage/harness/report/lock_order_dot.h"
#include "selvage/harness/report/lock_order_drawn.h"
#include "selvage/harness/report/lock_order_svg.h"
#include "selvage/tests/harness/report/example.h"

namespace selvage::report {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// The PATH is another one as long as this lives.
class OtherPath {
 public:
  explicit OtherPath(const std::string& path) : before_(getenv("PATH")) {
    setenv("PATH", path.c_str(), 1);
  }
  ~OtherPath() { setenv("PATH", before_.c_str(), 1); }

 private:
  const std::string before_;
};

// A `dot` that does something else, as long as this lives.
class OtherDot {
 public:
  explicit OtherDot(const std::string& script) {
    std::filesystem::create_directories(directory_);
    const std::string program = directory_ + "/dot";
    std::ofstream(program) << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  }
  ~OtherDot() { std::filesystem::remove_all(directory_); }

 private:
  const std::string directory_ = testing::TempDir() + "/other_dot." + std::to_string(getpid());
  const OtherPath path_{directory_ + ":/bin:/usr/bin"};
};

TEST(Drawing, Svg_HasEveryLockAndEdgeByName) {
  const lockgraph::RecordedGraph graph = Example();
  const auto svg = LockOrderSvg(graph, Analyse(graph));
  ASSERT_TRUE(svg.ok()) << svg.status();
  EXPECT_THAT(*svg, StartsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg"));
  for (const char* name : {"accounts", "journal", "vault", "keys", "end of child", "transfer"}) {
    EXPECT_THAT(*svg, HasSubstr(name));
  }
  EXPECT_THAT(*svg, HasSubstr("stroke=\"red\""));
}

TEST(Drawing, Svg_OfTheSameInput_IsTheSameBytes) {
  const lockgraph::RecordedGraph graph = Example();
  EXPECT_EQ(*LockOrderSvg(graph, Analyse(graph)), *LockOrderSvg(graph, Analyse(graph)));
}

TEST(Drawing, Svg_NamesAreNeverMarkup) {
  lockgraph::RecordedGraph graph = Example();
  for (lockgraph::LockClass& lock_class : graph.classes) {
    if (lock_class.name == "accounts") lock_class.name = "<script>\"&lt;\\N\n\x01</script>";
  }
  const auto svg = LockOrderSvg(graph, Analyse(graph));
  ASSERT_TRUE(svg.ok()) << svg.status();
  EXPECT_THAT(*svg, Not(HasSubstr("<script>")));
  EXPECT_THAT(*svg, HasSubstr("&amp;lt;"));
}

TEST(Drawing, WithoutGraphviz_SaysWhatToInstall) {
  const OtherPath path("/nonexistent");
  const lockgraph::RecordedGraph graph = Example();
  const auto status = LockOrderSvg(graph, Analyse(graph)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("install graphviz"));
}

TEST(Drawing, GraphvizThatFails_IsQuoted) {
  const OtherDot dot("echo out of ink >&2; exit 1");
  const auto status = DrawWithGraphviz("digraph {}", absl::Seconds(10)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), HasSubstr("out of ink"));
}

TEST(Drawing, GraphvizThatNeverEnds_IsStopped) {
  const OtherDot dot("exec sleep 1000");
  const auto status = DrawWithGraphviz("digraph {}", absl::Milliseconds(50)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
}

TEST(Drawing, LargeGraph_KeepsTheEdgesOfCyclesFirst) {
  lockgraph::Simulation sim;
  lockgraph::Actor main = sim.Main();
  lockgraph::Actor one = main.Fork("one");
  lockgraph::Actor two = main.Fork("two");
  const lockgraph::Object a("a"), b("b");
  std::deque<std::string> names;  // which the graph refers to
  for (int i = 0; i < 600; ++i) {
    names.push_back(absl::StrCat("lock ", i));
    const lockgraph::Object lock(names.back().c_str());
    one.Nest({&a, &lock});
  }
  one.Nest({&a, &b});
  two.Nest({&b, &a});
  const lockgraph::RecordedGraph graph = sim.Graph();
  const DrawnGraph drawn = EdgesToDraw(graph, Analyse(graph));
  EXPECT_EQ(drawn.edges.size(), 2u);
  EXPECT_EQ(drawn.left_out, 600u);
  EXPECT_THAT(LockOrderDot(graph, Analyse(graph)), HasSubstr("600 edges are left out"));
}

}  // namespace
}  // namespace selvage::report
