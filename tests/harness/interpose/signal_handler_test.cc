// Signal handlers of the program under test: what they do is nothing that a task does.

#include "selvage/harness/interpose/signal_handler.h"

#include <gtest/gtest.h>
#include <signal.h>

#include "selvage/harness/explore.h"
#include "selvage/harness/tsan/annotations.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/harness/interpose/signal_bodies.h"

namespace selvage {
namespace {

class SignalHandler : public testing::Test {
 protected:
  SignalHandler() { interpose::LinkSignalHandler(); }
  ~SignalHandler() override { Uninstall(); }

  // Whether the body has the schedules that it has without signals.
  static void ExpectSchedulesOf(void (*body)()) {
    const int runs_before = HandlerRuns();
    const Result with = Explore(body, Exhaustively());
    const Result without = Explore(&StoreTwice, Exhaustively());
    EXPECT_GT(HandlerRuns(), runs_before);
    EXPECT_TRUE(Proven(with)) << with.Text();
    EXPECT_EQ(with.schedules, without.schedules);
    EXPECT_EQ(with.steps, without.steps);
  }
};

TEST_F(SignalHandler, OfSigaction_IsNoOperationOfTheTask) {
  InstallBySigaction();
  ExpectSchedulesOf(&StoreTwiceAndRaise);
}

TEST_F(SignalHandler, OfSigactionWithInfo_IsNoOperationOfTheTask) {
  InstallBySigactionWithInfo();
  ExpectSchedulesOf(&StoreTwiceAndRaise);
}

TEST_F(SignalHandler, OfSignal_IsNoOperationOfTheTask) {
  InstallBySignal();
  ExpectSchedulesOf(&StoreTwiceAndRaise);
}

TEST_F(SignalHandler, ThatJumpsOut_EndsWithItsScheduleAtTheLatest) {
  InstallAndJump();
  const int runs_before = HandlerRuns();
  EXPECT_TRUE(Explore(&StoreTwiceAndRaiseAndJump, {.schedules = 10}).ok());
  EXPECT_GT(HandlerRuns(), runs_before);
  EXPECT_EQ(Explore(&StoreTwice, Exhaustively()).steps, Explore(&StoreTwice, Exhaustively()).steps);
  EXPECT_EQ(tsan::ignore_depth, 0);
}

// What a program installs is what it is told that is installed.
TEST_F(SignalHandler, IsReportedAsItWasInstalled) {
  void (*const plain)(int) = [](int) {};
  void (*const with_info)(int, siginfo_t*, void*) = [](int, siginfo_t*, void*) {};
  struct sigaction action = {};
  action.sa_handler = plain;
  sigaction(SIGUSR1, &action, nullptr);
  struct sigaction before = {};
  action.sa_sigaction = with_info;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGUSR1, &action, &before);
  EXPECT_EQ(before.sa_handler, plain);
  EXPECT_EQ(before.sa_flags & SA_SIGINFO, 0);
  sigaction(SIGUSR1, nullptr, &before);
  EXPECT_EQ(before.sa_sigaction, with_info);
  EXPECT_NE(before.sa_flags & SA_SIGINFO, 0);
  EXPECT_NE(signal(SIGUSR1, plain), SIG_ERR);
  EXPECT_EQ(signal(SIGUSR1, SIG_IGN), plain);
  EXPECT_EQ(signal(SIGUSR1, SIG_DFL), SIG_IGN);
  EXPECT_EQ(signal(SIGKILL, plain), SIG_ERR);
}

}  // namespace
}  // namespace selvage
