// What happened in a schedule, operation by operation, and which choices made it happen.
#ifndef SELVAGE_HARNESS_RUNTIME_TRACE_H_
#define SELVAGE_HARNESS_RUNTIME_TRACE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "selvage/harness/report/stack.h"
#include "selvage/harness/runtime/append_buffer.h"
#include "selvage/harness/runtime/object.h"
#include "selvage/harness/runtime/op.h"
#include "selvage/harness/schedule/decision.h"
#include "selvage/harness/source_location.h"

namespace selvage::runtime {

// An object or task end of the schedule, by ObjectId.
struct TracedObject {
  const char* type = "";
  const char* name = "";
  SourceLocation made_at;
  TaskId first_user{0};
  std::uintptr_t address = 0;  // of a plain variable that has a name, else 0
  std::uint64_t age = 0;       // its maker had made so many primitives before
  Unseen unseen;               // of an object whose making was not seen

  std::string Description() const { return DescribeObject(type, name, made_at); }
};

struct TraceEntry {
  Op op;
  bool timed_out = false;     // its wait ran out of time
  bool unsuccessful = false;  // a try that failed
  bool unchanged = false;     // it left its object as it was

  // Whether nobody can tell afterwards that it was done.
  bool without_effect() const { return timed_out || unsuccessful || unchanged; }
};

// Appended to by tasks; read by the driver between schedules. Memory is kept from schedule to
// schedule.
struct Trace {
  AppendBuffer<TraceEntry> entries;            // in the order in which they took effect
  AppendBuffer<schedule::Decision> decisions;  // choices that were not the plainest
  AppendBuffer<TracedObject> objects;          // objects[id - 1]
  // With captured stacks: stacks[i] belongs to entries[i], innermost frame first.
  std::vector<std::vector<std::uintptr_t>> stacks;
  // Then also: the frame that has the memory which entries[i] touches; none if that is no stack's.
  std::vector<report::StackFrame> local_frames;

  const TracedObject& object(ObjectId id) const {
    return objects[static_cast<std::size_t>(id) - 1];
  }
};

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_TRACE_H_
