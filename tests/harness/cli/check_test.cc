#include "absl/strings/str_replace.h"
#include "selvage/tests/harness/cli/command_test.h"

namespace selvage::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class CheckCommandTest : public CommandTest {
 protected:
  CheckCommandTest() {
    WriteFile("feasible.json", Feasible());
    WriteFile("clean.json", Clean());
  }
  const std::string fingerprint = Fingerprint(Feasible());
};

TEST_F(CheckCommandTest, NoFinding_IsZero) {
  const Ran ran = Run("check clean.json");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_EQ(ran.output, "lock order: no finding\n");
}

TEST_F(CheckCommandTest, Finding_IsOneWithTheLineThatWouldAcceptIt) {
  const Ran ran = Run("check feasible.json");
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.output, AllOf(StartsWith("lock order: 1 cycle that can deadlock\n"),
                                HasSubstr("[1] FEASIBLE: two threads"),
                                HasSubstr(fingerprint + " OWNER YYYY-MM-DD REASON")));
}

TEST_F(CheckCommandTest, DeadlockThatHappened_IsOneWithNoLineToAcceptIt) {
  lockgraph::Simulation sim;
  lockgraph::Actor main = sim.Main();
  const auto accounts = sim.Make(main, "accounts");
  main.Lock(*accounts);
  main.Request(*accounts, lockgraph::Mode::kExclusive);
  const lockgraph::RecordedGraph graph = sim.Graph("run");
  WriteFile("happened.json", report::LockOrderJson(graph, Analyse(graph)));
  const Ran ran = Run("check happened.json");
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.output, AllOf(HasSubstr("[1] OCCURRED"), Not(HasSubstr("to accept it"))));
}

TEST_F(CheckCommandTest, HarmlessCycle_IsZero) {
  WriteFile("guarded.json", Guarded());
  EXPECT_EQ(Run("check guarded.json").exit_code, 0);
}

TEST_F(CheckCommandTest, SeveralReports_AreJudgedTogether) {
  WriteFile("forward.json", Report({{"accounts", "journal"}, {}}));
  WriteFile("backward.json", Report({{}, {"journal", "accounts"}}));
  EXPECT_EQ(Run("check forward.json").exit_code, 0);
  EXPECT_EQ(Run("check forward.json backward.json").exit_code, 1);
}

TEST_F(CheckCommandTest, AcceptedFinding_IsZeroAndCounted) {
  WriteFile("accepted", "# known\n" + fingerprint + " bank 2999-01-01 is being mended\n");
  const Ran ran = Run("check feasible.json --baseline=accepted");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_EQ(ran.output, "lock order: no finding; 1 accepted\n");
}

TEST_F(CheckCommandTest, ExpiredEntry_IsOne) {
  WriteFile("accepted", fingerprint + " bank 2001-01-01 is being mended\n");
  const Ran ran = Run("check feasible.json --baseline=accepted");
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.output, HasSubstr("of bank has expired on 2001-01-01"));
}

TEST_F(CheckCommandTest, StaleEntry_IsOne) {
  WriteFile("accepted", fingerprint + " bank 2999-01-01 is being mended\n");
  const Ran ran = Run("check clean.json --baseline=accepted");
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.output, AllOf(StartsWith("lock order: 1 stale entry of the baseline"),
                                HasSubstr("is no longer found; remove it")));
}

TEST_F(CheckCommandTest, EntryWhoseCycleIsHarmlessNow_IsOneAndNotCalledGone) {
  WriteFile("guarded.json", Guarded());
  WriteFile("accepted", Fingerprint(Guarded()) + " bank 2999-01-01 is being mended\n");
  const Ran ran = Run("check guarded.json --baseline=accepted");
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.output, AllOf(HasSubstr("is GUARDED now, which is no finding; remove it"),
                                Not(HasSubstr("no longer found"))));
}

TEST_F(CheckCommandTest, ConfirmedDeadlock_CannotBeAccepted) {
  auto graph = *report::ReadLockOrderJson(Feasible());
  graph.confirmations.emplace_back().fingerprint = fingerprint;
  graph.confirmations.back().replay_token = "sv1-x";
  WriteFile("confirmed.json", report::LockOrderJson(graph, Analyse(graph)));
  EXPECT_THAT(Run("check confirmed.json").output,
              AllOf(HasSubstr("[1] CONFIRMED"), Not(HasSubstr("to accept it"))));
  WriteFile("accepted", fingerprint + " bank 2999-01-01 is being mended\n");
  const Ran ran = Run("check confirmed.json --baseline=accepted");
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.output, AllOf(HasSubstr("[1] CONFIRMED"),
                                HasSubstr("a deadlock that happened cannot be accepted")));
}

