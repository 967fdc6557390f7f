// A pool of connections that are handed out to threads.

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/time.h"

namespace selvage::cases::connection_pool {
namespace {

constexpr int kConnections = 2;
constexpr int kClients = 3;

class Connection {
 public:
  void Query() {
    const int users = users_.fetch_add(1) + 1;
    SELVAGE_EXPECT(users == 1);
    SleepFor(std::chrono::milliseconds(10));
    users_.fetch_sub(1);
  }

 private:
  friend class Pool;

  Shared<bool> taken_{false, "taken"};
  // An observer and no part of the example: atomic, so that it adds no data race, and nothing to
  // schedule.
  std::atomic<int> users_{0};
};

class Pool {
 public:
  void UnguardedQuery() {
    Connection* connection = Take();
    SELVAGE_EXPECT(connection != nullptr);
    if (connection == nullptr) return;
    connection->Query();
    connection->taken_ = false;
  }

  void GuardedQuery() {
    Guard permit(available_);
    Connection* connection = nullptr;
    {
      Guard guard(lock_);
      connection = Take();
    }
    SELVAGE_EXPECT(connection != nullptr);
    if (connection == nullptr) return;
    connection->Query();
    Guard guard(lock_);
    connection->taken_ = false;
  }

 private:
  Connection* Take() {
    for (Connection& connection : connections_) {
      if (connection.taken_) continue;
      connection.taken_ = true;
      return &connection;
    }
    return nullptr;
  }

  Connection connections_[kConnections];
  Semaphore available_{kConnections, "available"};
  Lock lock_{"pool lock"};
};

template <void (Pool::*query)()>
void Run() {
  const auto pool = std::make_unique<Pool>();
  std::vector<Thread> clients;
  clients.reserve(kClients);
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back([&shared = *pool] { (shared.*query)(); });
  }
  for (Thread& client : clients) client.join();
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "connection_pool",
      .documents = {"003"},
      .goes_wrong =
          "Nothing guards the list of free connections, so that two clients are handed the same "
          "one, or one client finds none.",
      .order_of_events =
          "The first client sees that a connection is free, the second sees the same, and both "
          "mark it as taken and use it.",
      .why_fixed =
          "The semaphore lets in as many clients as there are connections, and the lock makes "
          "looking and marking one step.",
      .variants = {{"buggy",
                    Role::kBuggy,
                    Run<&Pool::UnguardedQuery>,
                    {FindingKind::kDataRace, FindingKind::kFailedExpectation}},
                   {"fixed", Role::kFixed, Run<&Pool::GuardedQuery>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::connection_pool
