// What monitors tell the lock-order recorder of their operations. For the sources of primitives; no
// public header includes it.
//
// Each is a load and a branch where the calling thread is not recorded.
#ifndef SELVAGE_PRIMITIVES_RECORDING_H_
#define SELVAGE_PRIMITIVES_RECORDING_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "selvage/harness/lockgraph/lock_identity.h"
#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/thread_context.h"

namespace selvage::internal {

inline lockgraph::RequestKind KindOf(const std::optional<std::chrono::nanoseconds>& timeout) {
  return timeout ? lockgraph::RequestKind::kTimed : lockgraph::RequestKind::kBlocking;
}

// The calling thread is about to ask for `lock`.
inline void NoteRequest(const lockgraph::LockIdentity& lock, lockgraph::Mode mode,
                        const std::optional<std::chrono::nanoseconds>& timeout,
                        std::uintptr_t site) {
  if (lockgraph::ThreadContext* context = lockgraph::Recording()) {
    context->OnRequest(lock, mode, KindOf(timeout), site);
  }
}

// It has it; as long as nobody else can.
inline void NoteAcquired(const lockgraph::LockIdentity& lock, lockgraph::Mode mode,
                         std::uintptr_t site) {
  if (lockgraph::ThreadContext* context = lockgraph::Recording()) {
    context->OnAcquired(lock, mode, site);
  }
}

// It has got it without waiting.
inline void NoteTried(const lockgraph::LockIdentity& lock, lockgraph::Mode mode,
                      std::uintptr_t site) {
  if (lockgraph::ThreadContext* context = lockgraph::Recording()) {
    context->OnTried(lock, mode, site);
  }
}

// It gives it back; before anybody else can have it.
inline void NoteReleased(const lockgraph::LockIdentity& lock, lockgraph::Mode mode,
                         std::uintptr_t site) {
  if (lockgraph::ThreadContext* context = lockgraph::Recording()) {
    context->OnReleased(lock, mode, site);
  }
}

// It gives back `permits` of a semaphore; before anybody else can take them.
inline void NotePermitsReleased(const lockgraph::LockIdentity& semaphore, std::ptrdiff_t permits,
                                std::uintptr_t site) {
  if (lockgraph::ThreadContext* context = lockgraph::Recording()) {
    context->OnPermitsReleased(semaphore, static_cast<std::uint64_t>(permits), site);
  }
}

// It is about to wait for `object`, which may be as wanted already.
inline void NoteAwait(const lockgraph::LockIdentity& object,
                      const std::optional<std::chrono::nanoseconds>& timeout, std::uintptr_t site) {
  if (lockgraph::ThreadContext* context = lockgraph::Recording()) {
    context->OnAwait(object, KindOf(timeout), site);
  }
}

// `object` is as wanted because of signals sent before.
inline void NoteSignalReceived(const lockgraph::LockIdentity& object) {
  if (lockgraph::ThreadContext* context = lockgraph::Recording()) {
    context->OnSignalReceived(object);
  }
}

// It has received what was sent with `signal`.
inline void NoteSignalReceived(const lockgraph::Sent& signal) {
  if (lockgraph::ThreadContext* context = lockgraph::Recording()) {
    context->OnSignalReceived(signal);
  }
}

// The calling thread makes `object` as others want it; nobody must see that before.
inline lockgraph::Sent NoteSignal(const lockgraph::LockIdentity& object, std::uintptr_t site) {
  lockgraph::ThreadContext* const context = lockgraph::Recording();
  return context != nullptr ? context->OnSignal(object, site) : lockgraph::Sent{};
}

// It makes `object` as others do not want it, whoever has made it so before.
inline void NoteSignalsForgotten(const lockgraph::LockIdentity& object) {
  if (lockgraph::ThreadContext* context = lockgraph::Recording()) {
    context->OnSignalsForgotten(object);
  }
}

// Its call_once returns: the function is done, and whoever did it has `sent` this then.
inline void NoteOncePassed(const lockgraph::LockIdentity& once, const lockgraph::Sent& sent) {
  if (lockgraph::ThreadContext* context = lockgraph::Recording()) {
    context->OnPassed(once);
    context->OnSignalReceived(sent);
  }
}

// It tells whoever notices, which nobody waits for.
inline lockgraph::Sent NoteSend() {
  lockgraph::ThreadContext* const context = lockgraph::Recording();
  return context != nullptr ? context->OnSend() : lockgraph::Sent{};
}

}  // namespace selvage::internal

#endif  // SELVAGE_PRIMITIVES_RECORDING_H_