TEST_F(CheckCommandTest, WrongBaseline_IsTwoWithFileAndLine) {
  WriteFile("accepted", "# known\n" + fingerprint + " bank soon is being mended\n");
  const Ran ran = Run("check feasible.json --baseline=accepted");
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.output, HasSubstr("accepted: baseline, line 2: the day on which it expires"));
}

TEST_F(CheckCommandTest, AgainstADeclaredOrder_IsOneWithoutACycle) {
  WriteFile("order", "journal < accounts\n");
  const Ran ran = Run("check clean.json --order=order");
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.output, AllOf(StartsWith("lock order: 1 violation of a declared order"),
                                HasSubstr("declared order violated: journal before accounts"),
                                HasSubstr("holds accounts and asks for journal at transfer.cc:2")));
}

TEST_F(CheckCommandTest, InTheDeclaredOrder_IsZero) {
  WriteFile("order", "accounts < journal\n");
  EXPECT_EQ(Run("check clean.json --order=order").exit_code, 0);
}

TEST_F(CheckCommandTest, WrongOrder_IsTwoWithFileAndLine) {
  WriteFile("order", "accounts < journal\naccounts <\n");
  const Ran ran = Run("check clean.json --order=order");
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.output, HasSubstr("order: line 2: a lock's name is missing"));
}

TEST_F(CheckCommandTest, OrderThatContradictsItself_IsTwoWithBothLines) {
  struct Wrong {
    const char* order;
    const char* says;
  };
  for (const Wrong& wrong : {
           Wrong{"accounts < journal\n# not so\njournal < accounts\n",
                 "order: line 3: 'journal' < 'accounts' contradicts line 1"},
           Wrong{"accounts < journal\njournal < gate\ngate < accounts\n",
                 "order: line 3: 'gate' < 'accounts' contradicts lines 1, 2"},
           Wrong{"accounts < journal < accounts\n",
                 "order: line 1: 'journal' < 'accounts' contradicts the line itself"},
           Wrong{"gate\naccounts < accounts\n",
                 "order: line 2: 'accounts' cannot be taken before itself"},
       }) {
    WriteFile("order", wrong.order);
    const Ran ran = Run("check clean.json --order=order");
    EXPECT_EQ(ran.exit_code, 2) << wrong.order;
    EXPECT_THAT(ran.output, HasSubstr(wrong.says));
  }
}

TEST_F(CheckCommandTest, OrderOfALockThatIsNowhere_IsTwoWithTheLine) {
  WriteFile("order", "accounts < journal\naccounts < jurnal\n");
  const Ran ran = Run("check clean.json --order=order");
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.output,
              HasSubstr("order: line 2: no lock is called 'jurnal'; did you mean 'journal'?"));
}

TEST_F(CheckCommandTest, Dash_IsTheStandardInput) {
  EXPECT_EQ(Run("check - < feasible.json").exit_code, 1);
  EXPECT_EQ(Run("check - < clean.json").exit_code, 0);
  WriteFile("order", "journal < accounts\n");
  EXPECT_EQ(Run("check clean.json --order=- < order").exit_code, 1);
}

TEST_F(CheckCommandTest, MissingBaseline_IsTwo) {
  const Ran ran = Run("check clean.json --baseline=none");
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.output, HasSubstr("cannot open none"));
}

TEST_F(CheckCommandTest, RequestsThatWereDropped_AreThree) {
  WriteFile("dropped.json",
            absl::StrReplaceAll(
                Clean(), {{"{\"name\":\"run\"", "{\"name\":\"run\",\"dependencies_dropped\":5"}}));
  const Ran ran = Run("check dropped.json");
  EXPECT_EQ(ran.exit_code, 3);
  EXPECT_THAT(ran.output, HasSubstr("run run dropped 5 of its requests"));
}

TEST_F(CheckCommandTest, Output_GoesToTheFileAndTheExitCodeStays) {
  EXPECT_EQ(Run("check feasible.json -o found.txt").exit_code, 1);
  EXPECT_THAT(ReadFile("found.txt"), StartsWith("lock order: 1 cycle"));
}

}  // namespace
}  // namespace selvage::cli
