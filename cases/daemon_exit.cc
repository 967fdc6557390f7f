// A daemon thread uses what the end of the program has destroyed.

#include <chrono>
#include <cstdlib>
#include <memory>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/event.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/time.h"

namespace selvage::cases::daemon_exit {
namespace {

using std::chrono::seconds;

struct Journal {
  // Before the counter, where an allocator keeps its own books in a block that was freed: a late
  // write there would end a later schedule instead of this one.
  char title[32] = {};
  int lines = 0;
};

// What main destroys when it ends, one after the other.
struct Program {
  std::unique_ptr<Journal> journal = std::make_unique<Journal>();
  std::unique_ptr<Journal> errors = std::make_unique<Journal>();

  void End() {
    journal.reset();
    errors.reset();
  }
};

void RunDaemon() {
  const auto program = std::make_unique<Program>();
  const Thread background(Daemon("background"), [&shared = *program] {
    for (;;) {
      shared.journal->lines += 1;
      SleepFor(seconds(1));
    }
  });
  SleepFor(seconds(3));
  program->End();
}

// exit() from within: nobody is asked whether it has finished.
void RunExit() {
  const auto program = std::make_unique<Program>();
  Thread background("background", [&shared = *program] { shared.journal->lines += 1; });
  std::exit(0);
}

void RunStopped() {
  const auto program = std::make_unique<Program>();
  const auto stop = std::make_unique<Event>("stop");
  Thread background("background", [&shared = *program, &stopped = *stop] {
    while (!stopped.wait_for(seconds(1))) shared.journal->lines += 1;
  });
  SleepFor(seconds(3));
  stop->set();
  background.join();
  program->End();
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "daemon_exit",
      .documents = {"000", "001", "003"},
      .goes_wrong =
          "Nobody waits for a daemon thread, so it goes on while main ends and destroys what the "
          "thread uses; with exit() that is so for every thread.",
      .order_of_events =
          "The daemon sleeps, main ends and destroys the journal, the daemon wakes and writes to "
          "it before the process is gone.",
      .why_fixed =
          "Main sets a stop event and joins the thread before it destroys what the thread uses.",
      .variants =
          {{"buggy", Role::kBuggy, RunDaemon, {FindingKind::kDataRace, FindingKind::kCrash}},
           {"buggy_exit", Role::kBuggy, RunExit, {FindingKind::kCrash}},
           {"fixed", Role::kFixed, RunStopped, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::daemon_exit
