#include "selvage/primitives/barrier.h"

#include <utility>

#include "selvage/harness/tsan/annotations.h"
#include "selvage/primitives/call_site.h"
#include "selvage/primitives/recording.h"
#include "selvage/primitives/when_unwound.h"

namespace selvage {

using runtime::OpKind;

// On the stack of whoever waits, and in the list until the phase ends for it. Each is told of the
// end by itself: a thread that is slow to leave must not be ordered after arrivals of the next
// phase.
struct Barrier::Waiter {
  Outcome outcome = Outcome::kWaiting;
  Waiter* next = nullptr;
};

Barrier::Barrier(std::ptrdiff_t parties, std::function<void()> on_completion, std::string_view name,
                 SourceLocation made_at)
    : Monitor("Barrier", name, made_at),
      identity_("Barrier", object().name(), made_at, {.kind = lockgraph::ObjectKind::kBarrier}),
      parties_(static_cast<std::size_t>(parties)),
      on_completion_(std::move(on_completion)) {
  if (parties < 1) Misuse("made for less than one party", SELVAGE_CALL_SITE());
}

Barrier::Barrier(std::ptrdiff_t parties, std::string_view name, SourceLocation made_at)
    : Barrier(parties, {}, name, made_at) {}

Barrier::~Barrier() { identity_.OnDestroyed(); }

void Barrier::ResetModel() { model_ = Phase{}; }

Barrier::Phase& Barrier::State() { return runtime::CurrentTask() != nullptr ? model_ : native_; }

void Barrier::ThrowBroken() const {
  throw BrokenBarrierError(object().Description().append(" is broken"));
}

std::size_t Barrier::wait() { return Wait(std::nullopt, SELVAGE_CALL_SITE()); }

void Barrier::arrive_and_wait() { Wait(std::nullopt, SELVAGE_CALL_SITE()); }

std::size_t Barrier::WaitFor(std::chrono::nanoseconds timeout) {
  return Wait(timeout, SELVAGE_CALL_SITE());
}

std::size_t Barrier::Wait(std::optional<std::chrono::nanoseconds> timeout, std::uintptr_t site) {
  Phase& phase = State();
  std::size_t index = 0;
  std::uint64_t number = 0;
  Waiter self;
  internal::NoteAwait(identity_, timeout, site);
  {
    Turn turn(
        *this, OpKind::kArrive, site, [&phase] { return !phase.completing; }, std::nullopt);
    if (phase.broken) ThrowBroken();
    index = phase.arrived++;
    number = phase.number;
    internal::NoteSignal(identity_, site);
    tsan::Release(this);
    if (phase.arrived < parties_) {
      self.next = phase.waiters;
      phase.waiters = &self;
      const auto ended = [&self] { return self.outcome != Outcome::kWaiting; };
      const internal::WhenUnwound forget([&phase] { phase.waiters = nullptr; });
      if (!turn.Await(OpKind::kWait, site, ended, timeout, {.lock = &identity_})) {
        phase.broken = true;
        EndPhase(turn, Outcome::kBroken);
      }
      tsan::Acquire(&self);
      internal::ForgetOrder(&self);
      if (self.outcome == Outcome::kBroken) ThrowBroken();
      internal::NoteSignalReceived(identity_);
      return index;
    }
    internal::NoteSignalReceived(identity_);
    tsan::Acquire(this);
    if (on_completion_ == nullptr) {
      EndPhase(turn, Outcome::kPassed);
      return index;
    }
    phase.completing = true;
    turn.Changed();
  }
  Complete(number, site);
  return index;
}

// Outside of any turn, as the function may use primitives, this one's abort() and reset() among
// them.
void Barrier::Complete(std::uint64_t number, std::uintptr_t site) {
  try {
    on_completion_();
  } catch (const runtime::TaskUnwound&) {
    throw;
  } catch (...) {
    {
      Turn turn(*this, OpKind::kComplete, site);
      if (State().number == number) {
        State().broken = true;
        EndPhase(turn, Outcome::kBroken);
      }
    }
    throw;
  }
  Turn turn(*this, OpKind::kComplete, site);
  if (State().number != number) ThrowBroken();
  EndPhase(turn, Outcome::kPassed);
}

void Barrier::EndPhase(Turn& turn, Outcome outcome) {
  Phase& phase = State();
  for (Waiter* waiter = phase.waiters; waiter != nullptr;) {
    // Natively the waiter cannot leave before this turn ends.
    waiter->outcome = outcome;
    tsan::Release(waiter);
    waiter = waiter->next;
  }
  internal::ForgetOrder(this);
  phase.waiters = nullptr;
  phase.arrived = 0;
  phase.completing = false;
  ++phase.number;
  turn.Changed();
}

void Barrier::abort() {
  Turn turn(*this, OpKind::kCancel, SELVAGE_CALL_SITE());
  State().broken = true;
  EndPhase(turn, Outcome::kBroken);
}

void Barrier::reset() {
  Turn turn(*this, OpKind::kClear, SELVAGE_CALL_SITE());
  State().broken = false;
  EndPhase(turn, Outcome::kBroken);
}

std::size_t Barrier::n_waiting() const {
  auto& self = const_cast<Barrier&>(*this);
  Turn turn(self, OpKind::kQuery, SELVAGE_CALL_SITE());
  return self.State().arrived;
}

bool Barrier::broken() const {
  auto& self = const_cast<Barrier&>(*this);
  Turn turn(self, OpKind::kQuery, SELVAGE_CALL_SITE());
  return self.State().broken;
}

}  // namespace selvage
