// Two threads wait for one event, and one of them clears it.

#include <memory>

#include "selvage/cases/registry.h"
#include "selvage/primitives/event.h"
#include "selvage/primitives/thread.h"

namespace selvage::cases::event_missed {
namespace {

void Await(Event& event) { event.wait(); }

void AwaitAndClear(Event& event) {
  event.wait();
  event.clear();
}

template <void (*second_wait)(Event& event)>
void Run() {
  const auto event = std::make_unique<Event>("event");
  Thread first("first waiter", [&shared = *event] { Await(shared); });
  Thread second("second waiter", [&shared = *event] { second_wait(shared); });
  event->set();
  first.join();
  second.join();
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "event_missed",
      .documents = {"000"},
      .goes_wrong =
          "The second waiter clears the event for its own next round, although the first has not "
          "seen it yet.",
      .order_of_events =
          "The event is set, the second waiter goes on and clears it, the first waiter comes to "
          "wait and finds it not set.",
      .why_fixed =
          "Nobody clears an event that others wait for: it stays set, and lets each waiter through "
          "whenever it comes.",
      .variants = {{"buggy", Role::kBuggy, Run<AwaitAndClear>, {FindingKind::kDeadlock}},
                   {"fixed", Role::kFixed, Run<Await>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::event_missed
