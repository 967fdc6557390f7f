// Replay: what a token reproduces, and what it says when it does not fit.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "selvage/harness/explore.h"
#include "selvage/harness/schedule/token.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/time.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/harness/lost_updates.h"

namespace selvage {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;

Options Named(const std::string& name) {
  Options options;
  options.name = name;
  return options;
}

TEST(Replay, Token_ReproducesTheFailureInAFreshExploration) {
  const Result found = Explore(LoseTwoUpdatesOfFour, Named("updates"));
  ASSERT_EQ(found.findings.size(), 1U) << found.Text();
  Options options = Named("updates");
  options.replay = found.findings[0].token;
  const Result replayed = Explore(LoseTwoUpdatesOfFour, options);
  EXPECT_EQ(replayed.error, "");
  EXPECT_EQ(replayed.schedules, 1U);
  ASSERT_EQ(replayed.findings.size(), 1U) << replayed.Text();
  EXPECT_EQ(replayed.findings[0].summary, found.findings[0].summary);
  EXPECT_EQ(replayed.findings[0].trace, found.findings[0].trace);
  EXPECT_EQ(replayed.findings[0].token, found.findings[0].token);
}

TEST(Replay, TokenOfADeadlock_ReproducesIt) {
  const auto body = [] {
    Lock a("a");
    Lock b("b");
    const Thread other([&] {
      const Guard first(b);
      const Guard second(a);
    });
    const Guard first(a);
    const Guard second(b);
  };
  const Result found = Explore(body);
  ASSERT_TRUE(found.Has(FindingKind::kDeadlock)) << found.Text();
  Options options;
  options.replay = FindingOf(found, FindingKind::kDeadlock).token;
  const Result replayed = Explore(body, options);
  EXPECT_EQ(FindingOf(replayed, FindingKind::kDeadlock).summary,
            FindingOf(found, FindingKind::kDeadlock).summary);
}

TEST(Replay, Settings_AreTheTokensAndNotTheOptions) {
  const auto wait_unnotified = [] {
    Semaphore never(0);
    const Thread busy([] { Yield(); });
    Lock lock;
    const Guard guard(lock);
    const bool acquired = never.try_acquire_for(std::chrono::hours(1));
    SELVAGE_EXPECT(acquired || Clock::now() == Clock::time_point());
    for (int i = 0; i < 200; ++i) Yield();
  };
  Options options;
  options.max_steps = 1'000;
  const Result found = Explore(wait_unnotified, options);
  ASSERT_TRUE(found.Has(FindingKind::kFailedExpectation)) << found.Text();
  options.replay = found.findings[0].token;
  options.max_steps = 50;
  const Result replayed = Explore(wait_unnotified, options);
  EXPECT_TRUE(replayed.Has(FindingKind::kFailedExpectation)) << replayed.Text();
  EXPECT_FALSE(replayed.Has(FindingKind::kLivelock)) << replayed.Text();
}

TEST(Replay, TokenOfAnotherName_IsAnError) {
  const Result found = Explore(LoseAnUpdate, Named("one"));
  ASSERT_EQ(found.findings.size(), 1U);
  Options options = Named("two");
  options.replay = found.findings[0].token;
  const Result replayed = Explore(LoseAnUpdate, options);
  EXPECT_FALSE(replayed.ok());
  EXPECT_EQ(replayed.schedules, 0U);
  EXPECT_THAT(replayed.error, HasSubstr("two"));
}

TEST(Replay, DamagedToken_IsAnErrorWhereverItIsDamaged) {
  const Result found = Explore(LoseAnUpdate);
  ASSERT_EQ(found.findings.size(), 1U);
  const std::string& token = found.findings[0].token;
  for (std::size_t i = 0; i < token.size(); ++i) {
    Options options;
    options.replay = token;
    options.replay[i] = token[i] == 'A' ? 'B' : 'A';
    const Result replayed = Explore(LoseAnUpdate, options);
    EXPECT_NE(replayed.error, "") << i;
    EXPECT_EQ(replayed.schedules, 0U) << i;
  }
  Options options;
  options.replay = token.substr(0, token.size() - 1);
  EXPECT_NE(Explore(LoseAnUpdate, options).error, "");
  options.replay = "no token";
  EXPECT_NE(Explore(LoseAnUpdate, options).error, "");
}

TEST(Replay, OfABodyThatHasChanged_IsAnErrorThatNamesTheOperation) {
  bool changed = false;
  const auto body = [&] {
    Lock lock("added");
    Shared<int> counter(0, "counter");
    {
      const Thread other([&] {
        const int before = counter;
        if (changed) {
          const Guard guard(lock);
          counter = before + 1;
        } else {
          counter = before + 1;
        }
      });
      if (changed) {
        const Guard guard(lock);
        counter = 5;
      } else {
        counter = 5;
      }
    }
    SELVAGE_EXPECT(counter != 1);
  };
  const Result found = Explore(body);
  ASSERT_EQ(found.findings.size(), 1U) << found.Text();
  changed = true;
  Options options;
  options.replay = found.findings[0].token;
  const Result replayed = Explore(body, options);
  EXPECT_FALSE(replayed.ok());
  EXPECT_THAT(replayed.error, AllOf(HasSubstr("diverged"), HasSubstr("store"), HasSubstr("lock")))
      << found.Text() << replayed.Text();
}

TEST(Replay, OfAFaultThatHasBeenRepaired_IsCleanAndSaysSo) {
  bool repaired = false;
  const auto body = [&] {
    Shared<int> counter(0, "counter");
    {
      const Thread other([&] { ++counter; });
      ++counter;
    }
    SELVAGE_EXPECT(repaired || counter == 2);
  };
  const Result found = Explore(body);
  ASSERT_EQ(found.findings.size(), 1U);
  repaired = true;
  Options options;
  options.replay = found.findings[0].token;
  const Result replayed = Explore(body, options);
  EXPECT_TRUE(replayed.ok()) << replayed.Text();
  EXPECT_THAT(replayed.Text(), MatchesRegex("clean: .*schedule.*\n"));
}

TEST(Replay, Command_HasTheTokenInItsPlace) {
  Options options;
  options.replay_command = "run --token={token} now";
  const Result found = Explore(LoseAnUpdate, options);
  ASSERT_EQ(found.findings.size(), 1U);
  EXPECT_EQ(found.findings[0].replay, "run --token=" + found.findings[0].token + " now");
  EXPECT_THAT(found.Text(), HasSubstr(found.findings[0].replay));
}

// The token as a build of another kind would have printed it.
std::string OfAnotherBuild(const std::string& text) {
  auto token = schedule::DecodeToken(text);
  if (!token.ok()) return "";
  token->settings.build ^= 4;  // the other compiler
  return schedule::EncodeToken(*token);
}

TEST(Replay, TokenOfAnotherBuildThatShowsTheFault_Works) {
  Options options;
  options.replay = OfAnotherBuild(Explore(LoseAnUpdate).findings.at(0).token);
  const Result replayed = Explore(LoseAnUpdate, options);
  EXPECT_EQ(replayed.error, "");
  EXPECT_EQ(replayed.findings.size(), 1U) << replayed.Text();
}

TEST(Replay, TokenOfAnotherBuildThatShowsNothing_IsRefusedWithThatReason) {
  Options options;
  options.replay = OfAnotherBuild(Explore(LoseAnUpdate).findings.at(0).token);
  const Result replayed = Explore([] {}, options);
  EXPECT_FALSE(replayed.ok());
  EXPECT_THAT(replayed.error, HasSubstr("the token was printed by a build "));
  EXPECT_THAT(replayed.error, HasSubstr("by GCC"));
  EXPECT_THAT(replayed.error, HasSubstr("by clang"));
}

}  // namespace
}  // namespace selvage
