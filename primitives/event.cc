#include "selvage/primitives/event.h"

#include "selvage/harness/tsan/annotations.h"
#include "selvage/primitives/call_site.h"
#include "selvage/primitives/recording.h"

namespace selvage {

using runtime::OpKind;

Event::Event(std::string_view name, SourceLocation made_at)
    : Monitor("Event", name, made_at),
      identity_("Event", object().name(), made_at, {.kind = lockgraph::ObjectKind::kEvent}) {}
Event::Event(SourceLocation made_at) : Event({}, made_at) {}
Event::~Event() { identity_.OnDestroyed(); }

void Event::ResetModel() { model_ = native_; }

bool& Event::State() { return runtime::CurrentTask() != nullptr ? model_ : native_; }

void Event::set() {
  const std::uintptr_t site = SELVAGE_CALL_SITE();
  Turn turn(*this, OpKind::kSet, site);
  internal::NoteSignal(identity_, site);
  tsan::Release(this);
  State() = true;
  turn.Changed();
}

void Event::clear() {
  Turn turn(*this, OpKind::kClear, SELVAGE_CALL_SITE());
  internal::NoteSignalsForgotten(identity_);
  internal::ForgetOrder(this);
  State() = false;
  turn.Changed();
}

bool Event::is_set() const {
  auto& self = const_cast<Event&>(*this);
  Turn turn(self, OpKind::kQuery, SELVAGE_CALL_SITE());
  const bool set = self.State();
  if (!set) return false;
  internal::NoteSignalReceived(identity_);
  tsan::Acquire(this);
  return true;
}

void Event::wait() { Wait(std::nullopt, SELVAGE_CALL_SITE()); }

bool Event::WaitFor(std::chrono::nanoseconds timeout) { return Wait(timeout, SELVAGE_CALL_SITE()); }

bool Event::Wait(std::optional<std::chrono::nanoseconds> timeout, std::uintptr_t site) {
  const bool& set = State();
  internal::NoteAwait(identity_, timeout, site);
  Turn turn(*this, OpKind::kWait, site, [&set] { return set; }, timeout, {.lock = &identity_});
  if (turn.timed_out()) return false;
  internal::NoteSignalReceived(identity_);
  tsan::Acquire(this);
  return true;
}

}  // namespace selvage
