#include "selvage/harness/isolation/child.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "selvage/harness/crash/interruption.h"
#include "selvage/harness/lockgraph/environment.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::isolation {
namespace {

constexpr int kExitCodeUnfinished = 3;

[[noreturn]] void ExitAtOnce(int code) {
  // Not _exit(): a sanitizer would put its own exit code in the place of this one.
  syscall(SYS_exit_group, code);
  __builtin_unreachable();
}

[[noreturn]] void DieOf(const char* what) {
  fprintf(stderr, "selvage: cannot %s for an isolated schedule: %s\n", what, strerror(errno));
  abort();
}

SharedMemory* NewSharedMemory() {
  void* memory = mmap(nullptr, sizeof(SharedMemory), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) DieOf("get memory");
  return static_cast<SharedMemory*>(memory);
}

}  // namespace

Child::Child() : shared_(NewSharedMemory()) {}

Child::~Child() { munmap(shared_, sizeof(SharedMemory)); }

bool Child::SingleThreaded() {
  DIR* directory = opendir("/proc/self/task");
  if (directory == nullptr) return true;
  int threads = 0;
  while (const dirent* entry = readdir(directory)) threads += entry->d_name[0] == '.' ? 0 : 1;
  closedir(directory);
  const int own = lockgraph::ReporterIsRunning() ? 1 : 0;
  return threads - own <= (tsan::Present() ? 2 : 1);  // TSan has one of its own
}

Child::Ending Child::Run(absl::FunctionRef<void(SharedMemory&)> work) {
  shared_->announcement.BeginSchedule({});
  shared_->last_words = LastWords{};
  shared_->returned = false;
  shared_->interrupted = 0;
  shared_->log.Clear();
  shared_->learnt.Clear();
  crash_.clear();
  fflush(nullptr);  // or the child would write it a second time
  const pid_t parent = getpid();
  const lockgraph::ReporterPause alone;
  const pid_t child = fork();
  if (child < 0) DieOf("fork");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) ExitAtOnce(kExitCodeUnfinished);
    lockgraph::DoNotRecordProcess();
    SpeakLastWordsTo(shared_->last_words);
    // What leaves it would go on with the program of the caller.
    [&]() noexcept { work(*shared_); }();
    fflush(nullptr);
    shared_->interrupted = crash::Interruption();
    shared_->returned = true;
    ExitAtOnce(0);
  }
  int status = 0;
  bool passed_on = false;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) DieOf("wait");
    // The child ends after its schedule, as an exploration in this process would.
    if (crash::Interruption() != 0 && !passed_on) {
      passed_on = true;
      kill(child, crash::Interruption());
    }
  }
  if (shared_->interrupted != 0) crash::NoteInterruption(shared_->interrupted);
  if (shared_->returned) return Ending::kReturned;
  if (shared_->last_words.spoken) {
    crash_ = shared_->last_words.what;
  } else if (WIFSIGNALED(status)) {
    crash_ =
        absl::StrCat("killed by signal ", WTERMSIG(status), " (", strsignal(WTERMSIG(status)), ")");
  } else {
    crash_ = absl::StrCat("_exit(", WEXITSTATUS(status), ")");
  }
  return Ending::kCrashed;
}

}  // namespace selvage::isolation
