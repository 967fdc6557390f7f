// What the runtime knows of one primitive.
#ifndef SELVAGE_HARNESS_RUNTIME_OBJECT_H_
#define SELVAGE_HARNESS_RUNTIME_OBJECT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "selvage/harness/runtime/op.h"
#include "selvage/harness/source_location.h"

namespace selvage::runtime {

class Scheduler;
class Task;

std::string DescribeObject(const char* type, const char* name, SourceLocation made_at);

// All there is to tell an object by whose making nobody saw, as that of a std::mutex.
struct Unseen {
  const void* address = nullptr;
  std::uintptr_t first_used_at = 0;  // return address of the schedule's first operation on it
};

// Embedded in each primitive: how it is called in traces and reports, and its number in the
// schedule that uses it.
//
// The model's part of a primitive's state is valid for one schedule only: an abandoned schedule
// leaves locks held by tasks that are gone. Scheduler::Enter() says when an object is met for the
// first time in a schedule; the primitive then resets its model state.
class Object {
 public:
  // `type` is a literal ("Lock"); `name` may be empty and need not outlive the call.
  Object(const char* type, std::string_view name, SourceLocation made_at);

  // One whose making was not seen. `type` as above.
  Object(const char* type, Unseen unseen) : type_(type), name_(""), unseen_(unseen) {}

  const char* type() const { return type_; }
  // Empty if none was given. Never freed.
  const char* name() const { return name_; }
  SourceLocation made_at() const { return made_at_; }
  // "Lock 'config'", or "Lock made at counter.cc:31" for one without a name.
  std::string Description() const { return DescribeObject(type_, name_, made_at_); }

 private:
  friend class Scheduler;

  const char* type_;
  const char* name_;
  SourceLocation made_at_;
  Unseen unseen_;
  std::uint64_t age_ = 0;       // its maker had made so many before
  std::uint64_t schedule_ = 0;  // the serial number of the schedule that `id_` belongs to
  ObjectId id_ = kNoObject;
};

// A copy of `name` that lives for ever; equal names share one copy. Thread-safe.
const char* InternName(std::string_view name);

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_OBJECT_H_
