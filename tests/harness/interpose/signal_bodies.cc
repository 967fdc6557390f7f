#include "selvage/tests/harness/interpose/signal_bodies.h"

#include <setjmp.h>
#include <signal.h>

#include "selvage/primitives/atomic.h"
#include "selvage/primitives/thread.h"

namespace selvage {
namespace {

volatile int handler_runs = 0;
volatile int handler_state[4] = {};
sigjmp_buf raised;

void Handle(int) {
  for (volatile int& state : handler_state) state = state + 1;
  handler_runs = handler_runs + 1;
}

void HandleWithInfo(int number, siginfo_t* info, void*) {
  if (info->si_signo == number) Handle(number);
}

void HandleAndJump(int number) {
  Handle(number);
  siglongjmp(raised, 1);
}

void Store(void (*interrupt)()) {
  Atomic<int> shared(0);
  const Thread other([&] { shared.store(1); });
  interrupt();
  shared.store(2);
  shared.store(3);
}

}  // namespace

void InstallBySigaction() {
  struct sigaction action = {};
  action.sa_handler = &Handle;
  sigaction(SIGUSR1, &action, nullptr);
}

void InstallBySigactionWithInfo() {
  struct sigaction action = {};
  action.sa_sigaction = &HandleWithInfo;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGUSR1, &action, nullptr);
}

void InstallBySignal() { signal(SIGUSR1, &Handle); }

void InstallAndJump() {
  struct sigaction action = {};
  action.sa_handler = &HandleAndJump;
  sigaction(SIGUSR1, &action, nullptr);
}

void Uninstall() { signal(SIGUSR1, SIG_DFL); }

void StoreTwice() {
  Store([] {});
}

void StoreTwiceAndRaise() {
  Store([] { raise(SIGUSR1); });
}

void StoreTwiceAndRaiseAndJump() {
  Store([] {
    if (sigsetjmp(raised, 1) == 0) raise(SIGUSR1);
  });
}

int HandlerRuns() { return handler_runs; }

}  // namespace selvage
