// Baselines: what is accepted, and when an entry is itself an error.
#include "selvage/harness/lockgraph/baseline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "selvage/tests/harness/lockgraph/scenario.h"

namespace selvage::lockgraph {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr absl::CivilDay kToday(2026, 7, 1);

class Baseline : public Scenario {
 protected:
  Baseline() {
    t1.Nest({&a, &b});
    t2.Nest({&b, &a});
    analysis = sim.Analyse();
  }
  BaselineComparison CompareTo(const std::string& text) {
    auto entries = ParseBaseline(text);
    EXPECT_TRUE(entries.ok()) << entries.status();
    return Compare(*entries, analysis, kToday);
  }

  Analysis analysis;
};

TEST_F(Baseline, ThatIsEmpty_AcceptsNothing) {
  EXPECT_FALSE(CompareTo("").Passes());
  EXPECT_EQ(CompareTo("").unaccepted.size(), 1u);
}

TEST_F(Baseline, WrittenFromTheFindings_AcceptsThem) {
  const std::string text = FormatBaseline(analysis, "ada", kToday);
  const BaselineComparison comparison = CompareTo(text);
  EXPECT_TRUE(comparison.Passes());
  EXPECT_EQ(comparison.accepted.size(), 1u);
}

TEST_F(Baseline, EntryThatHasExpired_IsAnErrorAndAcceptsNothing) {
  const BaselineComparison comparison = CompareTo(FormatBaseline(analysis, "ada", kToday - 1));
  EXPECT_EQ(comparison.unaccepted.size(), 1u);
  EXPECT_THAT(comparison.stale, ElementsAre(HasSubstr("of ada has expired on 2026-06-30")));
}

TEST_F(Baseline, EntryOfWhatIsNoLongerFound_IsAnError) {
  const BaselineComparison comparison = CompareTo(FormatBaseline(analysis, "ada", kToday) +
                                                  "0123456789abcdef bob 2027-01-01 fixed\n");
  EXPECT_THAT(comparison.stale, ElementsAre(HasSubstr("line 3: 0123456789abcdef of bob")));
}

TEST_F(Baseline, OfADeadlockThatHappens_DoesNotAcceptIt) {
  const std::string text = FormatBaseline(analysis, "ada", kToday);
  for (const Verdict verdict : {Verdict::kOccurred, Verdict::kConfirmed}) {
    analysis.cycles[0].verdict = verdict;
    EXPECT_EQ(CompareTo(text).unaccepted.size(), 1u);
    EXPECT_THAT(CompareTo(text).stale, ElementsAre(HasSubstr("cannot be accepted")));
  }
}

TEST_F(Baseline, WrittenFromTheFindings_LeavesOutADeadlockThatHappens) {
  ASSERT_THAT(FormatBaseline(analysis, "ada", kToday), HasSubstr("FEASIBLE"));
  analysis.cycles[0].verdict = Verdict::kOccurred;
  EXPECT_THAT(FormatBaseline(analysis, "ada", kToday), Not(HasSubstr("OCCURRED")));
  analysis.cycles[0].verdict = Verdict::kConfirmed;
  EXPECT_THAT(FormatBaseline(analysis, "ada", kToday), Not(HasSubstr("CONFIRMED")));
}

TEST(BaselineText, Damaged_IsAnErrorThatNamesTheLine) {
  for (const char* line :
       {"0123456789abcde ada 2026-01-01 short", "0123456789ABCDEF ada 2026-01-01 upper case",
        "0123456789abcdef", "0123456789abcdef ada", "0123456789abcdef ada 2026-13-01 month",
        "0123456789abcdef ada 2026-01-01", "aaaaaaaaaaaaaaaa ada 2026-01-01 twice"}) {
    const auto entries =
        ParseBaseline("aaaaaaaaaaaaaaaa ada 2026-01-01 fine\n" + std::string(line));
    ASSERT_FALSE(entries.ok()) << line;
    EXPECT_THAT(std::string(entries.status().message()), HasSubstr("line 2"));
  }
}

}  // namespace
}  // namespace selvage::lockgraph
