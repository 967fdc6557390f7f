#include "selvage/harness/crash/interruption.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <iterator>

#include "selvage/harness/crash/guard.h"
#include "selvage/harness/crash/raw_signal.h"
#include "selvage/harness/runtime/spin_lock.h"

namespace selvage::crash {
namespace {

constexpr int kInterruptions[] = {SIGINT, SIGTERM};
constexpr std::size_t kInterruptionCount = std::size(kInterruptions);

constinit std::atomic<int> noted{0};
struct sigaction dispositions[kInterruptionCount];
bool installed[kInterruptionCount] = {};

constinit runtime::SpinLock scopes_lock;
int scope_count = 0;
constinit thread_local int scope_depth = 0;

void OnInterruption(int number, siginfo_t* info, void*) {
  int none = 0;
  if (noted.compare_exchange_strong(none, number)) return;
  Guard::Tell(SignalName(number), 2);
  for (std::size_t i = 0; i < kInterruptionCount; ++i) {
    if (kInterruptions[i] == number) PassOn(number, *info, dispositions[i]);
  }
}

bool IsDefault(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_DFL;
}

void TakeOver() {
  for (std::size_t i = 0; i < kInterruptionCount; ++i) {
    installed[i] = IsDefault(RawAction(kInterruptions[i]));
    if (installed[i]) dispositions[i] = SetRawHandler(kInterruptions[i], &OnInterruption);
  }
}

void GiveBack() {
  for (std::size_t i = 0; i < kInterruptionCount; ++i) {
    if (installed[i] && Runs(RawAction(kInterruptions[i]), &OnInterruption)) {
      RestoreRawAction(kInterruptions[i], dispositions[i]);
    }
  }
}

}  // namespace

int Interruption() { return noted.load(std::memory_order_relaxed); }

void NoteInterruption(int number) {
  int none = 0;
  noted.compare_exchange_strong(none, number);
}

InterruptionScope::InterruptionScope() : outermost_(scope_depth++ == 0) {
  const runtime::SpinLockHolder holder(scopes_lock);
  if (scope_count++ == 0) TakeOver();
}

InterruptionScope::~InterruptionScope() {
  --scope_depth;
  {
    const runtime::SpinLockHolder holder(scopes_lock);
    if (--scope_count > 0) return;
    GiveBack();
  }
  if (const int number = Take()) kill(getpid(), number);
}

int InterruptionScope::Take() { return noted.exchange(0); }

}  // namespace selvage::crash
