// Tests that confirm_test.cc has scheduled: their first schedule predicts a deadlock and has none.

#include <mutex>
#include <shared_mutex>

#include "selvage/harness/gtest/test.h"
#include "selvage/primitives/atomic.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/shared_lock.h"
#include "selvage/primitives/thread.h"

namespace selvage {
namespace {

SELVAGE_TEST(Bank, TransfersBothWays, {.schedules = 1, .strategy = "exhaustive"}) {
  Lock accounts("accounts");
  Lock journal("journal");
  const Thread transfer("transfer", [&] {
    const std::lock_guard outer(accounts);
    const std::lock_guard inner(journal);
  });
  const Thread audit("audit", [&] {
    const std::lock_guard outer(journal);
    const std::lock_guard inner(accounts);
  });
}

// No deadlock but where a writer waits for each of the locks when the readers ask for the second.
SELVAGE_TEST(Library, IsReadBothWays, {.schedules = 1, .strategy = "exhaustive"}) {
  SharedLock books("books");
  SharedLock loans("loans");
  const auto read = [](SharedLock& one, SharedLock& other) {
    const std::shared_lock outer(one);
    const std::shared_lock inner(other);
  };
  const Thread reader("reader", [&] { read(books, loans); });
  const Thread auditor("auditor", [&] { read(loans, books); });
  const Thread buyer("buyer", [&] { const std::lock_guard guard(books); });
  const Thread lender("lender", [&] { const std::lock_guard guard(loans); });
}

// The second thread nests the other way only once the first is through.
SELVAGE_TEST(Shop, SellsInTurns, {.stop_at_first_failure = false}) {
  Lock shelf("shelf");
  Lock till("till");
  Atomic<int> done(0, "done");
  const Thread first("first", [&] {
    {
      const std::lock_guard outer(shelf);
      const std::lock_guard inner(till);
    }
    done.store(1, std::memory_order_relaxed);  // else it is seen what comes first
  });
  const Thread second("second", [&] {
    if (done.load(std::memory_order_relaxed) == 0) return;
    const std::lock_guard outer(till);
    const std::lock_guard inner(shelf);
  });
}

}  // namespace
}  // namespace selvage
