// A thread waits for another by looking at a plain flag.

#include <chrono>
#include <memory>

#include "selvage/cases/registry.h"
#include "selvage/primitives/event.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/time.h"

namespace selvage::cases::event_flag {
namespace {

class FlagSignal {
 public:
  void Set() { flag_ = true; }
  void Wait() {
    while (!flag_) Yield();
  }

 private:
  Shared<bool> flag_{false, "flag"};
};

class EventSignal {
 public:
  void Set() { event_.set(); }
  void Wait() { event_.wait(); }

 private:
  Event event_{"event"};
};

template <typename Signal>
void Run() {
  const auto signal = std::make_unique<Signal>();
  Thread waiter("waiter", [&shared = *signal] { shared.Wait(); });
  Thread setter("setter", [&shared = *signal] {
    SleepFor(std::chrono::seconds(2));
    shared.Set();
  });
  waiter.join();
  setter.join();
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "event_flag",
      .documents = {"000", "001"},
      .goes_wrong =
          "The flag is written by one thread while another reads it, and neither the compiler nor "
          "the processor is told that they should agree.",
      .order_of_events =
          "The waiter reads the flag again and again, the setter writes it with nothing to order "
          "the two.",
      .why_fixed =
          "An Event orders what was done before set() before what follows wait(), and needs no "
          "polling.",
      .variants = {{"buggy", Role::kBuggy, Run<FlagSignal>, {FindingKind::kDataRace}},
                   {"fixed", Role::kFixed, Run<EventSignal>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::event_flag
