#include "selvage/harness/report/race_text.h"

#include <optional>
#include <span>

#include "absl/strings/str_cat.h"
#include "selvage/harness/report/user_frame.h"

namespace selvage::report {
namespace {

using tsan::Race;
using tsan::RaceAccess;
using tsan::RaceMemory;

std::span<const std::uintptr_t> StackOf(const RaceAccess& access) {
  return {access.stack, static_cast<std::size_t>(access.depth)};
}

std::string Verb(const RaceAccess& access) {
  return absl::StrCat(access.atomic ? "atomic " : "", access.write ? "write" : "read");
}

std::string WhereBriefly(Symbolizer& symbolizer, const RaceAccess& access) {
  const Frame frame = FirstUserFrame(symbolizer.ResolveStack(StackOf(access)));
  if (frame.function.empty()) return "";
  return absl::StrCat(" in ", frame.function,
                      frame.line == 0 ? "" : absl::StrCat(" (", ShortLocation(frame), ")"));
}

std::string Subject(const Narrator& narrator, const Race& race) {
  const runtime::Op op{.kind = runtime::OpKind::kLoad,
                       .object = runtime::ObjectId{race.current.address}};
  const std::string name = narrator.ObjectName(op);
  if (!name.empty()) return absl::StrCat("'", name, "'");
  switch (race.memory) {
    case RaceMemory::kHeap:
      return "memory on the heap";
    case RaceMemory::kStack:
      return "a local variable";
    case RaceMemory::kThreadLocal:
      return "a thread_local variable";
    default:
      return "memory";
  }
}

}  // namespace

std::string RaceSummary(const Narrator& narrator, Symbolizer& symbolizer, const Race& race) {
  if (race.use_after_free) {
    return absl::StrCat("heap-use-after-free: ", Verb(race.current),
                        WhereBriefly(symbolizer, race.current), " of memory released",
                        WhereBriefly(symbolizer, race.previous));
  }
  return absl::StrCat(Subject(narrator, race), ": ", Verb(race.current),
                      WhereBriefly(symbolizer, race.current), " and ", Verb(race.previous),
                      WhereBriefly(symbolizer, race.previous), ", with nothing to order them");
}

std::string RaceText(const Narrator& narrator, const Race& race) {
  const auto access = [&](const RaceAccess& side) {
    const std::optional<runtime::TaskId> task = narrator.TaskOnThread(side.thread);
    return absl::StrCat(Verb(side), " of ", side.size, side.size == 1 ? " byte by " : " bytes by ",
                        task ? narrator.TaskName(*task) : "a thread outside the schedule", "\n",
                        narrator.Stack(StackOf(side), 4));
  };
  return absl::StrCat("  ", access(race.current), "  earlier ", access(race.previous));
}

}  // namespace selvage::report
