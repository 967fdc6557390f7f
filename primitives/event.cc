#include "selvage/primitives/event.h"

#include "selvage/harness/tsan/annotations.h"
#include "selvage/primitives/call_site.h"

namespace selvage {

using runtime::OpKind;

Event::Event(std::string_view name, SourceLocation made_at) : Monitor("Event", name, made_at) {}
Event::Event(SourceLocation made_at) : Event({}, made_at) {}
Event::~Event() = default;

void Event::ResetModel() { model_ = native_; }

bool& Event::State() { return runtime::CurrentTask() != nullptr ? model_ : native_; }

void Event::set() {
  Turn turn(*this, OpKind::kSet, SELVAGE_CALL_SITE());
  tsan::Release(this);
  State() = true;
  turn.Changed();
}

void Event::clear() {
  Turn turn(*this, OpKind::kClear, SELVAGE_CALL_SITE());
  internal::ForgetOrder(this);
  State() = false;
  turn.Changed();
}

bool Event::is_set() const {
  auto& self = const_cast<Event&>(*this);
  Turn turn(self, OpKind::kQuery, SELVAGE_CALL_SITE());
  const bool set = self.State();
  if (set) tsan::Acquire(this);
  return set;
}

void Event::wait() { Wait(std::nullopt, SELVAGE_CALL_SITE()); }

bool Event::WaitFor(std::chrono::nanoseconds timeout) { return Wait(timeout, SELVAGE_CALL_SITE()); }

bool Event::Wait(std::optional<std::chrono::nanoseconds> timeout, std::uintptr_t site) {
  const bool& set = State();
  Turn turn(
      *this, OpKind::kWait, site, [&set] { return set; }, timeout);
  if (turn.timed_out()) return false;
  tsan::Acquire(this);
  return true;
}

}  // namespace selvage
