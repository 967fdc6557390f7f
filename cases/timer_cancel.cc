// A timer is cancelled when its function has begun already.

#include <chrono>
#include <memory>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/timer.h"

namespace selvage::cases::timer_cancel {
namespace {

struct Session {
  // Before the counter, where an allocator keeps its own books in a block that was freed: a late
  // write there would end a later schedule instead of this one.
  char peer[32] = {};
  int pings = 0;
};

struct Client {
  std::unique_ptr<Session> session = std::make_unique<Session>();
};

enum class Join { kAtEnd, kFirst };

template <Join join>
void Run() {
  const auto client = std::make_unique<Client>();
  Timer timer(
      std::chrono::seconds(20), [&shared = *client] { shared.session->pings += 1; }, "ping");
  timer.start();
  timer.cancel();
  if (join == Join::kFirst) timer.join();
  client->session.reset();
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "timer_cancel",
      .documents = {"003"},
      .goes_wrong =
          "cancel() only keeps the function from being called; one that has begun goes on, and "
          "uses the session that main takes for unused.",
      .order_of_events =
          "The time is up and the function begins, main cancels the timer and destroys the "
          "session, the function uses it.",
      .why_fixed =
          "Main cancels the timer and then joins it: after that the function has returned or will "
          "never be called.",
      .variants = {{"buggy",
                    Role::kBuggy,
                    Run<Join::kAtEnd>,
                    {FindingKind::kDataRace, FindingKind::kCrash}},
                   {"fixed", Role::kFixed, Run<Join::kFirst>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::timer_cancel
