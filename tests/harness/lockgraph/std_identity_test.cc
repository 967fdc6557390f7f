// Which mutex is which, where nobody has seen it made, and what it is called.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <vector>

#include "selvage/harness/lockgraph/merge.h"
#include "selvage/harness/lockgraph/names.h"
#include "selvage/tests/harness/lockgraph/front.h"
#include "selvage/tests/harness/lockgraph/real_scenario.h"

namespace selvage::tests {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
using testing::UnorderedElementsAre;

class StdIdentity : public RealScenario {};
SELVAGE_ON_BOTH_STAGES(StdIdentity);

struct Pair {
  std::mutex a, b;
};

TEST_P(StdIdentity, MembersOfTwoObjects_AreDifferentLocks) {
  const auto body = [] {
    Pair first;
    const auto second = std::make_unique<Pair>();
    InTurn({{"t1", [&] { Nest(first.a, first.b); }}, {"t2", [&] { Nest(second->b, second->a); }}});
  };
  EXPECT_EQ(Strongest(Play(body)), "none");
  EXPECT_EQ(Strongest(RecordMany(body)), "none");
}

TEST_P(StdIdentity, ElementsOfAVector_AreDifferentLocks) {
  const auto nest = [](bool against) {
    return [against] {
      std::vector<std::mutex> table(3);
      InTurn({{"t1", [&] { Nest(table[0], table[1], table[2]); }},
              {"t2", [&] { against ? Nest(table[2], table[1]) : Nest(table[1], table[2]); }}});
    };
  };
  EXPECT_EQ(Strongest(Play(nest(false))), "none");
  EXPECT_EQ(Strongest(RecordMany(nest(false))), "none");
  EXPECT_THAT(Strongest(Play(nest(true))), StartsWith(kTwoThreads));
  const Analysis analysis = RecordMany(nest(true));
  EXPECT_THAT(Strongest(analysis), StartsWith("CONFIRMED: "));
  EXPECT_EQ(analysis.cycles.size(), 1u);
}

// Destroyed without a call, as std::mutex is.
TEST_P(StdIdentity, NewMutexWhereAnotherWas_IsADifferentLock) {
  const auto body = [] {
    std::mutex other;
    alignas(std::mutex) unsigned char memory[sizeof(std::mutex)];
    InTurn({{"t1", [&] { Nest(*new (memory) std::mutex, other); }},
            {"t2", [&] { Nest(other, *new (memory) std::mutex); }}});
  };
  EXPECT_EQ(Strongest(Play(body)), "none");
  EXPECT_EQ(Strongest(RecordMany(body)), "none");
}

// Workers that take the next pair of neighbours, whoever comes first: which mutex a worker meets
// first is another one in each schedule.
void TakeWhatComes(bool against) {
  std::vector<std::mutex> table(5);
  std::mutex next_lock;
  std::size_t next = 0;
  const auto work = [&] {
    for (;;) {
      std::size_t mine;
      {
        const std::lock_guard guard(next_lock);
        mine = next++;
      }
      if (mine + 1 >= table.size()) return;
      Nest(table[mine], table[mine + 1]);
      if (against && mine == 2) Nest(table[mine + 1], table[mine]);
      if (against && mine == 1) Nest(table[2], table[3]);
    }
  };
  const Thread t1("t1", work);
  const Thread t2("t2", work);
}

TEST(StdIdentityInManySchedules, WorkersThatTakeWhatComes_AreNoCycle) {
  EXPECT_EQ(Strongest(RecordMany([] { TakeWhatComes(false); })), "none");
}

TEST(StdIdentityInManySchedules, WorkersThatTakeWhatComesInOppositeOrders_AreConfirmed) {
  EXPECT_THAT(Strongest(RecordMany([] { TakeWhatComes(true); })), StartsWith("CONFIRMED: "));
}

// A thread that uses a mutex in some schedules only, before it uses the others.
void UsesOneSometimes() {
  std::vector<std::mutex> table(3);
  std::mutex flag_lock;
  bool flag = false;
  const Thread t1("t1", [&] {
    bool seen;
    {
      const std::lock_guard guard(flag_lock);
      seen = flag;
    }
    for (std::size_t i = seen ? 0 : 1; i + 1 < table.size(); ++i) Nest(table[i], table[i + 1]);
  });
  const Thread t2("t2", [&] {
    const std::lock_guard guard(flag_lock);
    flag = true;
  });
  const Thread t3("t3", [&] { Nest(table[0], table[1], table[2]); });
}

TEST(StdIdentityInManySchedules, MutexUsedInSomeSchedulesOnly_IsNoCycle) {
  EXPECT_EQ(Strongest(RecordMany(&UsesOneSometimes)), "none");
}

std::mutex registry_lock;
struct Bank {
  std::mutex accounts;
};
Bank bank;

TEST_P(StdIdentity, Variable_IsKnownByItsName) {
  const Analysis analysis = Play([] {
    InTurn({{"t1", [&] { Nest(registry_lock, bank.accounts); }},
            {"t2", [&] { Nest(bank.accounts, registry_lock); }}});
  });
  EXPECT_THAT(Strongest(analysis), StartsWith(kTwoThreads));
  ASSERT_EQ(analysis.cycles.size(), 1u);
}

// Variables of the program's and of a function's, as wholes, members and elements.
TEST_P(StdIdentity, Variable_IsCalledAsItIsDeclared) {
  const RecordedGraph graph = RecordGraph(GetParam(), [] {
    static std::mutex table[3];
    Nest(registry_lock, bank.accounts, table[2]);
  });
  const lockgraph::Names names(graph);
  std::vector<std::string> locks;
  for (lockgraph::LockIndex i = 0; i < graph.locks.size(); ++i) locks.push_back(names.Lock(i));
  EXPECT_THAT(locks, UnorderedElementsAre(EndsWith("registry_lock"),
                                          AllOf(HasSubstr("Bank::accounts of "), EndsWith("bank")),
                                          EndsWith("table[2]")));
}

// The halves of two runs, which are put together: a variable is the same in both.
TEST_P(StdIdentity, VariableInTwoRuns_IsOneLock) {
  std::vector<RecordedGraph> graphs;
  for (const bool reversed : {false, true}) {
    graphs.push_back(RecordGraph(GetParam(), [reversed] {
      InTurn({{"t1",
               [&] {
                 if (!reversed) Nest(registry_lock, bank.accounts);
               }},
              {"t2", [&] {
                 if (reversed) Nest(bank.accounts, registry_lock);
               }}});
    }));
    EXPECT_EQ(Strongest(Analyse(graphs.back())), "none");
  }
  EXPECT_THAT(Strongest(Analyse(lockgraph::Merge(graphs))), StartsWith(kTwoThreads));
}

}  // namespace
}  // namespace selvage::tests
