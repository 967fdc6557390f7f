// SIGINT and SIGTERM: what was found until then is not lost.
#ifndef SELVAGE_HARNESS_CRASH_INTERRUPTION_H_
#define SELVAGE_HARNESS_CRASH_INTERRUPTION_H_

namespace selvage::crash {

// The signal that asked for an end since the outermost InterruptionScope began; 0: none did. Any
// thread, and signal handlers.
int Interruption();

// Another process has had the signal. No effect if one was noted already.
void NoteInterruption(int number);

// While one lives, SIGINT and SIGTERM are noted instead of ending the process, so that the
// exploration that runs ends after its schedule and says what it has found; a second one is not
// waited with: it is told of (Guard) and ends the process. Signals that the program handles itself
// or ignores stay as they are.
//
// When the last one ends, a signal that was noted is sent again, to what is then its disposition.
// Thread-safe.
class InterruptionScope {
 public:
  InterruptionScope();
  ~InterruptionScope();
  InterruptionScope(const InterruptionScope&) = delete;
  InterruptionScope& operator=(const InterruptionScope&) = delete;

  // Whether it is in no other one of this thread: nobody else will show the results.
  bool outermost() const { return outermost_; }

  // The signal that was noted, which is then the caller's to send: when it has shown its results.
  // 0: there is none.
  int Take();

 private:
  bool outermost_;
};

}  // namespace selvage::crash

#endif  // SELVAGE_HARNESS_CRASH_INTERRUPTION_H_
