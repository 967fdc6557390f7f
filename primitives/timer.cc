#include "selvage/primitives/timer.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "selvage/primitives/call_site.h"

namespace selvage {

using runtime::OpKind;

Timer::Timer(std::chrono::nanoseconds interval, std::function<void()> function,
             std::string_view name, SourceLocation made_at)
    : Monitor("Timer", name, made_at),
      interval_(std::max(interval, std::chrono::nanoseconds{0})),
      function_(std::move(function)) {}

Timer::~Timer() {
  if (!thread_.joinable()) return;
  cancel();
  thread_.join();
}

void Timer::ResetModel() { model_ = native_; }

Timer::Phase& Timer::State() { return runtime::CurrentTask() != nullptr ? model_ : native_; }

void Timer::start() {
  if (started_) Misuse("started twice", SELVAGE_CALL_SITE());
  started_ = true;
  thread_ = Thread(ThreadAttributes(std::string_view(object().name()), object().made_at()),
                   [this] { Run(); });
}

void Timer::Run() {
  {
    const Phase& phase = State();
    Turn turn(
        *this, OpKind::kWait, SELVAGE_CALL_SITE(), [&phase] { return phase == Phase::kCancelled; },
        interval_);
    if (!turn.timed_out()) return;
    State() = Phase::kFired;
    turn.Changed();
  }
  function_();
}

bool Timer::cancel() {
  Turn turn(*this, OpKind::kCancel, SELVAGE_CALL_SITE());
  Phase& phase = State();
  if (phase == Phase::kFired) {
    turn.Unsuccessful();
    return false;
  }
  phase = Phase::kCancelled;
  turn.Changed();
  return true;
}

void Timer::join() { thread_.join(); }

bool Timer::is_alive() const { return thread_.is_alive(); }

}  // namespace selvage
