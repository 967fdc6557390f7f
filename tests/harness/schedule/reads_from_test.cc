// Schedules in which a read sees the write that it seldom sees.
#include "selvage/harness/schedule/reads_from.h"

#include <gtest/gtest.h>

#include <memory>

#include "selvage/harness/schedule/factory.h"
#include "selvage/tests/harness/schedule/fake_schedule.h"

namespace selvage::schedule {
namespace {

using runtime::OpKind;

// The last of `setters` tasks that store twice starts after all others; a checker that is last of
// all must read after somebody's first store and before anybody's second.
Program Reorder(int setters) {
  const Script setter = {FakeOp{OpKind::kStore, 100, [](World& w) { w.v[0] = 1; }},
                         FakeOp{OpKind::kStore, 101, [](World& w) { w.v[1] = 1; }}};
  Program program;
  for (int i = 0; i < setters; ++i) program.scripts.push_back(setter);
  program.scripts.push_back(
      {FakeOp{OpKind::kLoad, 100, [](World& w) { w.v[2] = w.v[0]; }},
       FakeOp{OpKind::kLoad, 101, [](World& w) { w.failed = w.v[2] == 1 && w.v[1] == 0; }}});
  return program;
}

int Failures(std::string_view name, const Program& program) {
  const auto strategy = *MakeStrategy(name);
  int failures = 0;
  for (std::uint64_t i = 0; i < 300; ++i) {
    failures += RunProgram(program, *strategy, MixSeed(3, i)).world.failed;
  }
  return failures;
}

TEST(ReadsFrom, PairThatIsSeldomSeen_ComesAboutOften) {
  EXPECT_GT(Failures("rff", Reorder(30)), 30);
  EXPECT_LT(Failures("pos", Reorder(30)), 15);
}

TEST(ReadsFrom, PairThatCannotComeAbout_HoldsNobodyForEver) {
  // The load is always before the store: they are of one task.
  const Program program{{{FakeOp{OpKind::kLoad, 8}, FakeOp{OpKind::kStore, 8}},
                         {FakeOp{OpKind::kLoad, 8}, FakeOp{OpKind::kStore, 8}}}};
  const auto strategy = *MakeStrategy("rff");
  for (std::uint64_t i = 0; i < 300; ++i) {
    const FakeRun run = RunProgram(program, *strategy, i, /*max_steps=*/100);
    EXPECT_FALSE(run.overran);
    EXPECT_FALSE(run.deadlock);
  }
}

}  // namespace
}  // namespace selvage::schedule
