// What all synchronisation objects of the model have in common.
//
// The model says what an operation means in a schedule, and nothing else: it knows tasks, the
// scheduler and TSan, but no futexes, C++ classes, pthread types, errno or exceptions. A front
// turns a Result into what its users expect. An object of the model lives for one schedule.
//
// Each operation has the same order: the scheduling point (or the wait), the effect, what TSan is
// told, who holds what, Changed(). REQUIRES, for all of them: `task` is the one that runs, and the
// tasks of its schedule are not being unwound.
//
// Not thread-safe: the tasks of a schedule run one at a time.
#ifndef SELVAGE_HARNESS_MODEL_OBJECT_H_
#define SELVAGE_HARNESS_MODEL_OBJECT_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "selvage/harness/runtime/object.h"
#include "selvage/harness/runtime/scheduler.h"

namespace selvage::model {

// What came of an operation.
enum class Result {
  kOk,
  kBusy,      // a try, and somebody else has it; or the state was not what was expected
  kTimedOut,  // the time was over first
  kRelock,    // the caller has it already
  kNotOwner,  // the caller does not have it
  kTooMany,   // it cannot be had, or counted, so often
};

// How long an operation waits, in virtual time; none: for ever.
using Timeout = std::optional<std::chrono::nanoseconds>;

class Object {
 public:
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  runtime::ObjectId id() const { return id_; }
  // Whether it stands for what lies there.
  bool IsAt(const void* address) const { return address_ == address; }

 protected:
  // It is known to this schedule from now on. `type` is a literal, as in runtime::Object.
  Object(runtime::Scheduler& scheduler, const char* type, runtime::Unseen unseen);
  ~Object() = default;

  // What earlier schedules did to it is before nothing in this one. Not for what the program orders
  // itself by as well, as by the word of a futex.
  void ForgetOrder() const;

  // Notes that it was used as it must not be; the schedule ends. Returns only while tasks are
  // unwound. `what` follows the object's name: "unlocked while nobody holds it".
  void Misuse(runtime::Task& task, std::string_view what, std::uintptr_t site) const;

  const runtime::Object& object() const { return object_; }
  runtime::Object& object() { return object_; }

  // Where TSan keeps what happened before.
  const void* address() const { return address_; }

 private:
  runtime::Object object_;
  const void* const address_;
  runtime::ObjectId id_;
};

}  // namespace selvage::model

#endif  // SELVAGE_HARNESS_MODEL_OBJECT_H_
