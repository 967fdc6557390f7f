// A pipeline whose consumer is not kept out at first.

#include <atomic>
#include <cstddef>
#include <memory>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/thread.h"

namespace selvage::cases::pipeline_first_acquire {
namespace {

constexpr int kMessages = 2;

// `consumer_permits`: whether the constructor has acquired consumer_lock (0), or forgot to (1).
template <std::ptrdiff_t consumer_permits>
class Pipeline {
 public:
  int GetMessage() {
    consumer_lock_.acquire();
    const int message = message_.load(std::memory_order_relaxed);
    producer_lock_.release();
    return message;
  }
  void SetMessage(int message) {
    producer_lock_.acquire();
    message_.store(message, std::memory_order_relaxed);
    consumer_lock_.release();
  }

 private:
  Semaphore producer_lock_{1, "producer lock"};
  Semaphore consumer_lock_{consumer_permits, "consumer lock"};
  // As indivisible as one step of the interpreter: what goes wrong here is the order alone.
  std::atomic<int> message_{0};
};

template <std::ptrdiff_t consumer_permits>
void Run() {
  const auto pipeline = std::make_unique<Pipeline<consumer_permits>>();
  Thread producer("producer", [&shared = *pipeline] {
    for (int message = 1; message <= kMessages; ++message) shared.SetMessage(message);
  });
  Thread consumer("consumer", [&shared = *pipeline] {
    for (int sent = 1; sent <= kMessages; ++sent) {
      const int received = shared.GetMessage();
      SELVAGE_EXPECT(received == sent);
    }
  });
  producer.join();
  consumer.join();
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "pipeline_first_acquire",
      .documents = {"003"},
      .goes_wrong =
          "The consumer lock is free at first, so that a message is read before one was set.",
      .order_of_events =
          "The consumer acquires its lock and reads the initial value, the producer sets the first "
          "message.",
      .why_fixed =
          "The constructor acquires the consumer lock, and only the producer's first message "
          "releases it.",
      .variants = {{"buggy", Role::kBuggy, Run<1>, {FindingKind::kFailedExpectation}},
                   {"fixed", Role::kFixed, Run<0>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::pipeline_first_acquire
