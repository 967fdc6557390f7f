// A pipeline for one message at a time between a producer and a consumer.

#include <memory>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"

namespace selvage::cases::pipeline {
namespace {

constexpr int kMessages = 2;

// The methods as the document prints them, without the acquires and releases.
class UnlockedPipeline {
 public:
  int GetMessage() { return message_; }
  void SetMessage(int message) { message_ = message; }

 private:
  Shared<int> message_{0, "message"};
};

// A Python Lock may be released by another thread than the one that acquired it, and here always
// is; in C++ that is a semaphore.
class Pipeline {
 public:
  int GetMessage() {
    consumer_lock_.acquire();
    const int message = message_;
    producer_lock_.release();
    return message;
  }
  void SetMessage(int message) {
    producer_lock_.acquire();
    message_ = message;
    consumer_lock_.release();
  }

 private:
  Semaphore producer_lock_{1, "producer lock"};
  // The consumer has to wait until there is a message.
  Semaphore consumer_lock_{0, "consumer lock"};
  Shared<int> message_{0, "message"};
};

template <typename AnyPipeline>
void Run() {
  const auto pipeline = std::make_unique<AnyPipeline>();
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
      .name = "pipeline",
      .documents = {"003"},
      .goes_wrong =
          "Without the acquires nothing makes the two take turns: messages are "
          "overwritten before they are read, read twice, or read before there is one.",
      .order_of_events =
          "The producer sets the first message and the second over it, the consumer "
          "reads the second as if it were the first.",
      .why_fixed =
          "The consumer can only acquire what the producer has released after setting a "
          "message, and the producer what the consumer has released after reading it.",
      .variants = {{"buggy",
                    Role::kBuggy,
                    Run<UnlockedPipeline>,
                    {FindingKind::kDataRace, FindingKind::kFailedExpectation}},
                   {"fixed", Role::kFixed, Run<Pipeline>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::pipeline
