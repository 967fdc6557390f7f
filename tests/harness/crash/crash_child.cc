// The tests that crash_test.cc runs in a process of their own: each ends it, or is to be ended, in
// the middle of a schedule. Compiled as users compile theirs.

#include <gtest/gtest.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>

#include "selvage/harness/gtest/test.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/time.h"

namespace selvage {
namespace {

constexpr std::size_t kPageSize = 4096;

int* volatile null_pointer = nullptr;

__attribute__((noinline)) void WriteToNull() { *static_cast<volatile int*>(null_pointer) = 1; }

// Calls `die` in task "hunter" once the other task has overtaken it.
template <typename Die>
void DieIfOvertaken(Die die) {
  Shared<int> counter(0, "counter");
  Lock lock("config");
  const Thread other("other", [&] {
    const Guard guard(lock);
    ++counter;
  });
  const Thread hunter("hunter", [&] {
    const Guard guard(lock);
    if (counter == 1) die();
  });
}

SELVAGE_TEST(Dying, Segv) { DieIfOvertaken(WriteToNull); }
SELVAGE_TEST(Dying, Abort) {
  DieIfOvertaken([] { std::abort(); });
}
SELVAGE_TEST(Dying, Raise) {
  DieIfOvertaken([] { raise(SIGFPE); });
}
[[noreturn]] void Fail() { throw std::runtime_error("no network"); }
SELVAGE_TEST(Dying, Terminate) {
  DieIfOvertaken([]() noexcept { Fail(); });
}
SELVAGE_TEST(Dying, ExitWithZero) {
  DieIfOvertaken([] { std::exit(0); });
}
SELVAGE_TEST(Dying, ExitWithSeven) {
  DieIfOvertaken([] { std::exit(7); });
}

SELVAGE_TEST(Dying, UnderscoreExit) {
  DieIfOvertaken([] { _exit(0); });
}
SELVAGE_TEST(Dying, CapitalExit) {
  DieIfOvertaken([] { _Exit(0); });
}
SELVAGE_TEST(Dying, QuickExit) {
  DieIfOvertaken([] { std::quick_exit(0); });
}
SELVAGE_TEST(Dying, Exec) {
  DieIfOvertaken([] { execl("/bin/true", "true", nullptr); });
}
SELVAGE_TEST(Dying, ExecInPath) {
  DieIfOvertaken([] {
    char name[] = "true";
    char* arguments[] = {name, nullptr};
    execvp(name, arguments);
  });
}
SELVAGE_TEST(Living, ExecOfWhatIsNotThere, {.schedules = 3}) {
  const Thread other([] { SELVAGE_EXPECT(execl("/nonexistent", "x", nullptr) == -1); });
}
SELVAGE_TEST(Living, ExecInAChildProcess, {.schedules = 3}) {
  const Thread other([] {
    const pid_t child = fork();
    if (child == 0) {
      execl("/bin/true", "true", nullptr);
      _exit(1);
    }
    int status = -1;
    SELVAGE_EXPECT(waitpid(child, &status, 0) == child && status == 0);
  });
}
SELVAGE_TEST(Dying, UnderscoreExitWithSeven) {
  DieIfOvertaken([] { _exit(7); });
}

__attribute__((noinline)) int Recurse(int depth) {
  volatile char frame[1024];
  frame[0] = static_cast<char>(depth);
  return depth < 0 ? 0 : Recurse(depth + 1) + frame[0];
}
SELVAGE_TEST(Dying, Recursion) {
  DieIfOvertaken([] { Recurse(0); });
}

// Larger than the stack and the guard below it; only its far end is touched.
__attribute__((noinline)) int LargeLocal() {
  char local[6 * 1024 * 1024];
  asm volatile("" : : "r"(local) : "memory");  // or the compiler keeps what is used of it only
  local[0] = 1;
  asm volatile("" : : "r"(local) : "memory");
  return local[0];
}
SELVAGE_TEST(Dying, LargeLocal) {
  DieIfOvertaken([] { LargeLocal(); });
}

// A finding in each schedule before the one that dies.
SELVAGE_TEST(Dying, AfterAFinding, {.stop_at_first_failure = false}) {
  DieIfOvertaken([] {
    static int schedules = 0;
    EXPECT_TRUE(false) << "an earlier finding";
    if (++schedules == 3) WriteToNull();
  });
}

// In a thread that the schedule does not control.
SELVAGE_TEST(Dying, InAnOrdinaryThread, {.control_native = false}) {
  std::thread(WriteToNull).join();
}

// The program's own handlers.
void SayAndLeave(int number, siginfo_t*, void*) {
  constexpr char kText[] = "the program's own handler\n";
  static_cast<void>(!write(STDERR_FILENO, kText, sizeof(kText) - 1));
  _exit(number == SIGSEGV ? 42 : 43);
}
TEST(Dying, WithAHandlerOfTheProgram) {
  struct sigaction action = {};
  action.sa_sigaction = &SayAndLeave;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSEGV, &action, nullptr);
  sigaction(SIGABRT, &action, nullptr);
  RunTest([] { DieIfOvertaken(std::getenv("ABORT") != nullptr ? &std::abort : &WriteToNull); },
          TestOptions(), __FILE__, __LINE__);
}

// A handler that makes the page at `guarded_page` accessible, and gives up all else.
char* guarded_page = nullptr;
void Unprotect(int number, siginfo_t* info, void*) {
  if (info->si_addr != guarded_page) {
    signal(number, SIG_DFL);
    return;
  }
  mprotect(guarded_page, kPageSize, PROT_READ | PROT_WRITE);
}

void HandleSegv(void (*handler)(int, siginfo_t*, void*), unsigned flags = 0) {
  struct sigaction action = {};
  action.sa_sigaction = handler;
  action.sa_flags = static_cast<int>(SA_SIGINFO | flags);
  sigaction(SIGSEGV, &action, nullptr);
  guarded_page =
      static_cast<char*>(mmap(nullptr, kPageSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

void WriteToGuardedPage() {
  mprotect(guarded_page, kPageSize, PROT_NONE);
  *static_cast<volatile char*>(guarded_page) = 1;
}

TEST(Living, HandlerThatRepairs) {
  HandleSegv(&Unprotect);
  RunTest([] { const Thread writer(WriteToGuardedPage); }, TestOptions({.schedules = 5}), __FILE__,
          __LINE__);
}
TEST(Dying, BesideAHandlerThatRepairs) {
  HandleSegv(&Unprotect);
  RunTest(
      [] {
        WriteToGuardedPage();
        DieIfOvertaken(WriteToNull);
      },
      TestOptions(), __FILE__, __LINE__);
}
TEST(Dying, InTheSecondFaultOfAHandlerForOne) {
  HandleSegv(&Unprotect, SA_RESETHAND);
  RunTest(
      [] {
        DieIfOvertaken([] {
          WriteToGuardedPage();
          WriteToGuardedPage();
        });
      },
      TestOptions(), __FILE__, __LINE__);
}

sigjmp_buf before_fault;
void JumpOut(int, siginfo_t*, void*) { siglongjmp(before_fault, 1); }
TEST(Living, HandlerThatJumpsOut) {
  HandleSegv(&JumpOut);
  RunTest(
      [] {
        const Thread writer([] {
          if (sigsetjmp(before_fault, 1) == 0) WriteToNull();
        });
      },
      TestOptions({.schedules = 5}), __FILE__, __LINE__);
}

TEST(Living, HandlersAreWhatTheyWere) {
  struct sigaction action = {};
  action.sa_sigaction = &SayAndLeave;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSEGV, &action, nullptr);
  RunTest([] {}, TestOptions({.schedules = 2}), __FILE__, __LINE__);
  const struct sigaction default_action = {};
  struct sigaction now = {};
  sigaction(SIGSEGV, &default_action, &now);
  EXPECT_EQ(now.sa_sigaction, &SayAndLeave);
  sigaction(SIGABRT, nullptr, &now);
  EXPECT_EQ(now.sa_handler, SIG_DFL);
  sigaction(SIGTERM, nullptr, &now);
  EXPECT_EQ(now.sa_handler, SIG_DFL);
}

// Death tests in the body, and a body in a death test.
SELVAGE_TEST(Living, DeathTestsInABody, {.schedules = 2}) {
  EXPECT_EXIT(std::exit(0), testing::ExitedWithCode(0), "");
  EXPECT_DEATH(WriteToNull(), "");
}
TEST(Living, ABodyInADeathTest) {
  EXPECT_EXIT(RunTest([] { WriteToNull(); }, TestOptions(), __FILE__, __LINE__),
              testing::KilledBySignal(SIGSEGV), "SIGSEGV in schedule 1 of");
}

// The first schedule is repeated, to see whether it is determined: the twentieth run of the body is
// the nineteenth schedule.
SELVAGE_TEST(Interrupted, AfterAFinding,
             {.schedules = 1'000'000'000, .stop_at_first_failure = false}) {
  static int schedules = 0;
  if (++schedules == 20) raise(std::getenv("SIGNAL") == nullptr ? SIGTERM : SIGINT);
  EXPECT_NE(schedules, 10) << "found before the signal";
}
TEST(Interrupted, IsNotRunAnyMore) { std::puts("the test after it"); }

TEST(InterruptedAlone, Explore) {
  int schedules = 0;
  Options options;
  options.schedules = 1'000'000'000;
  options.stop_at_first_failure = false;
  options.name = "alone";
  Explore(
      [&] {
        if (++schedules == 20) raise(SIGTERM);
        SELVAGE_EXPECT(schedules != 10);
      },
      options);
  std::puts("after Explore");
}

}  // namespace
}  // namespace selvage
