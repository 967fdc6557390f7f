#include "selvage/harness/output/silence.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iostream>

#include "selvage/harness/crash/raw_signal.h"
#include "selvage/harness/crash/text.h"
#include "selvage/harness/runtime/spin_lock.h"
#include "selvage/harness/tsan/annotations.h"

// What every sanitizer's runtime has (sanitizer/common_interface_defs.h).
extern "C" {
__attribute__((weak)) void __sanitizer_set_report_fd(void* file);
__attribute__((weak)) const char* __sanitizer_get_report_path();
}

namespace selvage::output {
namespace {

constexpr off_t kPage = 4096;
constexpr off_t kMostKept = off_t{1} << 20;  // of several schedules at once
constexpr off_t kMostTold = off_t{64} << 10;
constexpr unsigned kSecondsToFlush = 1;

// Not a std::mutex, which would be one of the program's.
constinit runtime::SpinLock lock;
int silences = 0;  // that have started

// Read by signal handlers; written under the lock while `diverted` is false. -1: there is none.
int said = -1;               // the file in memory
char* said_map = nullptr;    // its first page: all zero until something is said
int kept[] = {-1, -1};       // where the descriptors 1 and 2 went before
bool sends_reports = false;  // of a sanitizer
pid_t process = 0;
constinit std::atomic<bool> diverted{false};

void FlushAll() {
  const tsan::IgnoreScope unseen;
  std::cout.flush();
  std::clog.flush();
  std::fflush(stdout);
  std::fflush(stderr);
}

// A sanitizer that writes to a file of its own is left alone.
void SendReportsOfSanitizerTo(int file) {
  if (&__sanitizer_set_report_fd == nullptr || &__sanitizer_get_report_path == nullptr) return;
  const char* path = __sanitizer_get_report_path();
  sends_reports = path == nullptr || path[0] == '\0';
  if (!sends_reports) return;
  __sanitizer_set_report_fd(reinterpret_cast<void*>(static_cast<std::intptr_t>(file)));
}

// A sanitizer closes what its parent had opened, when it is next asked for anything, and opens a
// file in the current directory instead.
void InForkedChild() {
  if (!diverted || kept[1] < 0 || !sends_reports) return;
  __sanitizer_set_report_fd(reinterpret_cast<void*>(static_cast<std::intptr_t>(kept[1])));
}

void MakeFile() {
  if (said >= 0) return;
  said = memfd_create("selvage-output", MFD_CLOEXEC);
  if (said < 0) return;
  void* map = MAP_FAILED;
  if (ftruncate(said, kPage) == 0) map = mmap(nullptr, kPage, PROT_READ, MAP_SHARED, said, 0);
  if (map != MAP_FAILED) {
    said_map = static_cast<char*>(map);
    pthread_atfork(nullptr, nullptr, &InForkedChild);
    return;
  }
  close(said);
  said = -1;
}

bool SomethingWasSaid() { return *static_cast<const volatile char*>(said_map) != '\0'; }

void Forget() {
  // Its first page stays, or the mapping would have nothing behind it.
  if (ftruncate(said, 0) == 0 && ftruncate(said, kPage) == 0) lseek(said, 0, SEEK_SET);
}

void Divert() {
  MakeFile();
  if (said < 0) return;
  process = getpid();
  for (int i = 0; i < 2; ++i) {
    if (kept[i] < 0) kept[i] = fcntl(STDOUT_FILENO + i, F_DUPFD_CLOEXEC, 3);
  }
  if (kept[1] >= 0) SendReportsOfSanitizerTo(kept[1]);
  diverted = true;
  for (int i = 0; i < 2; ++i) {
    if (kept[i] >= 0) dup2(said, STDOUT_FILENO + i);
  }
}

void PutBack() {
  for (int i = 0; i < 2; ++i) {
    if (kept[i] >= 0) dup2(kept[i], STDOUT_FILENO + i);
  }
  if (kept[1] >= 0) SendReportsOfSanitizerTo(STDERR_FILENO);
}

void EndDiversion() {
  if (diverted.exchange(false)) PutBack();
  for (int& file : kept) {
    if (file >= 0) close(file);
    file = -1;
  }
}

// The thread may hold the stream's lock, or have left it in the middle of something.
void FlushInCopy() {
  const long copy = syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (copy < 0) return;
  if (copy == 0) {
    for (const int number : {SIGALRM, SIGSEGV, SIGBUS, SIGABRT}) {
      crash::RestoreRawAction(number, {});
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    alarm(kSecondsToFlush);
    syscall(SYS_dup3, said, STDOUT_FILENO, 0);
    if (ftrylockfile(stdout) == 0) fflush_unlocked(stdout);
    syscall(SYS_exit_group, 0);
  }
  int status = 0;
  while (waitpid(static_cast<pid_t>(copy), &status, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

void Silence::BeginSchedule() {
  const runtime::SpinLockHolder holder(lock);
  FlushAll();
  if (!started_) ++silences;
  started_ = true;
  if (!diverted) Divert();
  if (said >= 0 && SomethingWasSaid() && (silences == 1 || lseek(said, 0, SEEK_CUR) > kMostKept)) {
    Forget();
  }
}

void Silence::Stop() {
  if (!started_) return;
  started_ = false;
  const runtime::SpinLockHolder holder(lock);
  if (--silences > 0) return;
  FlushAll();
  EndDiversion();
}

void Break() {
  if (process == getpid() && diverted.exchange(false)) PutBack();
}

void TellWhatWasSaid(Buffered buffered) {
  if (said < 0 || process != getpid() || silences == 0) return;
  if (buffered == Buffered::kIsLost) FlushInCopy();
  const off_t end = lseek(said, 0, SEEK_CUR);
  off_t at = std::max<off_t>(0, end - kMostTold);
  if (end <= 0) return;
  crash::Text text(STDERR_FILENO);
  text << "  what this schedule has printed";
  if (at > 0) text << ", the last " << static_cast<std::uint64_t>(kMostTold) << " bytes of it";
  text << ":\n";
  char part[512];
  while (at < end) {
    const auto size = std::min<std::size_t>(sizeof(part), static_cast<std::size_t>(end - at));
    const ssize_t count = pread(said, part, size, at);
    if (count <= 0) break;
    text << std::string_view(part, static_cast<std::size_t>(count));
    at += count;
  }
  text << "\n";
}

}  // namespace selvage::output
