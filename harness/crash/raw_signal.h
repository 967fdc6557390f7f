// Signal handlers of the harness's own, behind the back of whoever intercepts sigaction().
//
// A sanitizer puts a handler of its own in front of each that a program installs, and lets it run
// only when its own state allows: never, in a loop of the program's. And the harness itself marks
// the handlers of the program under test (harness/interpose). What the harness installs for itself
// is known to the kernel alone, and so is what was there before: it can be put back exactly.
#ifndef SELVAGE_HARNESS_CRASH_RAW_SIGNAL_H_
#define SELVAGE_HARNESS_CRASH_RAW_SIGNAL_H_

#include <signal.h>

namespace selvage::crash {

using Handler = void (*)(int number, siginfo_t* info, void* context);

// Installs `handler` for the signal, on the alternative stack where there is one and with all
// signals blocked, and returns what was installed. `flags` (SA_RESTART, ...) are added.
// Async-signal-safe, as are the others.
struct sigaction SetRawHandler(int number, Handler handler, int flags = 0);

// Puts back what SetRawHandler() returned.
void RestoreRawAction(int number, const struct sigaction& action);

// What is installed.
struct sigaction RawAction(int number);

// Whether `action` runs `handler`.
bool Runs(const struct sigaction& action, Handler handler);

// Those by which a process is ended for what it does itself.
inline constexpr int kFatalSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};

// Whether the signal says that the calling task has run out of its stack. In its handler.
bool IsStackOverflow(int number, const siginfo_t& info);

// "SIGSEGV"; "a signal" of one that has no name here.
const char* SignalName(int number);

// To be called by a handler of SetRawHandler(), just before it returns: puts `before` back, and has
// the signal come again, as it came first, to whom it would have gone. An instruction that faulted
// faults again; a signal that was sent is sent once more.
void PassOn(int number, const siginfo_t& info, const struct sigaction& before);

}  // namespace selvage::crash

#endif  // SELVAGE_HARNESS_CRASH_RAW_SIGNAL_H_
