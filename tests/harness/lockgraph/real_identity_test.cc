// What makes a lock the lock it is, played by the primitives: where it is declared, how it was
// made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "selvage/harness/lockgraph/merge.h"
#include "selvage/harness/lockgraph/names.h"
#include "selvage/harness/report/lock_order_json.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/thread.h"
#include "selvage/tests/harness/lockgraph/real_scenario.h"

namespace selvage::tests {
namespace {

using lockgraph::Names;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

class RealIdentity : public RealScenario {
 protected:
  RecordedGraph Play(const std::function<void()>& body) const {
    return RecordGraph(GetParam(), body);
  }
};
SELVAGE_ON_BOTH_STAGES(RealIdentity);

// The variables that the classes of locks have, without the ends of threads.
std::vector<std::string> Variables(const RecordedGraph& graph) {
  std::vector<std::string> variables;
  for (const lockgraph::LockClass& c : graph.classes) {
    if (c.type == "Lock" || c.type == "Semaphore") variables.push_back(c.variable);
  }
  std::sort(variables.begin(), variables.end());
  return variables;
}

std::set<std::string> Fingerprints(const Analysis& analysis) {
  std::set<std::string> fingerprints;
  for (const lockgraph::Cycle& cycle : analysis.cycles) fingerprints.insert(cycle.fingerprint);
  return fingerprints;
}

template <typename First, typename Second>
void Cross(First& first, Second& second) {
  InTurn({{"t1", [&] { Nest(first, second); }}, {"t2", [&] { Nest(second, first); }}});
}

TEST_P(RealIdentity, OfUnnamedLocals_IsTheirVariable) {
  const RecordedGraph graph = Play([] {
    Lock from;
    Lock to;
    Cross(from, to);
  });
  EXPECT_THAT(Variables(graph), ElementsAre("from", "to"));
  for (const lockgraph::LockClass& c : graph.classes) {
    if (c.type != "Lock") continue;
    EXPECT_THAT(c.file, EndsWith("real_identity_test.cc"));
    EXPECT_THAT(c.scope, HasSubstr("OfUnnamedLocals_IsTheirVariable"));
  }
}

TEST_P(RealIdentity, OfTwoLocksOnOneLine_IsEachItsOwn) {
  // clang-format off
  const RecordedGraph graph = Play([] {
    Lock from, to;
    Cross(from, to);
  });
  // clang-format on
  EXPECT_THAT(Variables(graph), ElementsAre("from", "to"));
}

struct Account {
  Lock plain;
  Lock initialised{};
  Lock first, second;
  Semaphore permits{1};
};

TEST_P(RealIdentity, OfMembersWithDefaultInitialisers_IsTheMember) {
  const RecordedGraph graph = Play([] {
    Account account;
    Cross(account.plain, account.initialised);
    Cross(account.first, account.second);
    account.plain.lock();
    account.permits.acquire();
    account.permits.release();
    account.plain.unlock();
  });
  EXPECT_THAT(Variables(graph), ElementsAre("first", "initialised", "permits", "plain", "second"));
  for (const lockgraph::LockClass& c : graph.classes) {
    if (c.type != "Lock") continue;
    EXPECT_TRUE(c.member);
    EXPECT_THAT(c.scope, EndsWith("Account"));
    EXPECT_THAT(c.file, EndsWith("real_identity_test.cc"));
  }
  EXPECT_THAT(Analyse(graph).cycles, SizeIs(2));
}

TEST_P(RealIdentity, OfElementsOfContainers_IsInTheUsersCode) {
  const RecordedGraph graph = Play([] {
    std::vector<Lock> vector(2);
    std::deque<Lock> deque(2);
    std::map<int, Lock> map;
    map[1];
    map[2];
    auto pointer = std::make_unique<Lock>();
    Nest(vector[0], vector[1], deque[0], deque[1], map[1], map[2], *pointer);
  });
  EXPECT_THAT(graph.locks, SizeIs(7));
  for (const lockgraph::LockClass& c : graph.classes) {
    EXPECT_THAT(c.file, EndsWith("real_identity_test.cc")) << c.variable;
  }
  const Names names(graph);
  std::set<std::string> different;
  for (lockgraph::LockIndex i = 0; i < graph.locks.size(); ++i) different.insert(names.Lock(i));
  EXPECT_THAT(different, SizeIs(7));
}

// A project's own lock, and its own way of taking two.
class Mutex {
 public:
  void lock() { lock_.lock(); }
  void unlock() { lock_.unlock(); }

