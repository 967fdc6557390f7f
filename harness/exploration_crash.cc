// What an exploration says when its process ends in the middle of a schedule.
//
// A signal handler calls it, on a task's thread with the task's thread pointer. What must not be
// lost comes first and needs nothing but what lies in memory: the test, the schedule, its token,
// the tokens of what was found before. Places in the code need memory and locks, which the process
// may have been about to take: a copy of it, forked here, looks them up and has a few seconds. If
// it does not succeed, the last operations are told without them.

#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/context/detail/fcontext.hpp>
#include <cerrno>
#include <string>

#include "absl/strings/str_cat.h"
#include "selvage/harness/crash/interruption.h"
#include "selvage/harness/crash/raw_signal.h"
#include "selvage/harness/crash/text.h"
#include "selvage/harness/exploration.h"
#include "selvage/harness/output/silence.h"
#include "selvage/harness/schedule/token.h"

namespace selvage {

using crash::Death;
using crash::Text;
using runtime::Op;
using runtime::OpKind;
using runtime::Task;
using runtime::TaskId;
using schedule::Decision;

namespace {

constexpr int kExitCodeUnfinished = 3;
constexpr std::size_t kLastOperations = 6;  // of each task
constexpr std::size_t kLastRows = 24;
constexpr unsigned kSecondsToLookUpPlaces = 5;

void PutTask(Text& text, const Task& task) {
  if (task.name()[0] != '\0') {
    text << task.name();
  } else if (task.parent() == nullptr) {
    text << "0";
  } else {
    PutTask(text, *task.parent());
    text << "." << std::uint64_t{task.child_ordinal()};
  }
}

void PutObject(Text& text, const runtime::Scheduler& scheduler, const Op& op) {
  if (runtime::IsMemoryAccess(op.kind)) {
    for (const runtime::TracedObject& object : scheduler.trace().objects) {
      if (object.address != 0 && object.address == static_cast<std::uintptr_t>(op.object)) {
        text << " " << object.name;
      }
    }
    return;
  }
  if (op.kind == OpKind::kStart || op.kind == OpKind::kEnd || op.object == runtime::kNoObject) {
    return;
  }
  for (std::uint32_t i = 0; i < scheduler.task_count(); ++i) {
    const Task& task = scheduler.task(TaskId{i});
    if (task.object() != op.object) continue;
    text << " ";
    return PutTask(text, task);
  }
  const runtime::TracedObject& object = scheduler.trace().object(op.object);
  text << " " << object.type;
  if (object.name[0] != '\0') text << " '" << object.name << "'";
}

void TellOfIncident(Text& text, const runtime::Incident& incident) {
  text << "  seen in the same schedule: " << FindingKindName(incident.kind) << ": "
       << incident.message << "\n";
}

// "    writer: start, load counter, store counter; then: lock Lock 'config'"
void PutLastOperations(Text& text, const runtime::Scheduler& scheduler, const Task& task,
                       bool is_last) {
  const auto& entries = scheduler.trace().entries;
  std::size_t first = entries.size();
  for (std::size_t left = kLastOperations; first > 0 && left > 0; --first) {
    if (entries[first - 1].op.task == task.id()) --left;
  }
  text << "    ";
  PutTask(text, task);
  const char* separator = ": ";
  for (std::size_t i = first; i < entries.size(); ++i) {
    if (entries[i].op.task != task.id()) continue;
    text << separator << OpKindName(entries[i].op.kind);
    PutObject(text, scheduler, entries[i].op);
    separator = ", ";
  }
  if (!task.finished() && !is_last) {
    text << "; then: " << OpKindName(task.pending().kind);
    PutObject(text, scheduler, task.pending());
  }
  text << "\n";
}

// Ends the process when `run` returns.
[[noreturn]] void RunOnLargeStack(void (*run)(void* argument), void* argument) {
  namespace fcontext = boost::context::detail;
  // Debug information is read by deep functions; a stack for signal handlers is small.
  constexpr std::size_t kSize = std::size_t{8} << 20;
  constexpr std::size_t kMargin = 256;  // the first frame may look for arguments above itself
  void* const stack =
      mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (stack != MAP_FAILED) {
    struct Call {
      void (*run)(void* argument);
      void* argument;
    } call{run, argument};
    const fcontext::fcontext_t context =
        fcontext::make_fcontext(static_cast<char*>(stack) + kSize - kMargin, kSize - kMargin,
                                [](fcontext::transfer_t transfer) {
                                  const auto* to_do = static_cast<const Call*>(transfer.data);
                                  to_do->run(to_do->argument);
                                  syscall(SYS_exit_group, 0);
                                });
    fcontext::jump_fcontext(context, &call);
  }
  syscall(SYS_exit_group, 1);
  __builtin_unreachable();
}

}  // namespace

// What TellOfPlaces() has done elsewhere.
struct Exploration::Places {
  const Exploration* exploration;
  const Death* death;
};

void Exploration::TellOfDeath(const Death& death) const {
  output::Break();
  Text text(STDERR_FILENO);
  text << "\nselvage: " << death.how;
  if (death.stack_overflow) text << ", a stack overflow,";
  text << " in ";
  if (repeats_) {
    text << "a repetition of a schedule";
  } else {
    text << "schedule " << result_.schedules + 1;
  }
  text << " of '" << options_.name << "', ";
  if (death.task != nullptr) {
    text << "in task '";
    PutTask(text, *death.task);
    text << "'\n";
  } else {
    text << "in a thread that is no task of it\n";
  }
  if (death.stack_overflow) {
    text << "  the task's stack has " << std::uint64_t{options_.stack_size}
         << " bytes; Options::stack_size asks for more\n";
  }
  const auto& decisions = scheduler_.trace().decisions;
  TellOfToken(text, scheduler_.settings(), decisions);
  text << "  to go on after a crash, and to see it as a finding with its trace: Options::isolate "
          "(--selvage_isolate, SELVAGE_ISOLATE=1), also for a replay\n";
  for (const runtime::Incident& incident : scheduler_.incidents()) TellOfIncident(text, incident);
  TellOfFaults(text);
  text.Flush();
  if (!TellOfPlaces(death)) {
    text << "  last operations of each task:\n";
    for (std::uint32_t i = 0; i < scheduler_.task_count(); ++i) {
      const Task& task = scheduler_.task(TaskId{i});
      PutLastOperations(text, scheduler_, task, &task == death.task);
    }
    text.Flush();
  }
  output::TellWhatWasSaid(death.buffered);
}

// The command that replays these decisions.
void Exploration::TellOfToken(Text& text, const schedule::ScheduleSettings& settings,
                              std::span<const Decision> decisions) const {
  constexpr std::string_view kPlace = "{token}";
  const std::string_view command = options_.replay_command;
  const std::size_t at = std::min(command.find(kPlace), command.size());
  text << "  replay: " << command.substr(0, at);
  schedule::EncodeToken(schedule::HashTestName(options_.name), settings, decisions,
                        [&text](char c) { text.Put(c); });
  if (at < command.size()) text << command.substr(at + kPlace.size());
  text << "\n";
}

// What schedules before have shown.
void Exploration::TellOfFaults(Text& text) const {
  for (const Fault& fault : faults_) {
    text << "  found before: " << FindingKindName(fault.finding.kind) << ": "
         << fault.finding.summary << "\n  ";
    TellOfToken(text, fault.settings, fault.decisions);
  }
}

// Has a forked process tell where the task is and what the schedule did. Whether it could.
bool Exploration::TellOfPlaces(const Death& death) const {
  // Not fork(): it takes the allocator's locks, which this thread may hold.
  const long child = syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (child < 0) return false;
  if (child == 0) {
    for (const int number : {SIGALRM, SIGSEGV, SIGBUS, SIGABRT}) {
      crash::RestoreRawAction(number, {});
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    alarm(kSecondsToLookUpPlaces);
    const Places places{this, &death};
    RunOnLargeStack(
        [](void* of) {
          static_cast<const Places*>(of)->exploration->PrintPlaces(
              *static_cast<const Places*>(of)->death);
        },
        const_cast<Places*>(&places));
  }
  int status = 0;
  while (waitpid(static_cast<pid_t>(child), &status, 0) < 0) {
    if (errno != EINTR) return false;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// On the watchdog's thread.
void Exploration::EndStuck(const crash::StuckTask& stuck) const {
  // Of schedules that only repeat another the parent learns as of any other end.
  if (shared_ != nullptr) {
    isolation::SpeakOfStuckTask((stuck.doing + ",").c_str(), stuck.stack);
  }
  output::Break();
  Text text(STDERR_FILENO);
  text << crash::DescribeStuckTask(stuck, options_.name);
  TellOfToken(text, scheduler_.settings(), scheduler_.trace().decisions);
  text << narrator_.Stack(stuck.stack, 4)
       << "  Code under control must not block outside the primitives, nor spin on variables that "
          "the schedule cannot see. With Options::isolate (--selvage_isolate, SELVAGE_ISOLATE=1) "
          "this is a finding, and the exploration goes on.\n";
  for (const runtime::Incident& incident : scheduler_.incidents()) TellOfIncident(text, incident);
  TellOfFaults(text);
  text.Flush();
  output::TellWhatWasSaid(output::Buffered::kIsLost);
  if (const int number = crash::Interruption()) {
    crash::RestoreRawAction(number, {});
    kill(getpid(), number);
  }
  // Not _exit(): a sanitizer would put its own exit code in the place of this one.
  syscall(SYS_exit_group, kExitCodeUnfinished);
  __builtin_unreachable();
}

void Exploration::PrintPlaces(const Death& death) const {
  std::string text = narrator_.Stack(death.stack, 4);
  if (!text.empty()) text.insert(0, "  at\n");
  const std::string place = narrator_.Place(death.stack, 0);
  absl::StrAppend(
      &text, "\n",
      report::TraceText(narrator_, kLastRows,
                        absl::StrCat(std::string(death.how), place.empty() ? "" : "  ", place)));
  Text(STDERR_FILENO) << text;
}

}  // namespace selvage
