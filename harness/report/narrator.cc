#include "selvage/harness/report/narrator.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "selvage/harness/printable.h"
#include "selvage/harness/report/user_frame.h"

namespace selvage::report {

using runtime::ObjectId;
using runtime::Op;
using runtime::Task;
using runtime::TaskId;

std::string Narrator::TaskName(TaskId id) const {
  const Task& task = scheduler_.task(id);
  if (task.name()[0] == '\0') return absl::StrCat("task ", task.SpawnPath());
  const std::string name = PrintableName(task.name());
  for (std::uint32_t i = 0; i < scheduler_.task_count(); ++i) {
    if (TaskId{i} != id && name == PrintableName(scheduler_.task(TaskId{i}).name())) {
      return absl::StrCat(name, " (", task.SpawnPath(), ")");
    }
  }
  return name;
}

std::optional<TaskId> Narrator::TaskOnThread(std::uint64_t kernel_thread) const {
  for (std::uint32_t i = 0; i < scheduler_.task_count(); ++i) {
    const Task& task = scheduler_.task(TaskId{i});
    if (task.body_thread() == kernel_thread) return task.id();
  }
  return std::nullopt;
}

// "mutex 'registry_lock'", or "mutex first used at registry.cc:31" where only that is known.
std::string Narrator::Describe(const runtime::TracedObject& object) const {
  if (object.unseen.address == nullptr) return object.Description();
  const std::string variable =
      symbolizer_.ResolveVariable(reinterpret_cast<std::uintptr_t>(object.unseen.address));
  if (!variable.empty()) return absl::StrCat(object.type, " '", variable, "'");
  const std::string place = Place({}, object.unseen.first_used_at);
  return place.empty() ? object.type : absl::StrCat(object.type, " first used at ", place);
}

std::string Narrator::ObjectName(ObjectId id) const {
  if (id == runtime::kNoObject ||
      static_cast<std::size_t>(id) > scheduler_.trace().objects.size()) {
    return "";
  }
  for (std::uint32_t i = 0; i < scheduler_.task_count(); ++i) {
    if (scheduler_.task(TaskId{i}).object() == id) return TaskName(TaskId{i});
  }
  const runtime::TracedObject& object = scheduler_.trace().object(id);
  const std::string name = Describe(object);
  // By their age, as the lock graph numbers them, and not by who was used first in this schedule.
  const std::size_t index = static_cast<std::size_t>(id) - 1;
  std::size_t namesakes = 0;
  std::size_t rank = 1;
  for (std::size_t i = 0; i < scheduler_.trace().objects.size(); ++i) {
    const runtime::TracedObject& other = scheduler_.trace().objects[i];
    if (other.type != object.type || Describe(other) != name) continue;
    ++namesakes;
    rank += std::tuple(other.age, i) < std::tuple(object.age, index);
  }
  return namesakes > 1 ? absl::StrCat(name, " #", rank) : name;
}

std::string Narrator::ObjectName(const Op& op) const {
  if (!runtime::IsMemoryAccess(op.kind)) return ObjectName(op.object);
  const auto address = static_cast<std::uintptr_t>(op.object);
  const runtime::TracedObject* object = ObjectAt(address);
  if (object == nullptr) return symbolizer_.ResolveVariable(address);
  return object->name[0] != '\0' ? object->name : object->Description();
}

std::string Narrator::ObjectNameAt(std::size_t index) const {
  const runtime::Trace& trace = scheduler_.trace();
  const Op& op = trace.entries[index].op;
  std::string name = ObjectName(op);
  if (!name.empty() || index >= trace.local_frames.size()) return name;
  const StackFrame& frame = trace.local_frames[index];
  if (frame.return_address == 0) return name;
  return symbolizer_.ResolveLocal(frame, static_cast<std::uintptr_t>(op.object)).name;
}

LocalVariable Narrator::LocalAt(std::uintptr_t address) const {
  const runtime::Trace& trace = scheduler_.trace();
  for (std::size_t i = trace.local_frames.size(); i-- > 0;) {
    if (static_cast<std::uintptr_t>(trace.entries[i].op.object) != address ||
        trace.local_frames[i].return_address == 0) {
      continue;
    }
    return symbolizer_.ResolveLocal(trace.local_frames[i], address);
  }
  return {};
}

const runtime::TracedObject* Narrator::ObjectAt(std::uintptr_t address) const {
  for (const runtime::TracedObject& object : scheduler_.trace().objects) {
    if (object.address != 0 && object.address == address) return &object;
  }
  return nullptr;
}

std::string Narrator::Place(std::span<const std::uintptr_t> stack, std::uintptr_t site) const {
  const Frame frame = FirstUserFrame(stack.empty() && site != 0 ? symbolizer_.Resolve(site)
                                                                : symbolizer_.ResolveStack(stack));
  return frame.line == 0 ? frame.function : ShortLocation(frame);
}

std::string Narrator::Stack(std::span<const std::uintptr_t> stack, int indent) const {
  const std::vector<Frame> frames = symbolizer_.ResolveStack(stack);
  std::string text;
  int depth = 0;
  for (const Frame& frame : frames) {
    if (!IsUserFrame(frame)) continue;
    absl::StrAppend(&text, std::string(static_cast<std::size_t>(indent), ' '), "#", depth++, " ",
                    frame.function);
    if (frame.line != 0) absl::StrAppend(&text, "  ", DisplayPath(frame.file), ":", frame.line);
    absl::StrAppend(&text, "\n");
  }
  return text;
}

}  // namespace selvage::report
