// Several threads in a ring, each of which needs two neighbouring locks: dining philosophers.

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "selvage/cases/registry.h"
#include "selvage/primitives/barrier.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/thread.h"

namespace selvage::cases::lock_order_ring {
namespace {

constexpr std::string_view kForks[] = {"fork 0", "fork 1", "fork 2", "fork 3", "fork 4"};

template <std::size_t n>
class Table {
 public:
  Table() : Table(std::make_index_sequence<n>()) {}

  // The fork on the left first, whoever sits there.
  void EatLeftFirst(std::size_t seat) {
    seated_.wait();
    Eat(forks_[seat], forks_[(seat + 1) % n]);
  }

  // The fork with the lower number first.
  void EatInOrder(std::size_t seat) {
    seated_.wait();
    const bool last = seat + 1 == n;
    Eat(forks_[last ? 0 : seat], forks_[last ? seat : seat + 1]);
  }

  // As EatLeftFirst(), but one seat always stays empty.
  void EatBehindDoor(std::size_t seat) {
    seated_.wait();
    Guard guard(door_);
    Eat(forks_[seat], forks_[(seat + 1) % n]);
  }

 private:
  template <std::size_t... i>
  explicit Table(std::index_sequence<i...>) : forks_{Lock(kForks[i])...} {}

  static void Eat(Lock& first, Lock& second) {
    Guard guard_first(first);
    Guard guard_second(second);
  }

  // Nobody eats before all are there: otherwise the first is often done before the last has begun.
  Barrier seated_{n, "seated"};
  Lock forks_[n];
  Semaphore door_{n - 1, "door"};
};

template <std::size_t n, void (Table<n>::*eat)(std::size_t seat)>
void Run() {
  const auto table = std::make_unique<Table<n>>();
  std::vector<Thread> philosophers;
  philosophers.reserve(n);
  for (std::size_t seat = 0; seat < n; ++seat) {
    philosophers.emplace_back([&shared = *table, seat] { (shared.*eat)(seat); });
  }
  for (Thread& philosopher : philosophers) philosopher.join();
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "lock_order_ring",
      .documents = {"002"},
      .goes_wrong =
          "Each thread holds the lock on its left and waits for the one on its right, all around "
          "the ring.",
      .order_of_events =
          "Every thread takes its left lock before any has taken its right one, and then all ask "
          "for the right one.",
      .why_fixed =
          "With one order for all locks the thread that holds the last one waits for nobody; with "
          "a Semaphore(n-1) at the door one neighbour is missing, and the ring never closes.",
      .variants =
          {{"buggy", Role::kBuggy, Run<3, &Table<3>::EatLeftFirst>, {FindingKind::kDeadlock}},
           {"fixed", Role::kFixed, Run<3, &Table<3>::EatInOrder>, {}},
           {"fixed_semaphore", Role::kFixed, Run<3, &Table<3>::EatBehindDoor>, {}},
           {"buggy_five", Role::kBuggy, Run<5, &Table<5>::EatLeftFirst>, {FindingKind::kDeadlock}},
           {"fixed_five", Role::kFixed, Run<5, &Table<5>::EatInOrder>, {}},
           {"fixed_five_semaphore", Role::kFixed, Run<5, &Table<5>::EatBehindDoor>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::lock_order_ring
