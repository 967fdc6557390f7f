// Programs that end in all the ways there are, for endings_test.cc: ending_child WAY.
#include <dlfcn.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "selvage/harness/lockgraph/slow_scope.h"
#include "selvage/primitives/barrier.h"
#include "selvage/primitives/condition.h"
#include "selvage/primitives/event.h"
#include "selvage/primitives/future.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/queue.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/thread_pool.h"

namespace selvage {
namespace {

// What the report is to have in it: two locks, taken in both orders by two threads.
void NestBothWays() {
  static auto& a = *new Lock("accounts");
  static auto& b = *new Lock("journal");
  Thread first("first", [] {
    const std::lock_guard outer(a);
    const std::lock_guard inner(b);
  });
  while (first.is_alive()) {
  }
  Thread second("second", [] {
    const std::lock_guard outer(b);
    const std::lock_guard inner(a);
  });
}

void Say(const char* word) {
  std::puts(word);
  std::fflush(stdout);
}

[[noreturn]] void WaitForSignal() {
  Say("ready");
  for (;;) pause();
}

// --- Endings ---

void SelfDeadlock() {
  Lock a("accounts");
  a.lock();
  a.lock();
}

void OwnHandler() {
  signal(SIGTERM, [](int) { std::_Exit(7); });
  NestBothWays();
  raise(SIGTERM);
}

void IgnoredSignal() {
  signal(SIGINT, SIG_IGN);
  NestBothWays();
  raise(SIGINT);
}

void Fault() {
  NestBothWays();
  volatile int* volatile nowhere = nullptr;
  *nowhere = 1;
}

// Each `%p` of parent and child, with another thread that records all the time.
void ForkWhileRecording() {
  std::atomic<bool> stop{false};
  const Thread busy("busy", [&] {
    Event event("event");
    while (!stop) {
      const Lock made_and_forgotten("made and forgotten");
      event.set();
    }
  });
  int failed = 0;
  for (int i = 0; i < 20; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      Lock mine("of the child"), other("of the child too");
      {
        const std::lock_guard held(mine);
        const std::lock_guard more(other);
      }
      std::exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (status != 0) std::printf("child %d ended with status %d\n", i, status);
    failed += status != 0;
  }
  stop = true;
  std::printf("%d children failed\n", failed);
}

void ForkOnce() {
  NestBothWays();
  const pid_t child = fork();
  if (child == 0) {
    Lock mine("of the child"), other("of the child too");
    const std::lock_guard held(mine);
    const std::lock_guard more(other);
    _exit(0);
  }
  waitpid(child, nullptr, 0);
}

void ForkForNothing() {
  NestBothWays();
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
}

// A child that is killed has no thread but its own.
void ForkAndTerminate() {
  NestBothWays();
  const pid_t child = fork();
  if (child == 0) {
    Lock mine("of the child"), other("of the child too");
    const std::lock_guard held(mine);
    const std::lock_guard more(other);
    raise(SIGTERM);
  }
  int status = 0;
  waitpid(child, &status, 0);
  std::printf("the child ended by signal %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

void Vfork() {
  NestBothWays();
  const pid_t child = vfork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
}

void CloseLibrary() {
  void* library = dlopen(SELVAGE_LIBRARY, RTLD_NOW);
  if (library == nullptr) std::abort();
  Lock mine("of the program");
  {
    const std::lock_guard held(mine);
    reinterpret_cast<void (*)()>(dlsym(library, "NestInLibrary"))();
  }
  dlclose(library);
}

void ChangeDirectory() {
  NestBothWays();
  if (chdir("/") != 0) std::abort();
}

// --- Threads that wait for ever ---

void WaitForCondition() {
  Lock lock("lock");
  Condition changed("changed");
  const Thread waiter("waiter", [&] {
    const std::lock_guard held(lock);
    changed.wait(lock);
  });
}

void WaitForBarrier() {
  Barrier all(3, "all");
  const Thread one("one", [&] { all.wait(); });
  all.wait();
}

void WaitForQueue() {
  Queue<int> queue(0, "queue");
  const Thread consumer("consumer", [&] { queue.get(); });
}

void WaitForEvent() { Event("event").wait(); }

// Each worker waits for a task that nobody is left to run.
void WaitForFutureOfAFullPool() {
  ThreadPoolExecutor pool(2);
  Barrier both(2, "both");
  const auto outer = [&] {
    both.wait();
    pool.submit([] {}).get();
  };
  Future<void> first = pool.submit(outer);
  Future<void> second = pool.submit(outer);
  first.get();
}

void WaitForALockWhoseOwnerHasEnded() {
  Lock lock("lock");
  Thread("owner", [&] { lock.lock(); }).join();
  const Thread waiter("waiter", [&] { lock.lock(); });
}

// As above, but the program goes on elsewhere.
void WaitForALockWhoseOwnerHasEndedBesideOthers() {
  Lock lock("lock");
  Thread("owner", [&] { lock.lock(); }).join();
  const Thread waiter(Daemon("waiter"), [&] { lock.lock(); });
  std::this_thread::sleep_for(std::chrono::minutes(1));
}

// --- Threads that do not ---

// One that is started as code outside of the program does, which the recorder does not see.
std::thread StartStranger(std::function<void()> body) {
  const lockgraph::UnrecordedScope hidden;
  return std::thread(std::move(body));
}

// Whom the recorder does not know may wake the others.
void WaitForAThreadThatIsNotRecorded() {
  Event event("event");
  std::thread other = StartStranger([&] {
    std::this_thread::sleep_for(std::chrono::seconds(3));
    event.set();
  });
  event.wait();
  other.join();
  Say("done");
}

// So may one that sleeps in something else than a wait for another thread.
void WaitForAThreadThatSleeps() {
  Event event("event");
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::seconds(3));
    event.set();
  });
  event.wait();
  other.join();
  Say("done");
}

// It does so once it is told to.
void WaitForAThreadThatIsNotRecordedAndIsTold() {
  Event event("event");
  std::thread other = StartStranger([&] {
    char told = 0;
    while (read(STDIN_FILENO, &told, 1) < 0) {
    }
    event.set();
  });
  event.wait();
  other.join();
  Say("done");
}

void WaitWithADeadline() {
  Event event("event"), other("other");
  const Thread setter("setter", [&] {
    other.wait_for(std::chrono::seconds(3));
    event.set();
  });
  event.wait();
  Say("done");
}

Event* woken_by_handler = nullptr;

void WaitForASignalHandler() {
  woken_by_handler = new Event("event");
  signal(SIGALRM, [](int) { woken_by_handler->set(); });
  alarm(3);
  woken_by_handler->wait();
  Say("done");
}

// --- Locks left behind ---

void EndWhileHolding() {
  static auto& lock = *new Lock("left");
  Thread("owner", [] { lock.lock(); }).join();
}

void DestroyWhileHeld() {
  auto* lock = new Lock("doomed");
  lock->lock();
  delete lock;
}

// A million, each nested in one that stays, and then the other order with the last one.
void MakeShortLivedLocks() {
  Lock outer("outer");
  for (int i = 0; i < 1'000'000; ++i) {
    Lock inner("inner");
    {
      const std::lock_guard held(outer);
      const std::lock_guard more(inner);
    }
    if (i + 1 == 1'000'000) {
      Thread other("other", [&] {
        const std::lock_guard held(inner);
        const std::lock_guard more(outer);
      });
      other.join();
    }
  }
}

const std::map<std::string, std::function<void()>> kWays = {
    {"exit", [] { NestBothWays(); }},
    {"self_deadlock", &SelfDeadlock},
    {"caught_self_deadlock",
     [] {
       try {
         SelfDeadlock();
       } catch (const std::system_error&) {
       }
       std::_Exit(0);
     }},
    {"abort",
     [] {
       NestBothWays();
       std::abort();
     }},
    {"exception",
     [] {
       NestBothWays();
       throw std::runtime_error("nobody catches it");
     }},
    {"_exit",
     [] {
       NestBothWays();
       _exit(5);
     }},
    {"_Exit",
     [] {
       NestBothWays();
       std::_Exit(5);
     }},
    {"quick_exit",
     [] {
       NestBothWays();
       std::quick_exit(5);
     }},
    {"SIGTERM",
     [] {
       NestBothWays();
       raise(SIGTERM);
       pause();
     }},
    {"SIGINT",
     [] {
       NestBothWays();
       raise(SIGINT);
       pause();
     }},
    {"fault", &Fault},
    {"SIGSEGV",
     [] {
       NestBothWays();
       raise(SIGSEGV);
     }},
    {"own_handler", &OwnHandler},
    {"ignored_signal", &IgnoredSignal},
    {"wait_for_signal",
     [] {
       NestBothWays();
       WaitForSignal();
     }},
    {"fork_while_recording", &ForkWhileRecording},
    {"fork_once", &ForkOnce},
    {"fork_for_nothing", &ForkForNothing},
    {"fork_and_terminate", &ForkAndTerminate},
    {"vfork", &Vfork},
    {"close_library", &CloseLibrary},
    {"change_directory", &ChangeDirectory},
    {"condition", &WaitForCondition},
    {"barrier", &WaitForBarrier},
    {"queue", &WaitForQueue},
    {"event", &WaitForEvent},
    {"future", &WaitForFutureOfAFullPool},
    {"ended_owner", &WaitForALockWhoseOwnerHasEnded},
    {"ended_owner_beside_others", &WaitForALockWhoseOwnerHasEndedBesideOthers},
    {"stranger", &WaitForAThreadThatIsNotRecorded},
    {"sleeper", &WaitForAThreadThatSleeps},
    {"told_stranger", &WaitForAThreadThatIsNotRecordedAndIsTold},
    {"deadline", &WaitWithADeadline},
    {"handler", &WaitForASignalHandler},
    {"end_while_holding", &EndWhileHolding},
    {"destroy_while_held", &DestroyWhileHeld},
    {"short_lived", &MakeShortLivedLocks},
};

}  // namespace
}  // namespace selvage

int main(int argc, char** argv) {
  const auto way = selvage::kWays.find(argc == 2 ? argv[1] : "");
  if (way == selvage::kWays.end()) return 99;
  way->second();
  return 0;
}
