#include "selvage/tests/harness/interpose/fence_bodies.h"

#include <atomic>

#include "selvage/primitives/thread.h"

namespace selvage {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;

struct Message {
  int value = 0;
  std::atomic<int> flag = 0;
  std::atomic<int> other = 0;
};

void Read(const Message& message) { [[maybe_unused]] const volatile int read = message.value; }

template <typename Send, typename Receive>
void Pass(Send send, Receive receive) {
  Message message;
  const Thread sender("sender", [&] { send(message); });
  const Thread receiver("receiver", [&] { receive(message); });
}

void SendByFence(Message& message) {
  message.value = 1;
  std::atomic_thread_fence(kRelease);
  message.flag.store(1, kRelaxed);
}

void ReceiveByFence(Message& message) {
  if (message.flag.load(kRelaxed) == 0) return;
  std::atomic_thread_fence(kAcquire);
  Read(message);
}

void ReceiveByRelaxed(Message& message) {
  if (message.flag.load(kRelaxed) != 0) Read(message);
}

}  // namespace

void PublishByFences() { Pass(SendByFence, ReceiveByFence); }

void PublishByFenceAndAcquire() {
  Pass(SendByFence, [](Message& message) {
    if (message.flag.load(kAcquire) != 0) Read(message);
  });
}

void PublishByReleaseAndFence() {
  Pass(
      [](Message& message) {
        message.value = 1;
        message.flag.store(1, kRelease);
      },
      ReceiveByFence);
}

void PublishBySequentiallyConsistentFences() {
  Pass(
      [](Message& message) {
        message.value = 1;
        std::atomic_thread_fence(std::memory_order_seq_cst);
        message.flag.store(1, kRelaxed);
      },
      [](Message& message) {
        if (message.flag.load(kRelaxed) == 0) return;
        std::atomic_thread_fence(std::memory_order_seq_cst);
        Read(message);
      });
}

void PublishThroughAnUpdate() {
  Message message;
  const Thread sender("sender", [&] { SendByFence(message); });
  const Thread between("between", [&] { message.flag.fetch_add(2, kRelaxed); });
  const Thread receiver("receiver", [&] {
    if (message.flag.load(kRelaxed) != 3) return;
    std::atomic_thread_fence(kAcquire);
    Read(message);
  });
}

void PublishByFailedExchange() {
  Pass(SendByFence, [](Message& message) {
    int expected = 0;
    if (message.flag.compare_exchange_strong(expected, 0, kRelaxed, kRelaxed)) return;
    std::atomic_thread_fence(kAcquire);
    Read(message);
  });
}

void PublishWithoutReleaseFence() {
  Pass(
      [](Message& message) {
        message.value = 1;
        message.flag.store(1, kRelaxed);
      },
      ReceiveByFence);
}

void PublishWithoutAcquireFence() { Pass(SendByFence, ReceiveByRelaxed); }

void PublishAfterTheReleaseFence() {
  Pass(
      [](Message& message) {
        std::atomic_thread_fence(kRelease);
        message.value = 1;
        message.flag.store(1, kRelaxed);
      },
      ReceiveByFence);
}

void PublishWithAcquireFenceTooEarly() {
  Pass(SendByFence, [](Message& message) {
    std::atomic_thread_fence(kAcquire);
    if (message.flag.load(kRelaxed) != 0) Read(message);
  });
}

void PublishByAnotherFlag() {
  Pass(
      [](Message& message) {
        message.other.store(1, kRelaxed);
        SendByFence(message);
      },
      [](Message& message) {
        if (message.other.load(kRelaxed) == 0) return;
        std::atomic_thread_fence(kAcquire);
        Read(message);
      });
}

void PublishByFencesAndAPlainStoreOver() {
  Message message;
  const Thread sender("sender", [&] { SendByFence(message); });
  const Thread over("over", [&] { message.flag.store(2, kRelaxed); });
  const Thread receiver("receiver", [&] {
    if (message.flag.load(kRelaxed) != 2) return;
    std::atomic_thread_fence(kAcquire);
    Read(message);
  });
}

}  // namespace selvage
