// What a Future and those who make it ready share, whatever the type of the result.
#ifndef SELVAGE_PRIMITIVES_FUTURE_STATE_H_
#define SELVAGE_PRIMITIVES_FUTURE_STATE_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <string_view>

#include "selvage/harness/lockgraph/lock_identity.h"
#include "selvage/harness/source_location.h"
#include "selvage/primitives/monitor.h"

namespace selvage::internal {

// A function to be called when a future is done; made, called and destroyed by the user's code, and
// otherwise kept by the state.
class DoneCallback {
 public:
  virtual ~DoneCallback() = default;
  virtual void Run() = 0;

 private:
  friend class FutureState;
  DoneCallback* next_ = nullptr;
};

// Counted by hand, not by std::shared_ptr: its count would be seen by TSan in the user's code and
// not in the harness, and the two threads that drop the last references would look like a race.
//
// Thread-safe.
class FutureState : private Monitor {
 public:
  FutureState(std::string_view name, SourceLocation made_at);

  void AddReference();
  // Destroys the state with the last one. If it holds an exception that nobody has asked for, that
  // is a finding inside a schedule.
  void DropReference();

  // --- Who makes it ready ---

  // False if it was cancelled. REQUIRES: called once.
  bool StartRunning();
  // The result has been stored. REQUIRES: StartRunning() was true; neither was called before.
  void Complete();
  void Fail(std::exception_ptr error);

  // --- Who wants to know ---

  // Waits until it is done, or cancelled. False if that was not so in time.
  bool Wait(Turn::Timeout timeout);
  // Waits until it is done. Throws what the task threw, or CancelledError.
  void WaitForResult();
  // Waits; null if there is none. Throws CancelledError.
  std::exception_ptr WaitForException();
  // True if it will never run. False if it has begun to.
  bool Cancel();
  bool Done();
  bool Running();
  bool Cancelled();
  // Takes over `callback`, and runs it here if the future is done already, else where it becomes
  // so.
  void AddDoneCallback(DoneCallback* callback);

 protected:
  virtual ~FutureState();

 private:
  enum class Phase : std::uint8_t { kPending, kRunning, kCancelled, kCompleted, kFailed };
  struct Progress {
    Phase phase = Phase::kPending;
    bool asked_for = false;                 // the exception, if there is one
    std::optional<runtime::TaskId> runner;  // in the model, once it runs: alone can make it ready

    bool IsDone() const { return phase >= Phase::kCancelled; }
  };
  struct Ended;

  void ResetModel() override;
  Progress& State();
  // Waits, and says how it went. Whoever waits for the result has asked for the exception.
  Phase WaitForEnd(runtime::OpKind kind, std::uintptr_t site);
  bool End(Phase phase, runtime::OpKind kind, std::uintptr_t site);
  void RunCallback(DoneCallback* callback);
  void ReportUnaskedException();
  [[noreturn]] void ThrowCancelled() const;

  std::atomic<std::uint32_t> references_{1};
  Progress native_;
  Progress model_;
  std::exception_ptr error_;
  lockgraph::LockIdentity identity_;
  DoneCallback* first_callback_ = nullptr;  // in the order in which they were added
  DoneCallback* last_callback_ = nullptr;
};

[[noreturn]] void ThrowNoFutureState();

}  // namespace selvage::internal

#endif  // SELVAGE_PRIMITIVES_FUTURE_STATE_H_
