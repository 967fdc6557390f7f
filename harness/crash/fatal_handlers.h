// In front of the handlers of the signals by which a process is ended for what it does itself.
#ifndef SELVAGE_HARNESS_CRASH_FATAL_HANDLERS_H_
#define SELVAGE_HARNESS_CRASH_FATAL_HANDLERS_H_

#include <signal.h>

#include <cstddef>
#include <iterator>

#include "selvage/harness/crash/raw_signal.h"

namespace selvage::crash {

// A handler of the harness's own for each of kFatalSignals, and what was installed before.
class FatalHandlers {
 public:
  explicit constexpr FatalHandlers(Handler handler) : handler_(handler) {}

  void Install();
  // What the program has installed meanwhile stays.
  void Remove();

  // Lets the program's own handler have the signal, as the kernel would have: it may repair what is
  // wrong, jump out, or end the process. When it returns the handler must, too: the signal comes
  // again if nothing was repaired, and what the program's has installed in its own place is next.
  // REQUIRES: interpose::ProgramHandles().
  void LetTheProgramHandle(int number, siginfo_t* info, void* context);

  // To be called by the handler just before it returns: see crash::PassOn().
  void PassOn(int number, const siginfo_t& info);

 private:
  struct sigaction& Before(int number);

  const Handler handler_;
  struct sigaction before_[std::size(kFatalSignals)] = {};
};

}  // namespace selvage::crash

#endif  // SELVAGE_HARNESS_CRASH_FATAL_HANDLERS_H_
