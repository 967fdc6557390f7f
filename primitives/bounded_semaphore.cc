#include "selvage/primitives/bounded_semaphore.h"

#include "selvage/harness/tsan/annotations.h"
#include "selvage/primitives/call_site.h"
#include "selvage/primitives/recording.h"

namespace selvage {

using lockgraph::Mode;
using runtime::OpKind;

BoundedSemaphore::BoundedSemaphore(std::ptrdiff_t permits, std::string_view name,
                                   SourceLocation made_at)
    : Monitor("BoundedSemaphore", name, made_at),
      identity_("BoundedSemaphore", object().name(), made_at,
                {.kind = lockgraph::ObjectKind::kSemaphore,
                 .permits = static_cast<std::uint32_t>(permits)}),
      limit_(permits),
      native_(permits),
      model_(permits) {
  if (permits < 0) Misuse("given a negative number of permits", SELVAGE_CALL_SITE());
}

BoundedSemaphore::~BoundedSemaphore() { identity_.OnDestroyed(); }

void BoundedSemaphore::ResetModel() { model_ = native_; }

std::ptrdiff_t& BoundedSemaphore::State() {
  return runtime::CurrentTask() != nullptr ? model_ : native_;
}

void BoundedSemaphore::acquire() { Acquire(std::nullopt, SELVAGE_CALL_SITE()); }

bool BoundedSemaphore::TryAcquireFor(std::chrono::nanoseconds timeout) {
  return Acquire(timeout, SELVAGE_CALL_SITE());
}

bool BoundedSemaphore::Acquire(std::optional<std::chrono::nanoseconds> timeout,
                               std::uintptr_t site) {
  std::ptrdiff_t& permits = State();
  internal::NoteRequest(identity_, Mode::kExclusive, timeout, site);
  Turn turn(*this, OpKind::kAcquire, site, [&permits] { return permits > 0; }, timeout,
            {.lock = &identity_});
  if (turn.timed_out()) return false;
  --permits;
  internal::NoteAcquired(identity_, Mode::kExclusive, site);
  turn.Changed();
  tsan::Acquire(this);
  return true;
}

bool BoundedSemaphore::try_acquire() {
  const std::uintptr_t site = SELVAGE_CALL_SITE();
  Turn turn(*this, OpKind::kTryAcquire, site);
  std::ptrdiff_t& permits = State();
  if (permits == 0) {
    turn.Unsuccessful();
    return false;
  }
  --permits;
  internal::NoteTried(identity_, Mode::kExclusive, site);
  turn.Changed();
  tsan::Acquire(this);
  return true;
}

void BoundedSemaphore::release(std::ptrdiff_t permits) {
  const std::uintptr_t site = SELVAGE_CALL_SITE();
  Turn turn(*this, OpKind::kRelease, site);
  if (permits < 0) Misuse("given a negative number of permits", site);
  if (permits > limit_ - State()) Misuse("released more often than acquired", site);
  internal::NotePermitsReleased(identity_, permits, site);
  tsan::Release(this);
  State() += permits;
  turn.Changed();
}

}  // namespace selvage