 private:
  Lock lock_;
};

TEST_P(RealIdentity, OfDeadlocksThroughOneWrapper_IsEachItsOwn) {
  const Analysis analysis = Analyse(Play([] {
    Mutex a, b;
    Cross(a, b);
    Mutex c;
    Mutex d;
    Cross(c, d);
  }));
  EXPECT_THAT(analysis.cycles, SizeIs(2));
  EXPECT_THAT(Fingerprints(analysis), SizeIs(2));
}

TEST_P(RealIdentity, OfThreePairsThroughOneHelper_IsThreeFindingsEachInItsPlace) {
  const RecordedGraph graph = Play([] {
    Lock a, b;
    Cross(a, b);
    Lock c, d;
    Cross(c, d);
    Lock e, f;
    Cross(e, f);
  });
  const Analysis analysis = Analyse(graph);
  EXPECT_THAT(analysis.cycles, SizeIs(3));
  EXPECT_THAT(Fingerprints(analysis), SizeIs(3));
  std::set<unsigned> lines;
  for (const lockgraph::Cycle& cycle : analysis.cycles) {
    EXPECT_EQ(cycle.instances, 1u);
    lines.insert(graph.classes[graph.locks[cycle.parts[0].holds].lock_class].line);
  }
  EXPECT_THAT(lines, SizeIs(3));
}

void NestNamed() {
  Lock a("a"), b("b");
  InTurn({{"worker", [&] { Nest(a, b); }}, {"other", [&] { Nest(a, b); }}});
}
void NestNamedTheOtherWay() {
  Lock a("a"), b("b");
  InTurn({{"worker", [&] { Nest(b, a); }}, {"other", [&] { Nest(b, a); }}});
}

TEST_P(RealIdentity, OfTwoFunctionsWithLocksOfOneName_IsNotUnitedByTheName) {
  const RecordedGraph runs[] = {Play(&NestNamed), Play(&NestNamedTheOtherWay)};
  EXPECT_EQ(Strongest(Analyse(lockgraph::Merge(runs))), "none");
  EXPECT_EQ(Strongest(Analyse(Play([] {
              NestNamed();
              NestNamedTheOtherWay();
            }))),
            "none");
}

// With X the third lock made is another one than without.
void WithOrWithoutX(bool x_is_made) {
  Lock a;
  std::unique_ptr<Lock> x;
  if (x_is_made) x = std::make_unique<Lock>();
  Lock b;
  InTurn({{"t1", [&] { x ? Nest(b, *x, a) : Nest(b, a); }},
          {"t2", [&] { x ? Nest(b, *x, a) : Nest(b, a); }}});
}

TEST_P(RealIdentity, OfARunThatMakesALockInBetween_InventsNoCycle) {
  const RecordedGraph runs[] = {Play([] { WithOrWithoutX(false); }),
                                Play([] { WithOrWithoutX(true); })};
  EXPECT_EQ(Strongest(Analyse(lockgraph::Merge(runs))), "none");
}

// The last of them is the first to be taken, then the first, then those between.
void LastThenTheOthers(int locks) {
  std::vector<Lock> made(static_cast<std::size_t>(locks));
  InTurn({{"t1",
           [&] {
             made.back().lock();
             for (int i = 0; i + 1 < locks; ++i) Nest(made[static_cast<std::size_t>(i)]);
             made.back().unlock();
           }},
          {"t2", [&] {
             if (locks > 2) Nest(made[2], made[0], made[1]);
           }}});
}

TEST_P(RealIdentity, OfElementsOfContainersOfDifferentSizes_InventsNoCycle) {
  const RecordedGraph runs[] = {Play([] { LastThenTheOthers(2); }),
                                Play([] { LastThenTheOthers(3); })};
  EXPECT_EQ(Strongest(Analyse(lockgraph::Merge(runs))), "none");
}

TEST_P(RealIdentity, OfTwoRunsOfOneProgram_IsOne) {
  const auto run = [this](bool turned) {
    return Play([turned] {
      Lock a;
      Lock b;
      InTurn({{"t1", [&] { turned ? Nest(b, a) : Nest(a, b); }},
              {"t2", [&] { turned ? Nest(b, a) : Nest(a, b); }}});
    });
  };
  const RecordedGraph runs[] = {run(false), run(true)};
  EXPECT_THAT(Strongest(Analyse(lockgraph::Merge(runs))),
              StartsWith("FEASIBLE: two threads, concurrent, no common guard"));
}

TEST_P(RealIdentity, InAReport_IsReadBackWithoutLoss) {
  const RecordedGraph graph = Play([] {
    Account account;
    Mutex wrapped;
    Cross(account.plain, wrapped);
  });
  const auto read = report::ReadLockOrderJson(report::LockOrderJson(graph, Analyse(graph)));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, graph);
}

// Whether t2 has begun when main looks is a matter of the schedule.
void SomeSchedulesMakeALock() {
  bool made_already = false;
  Lock guard("guard");
  std::unique_ptr<Lock> a, x, b;
  Thread other("other", [&] {
    guard.lock();
    made_already = true;
    guard.unlock();
  });
  guard.lock();
  const bool make_x = made_already;
  guard.unlock();
  a = std::make_unique<Lock>();
  if (make_x) x = std::make_unique<Lock>();
  b = std::make_unique<Lock>();
  other.join();
  InTurn({{"t1", [&] { x ? Nest(*b, *x, *a) : Nest(*b, *a); }},
          {"t2", [&] { x ? Nest(*b, *x, *a) : Nest(*b, *a); }}});
}

TEST(ExploredIdentity, OfALockThatSomeSchedulesMake_InventsNoCycle) {
  EXPECT_EQ(Strongest(RecordMany(&SomeSchedulesMakeALock)), "none");
}

}  // namespace
}  // namespace selvage::tests
