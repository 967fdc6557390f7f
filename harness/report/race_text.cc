#include "selvage/harness/report/race_text.h"

#include <optional>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "selvage/harness/report/lock_order_words.h"
#include "selvage/harness/report/user_frame.h"

namespace selvage::report {
namespace {

using tsan::Race;
using tsan::RaceAccess;
using tsan::RaceMemory;

// The function that gives memory back, if that is what the access is: TSan has it as a write.
std::string_view Release(const std::vector<Frame>& frames) {
  if (frames.empty()) return {};
  const std::string_view function = frames.front().function;
  if (function.starts_with("operator delete")) return "delete";
  if (function == "free" || function == "__interceptor_free" || function == "cfree") return "free";
  return {};
}

std::string Verb(Symbolizer& symbolizer, const RaceAccess& access) {
  const std::string_view release = Release(symbolizer.ResolveStack(access.Stack()));
  if (!release.empty()) return std::string(release);
  return absl::StrCat(access.atomic ? "atomic " : "", access.write ? "write" : "read");
}

// " in Increment (counter.cc:31)".
std::string InPlace(Symbolizer& symbolizer, std::span<const std::uintptr_t> stack) {
  const Frame frame = FirstUserFrame(symbolizer.ResolveStack(stack));
  if (frame.function.empty()) return "";
  return absl::StrCat(" in ", frame.function,
                      frame.line == 0 ? "" : absl::StrCat(" (", ShortLocation(frame), ")"));
}

std::string VerbInPlace(Symbolizer& symbolizer, const RaceAccess& access) {
  return absl::StrCat(Verb(symbolizer, access), InPlace(symbolizer, access.Stack()));
}

std::string HeapBlock(Symbolizer& symbolizer, const Race& race) {
  const std::uint64_t offset = race.current.address - race.block_begin;
  const std::string place = InPlace(symbolizer, race.Allocation());
  return absl::StrCat(offset == 0 ? "memory" : absl::StrCat("byte ", offset, " of memory"),
                      " on the heap", place.empty() ? "" : absl::StrCat(", allocated", place));
}

// Where both accesses have their first byte, or one lies in the other.
std::string Local(const Narrator& narrator, const Race& race) {
  for (const std::uintptr_t address : {race.current.address, race.previous.address}) {
    const LocalVariable local = narrator.LocalAt(address);
    if (!local.name.empty()) {
      return absl::StrCat("'", local.name, "', a local variable of ", local.function);
    }
  }
  return "a local variable";
}

std::string Subject(const Narrator& narrator, Symbolizer& symbolizer, const Race& race) {
  const runtime::Op op{.kind = runtime::OpKind::kLoad,
                       .object = runtime::ObjectId{race.current.address}};
  const std::string name = narrator.ObjectName(op);
  if (!name.empty()) return absl::StrCat("'", name, "'");
  switch (race.memory) {
    case RaceMemory::kHeap:
      return HeapBlock(symbolizer, race);
    case RaceMemory::kStack:
      return Local(narrator, race);
    case RaceMemory::kThreadLocal:
      return "a thread_local variable";
    default:
      return "memory";
  }
}

std::string ByWhom(const Narrator& narrator, std::uint64_t thread) {
  const std::optional<runtime::TaskId> task = narrator.TaskOnThread(thread);
  return absl::StrCat("by ", task ? narrator.TaskName(*task) : "a thread outside the schedule");
}

std::string AccessText(const Narrator& narrator, Symbolizer& symbolizer, const RaceAccess& access) {
  const bool released = !Release(symbolizer.ResolveStack(access.Stack())).empty();
  return absl::StrCat(
      Verb(symbolizer, access),
      released ? " " : absl::StrCat(" of ", Plural(access.size, "byte", "bytes"), " "),
      ByWhom(narrator, access.thread), "\n", narrator.Stack(access.Stack(), 4));
}

}  // namespace

std::string RaceSummary(const Narrator& narrator, Symbolizer& symbolizer, const Race& race) {
  if (race.use_after_free) {
    return absl::StrCat("heap-use-after-free: ", VerbInPlace(symbolizer, race.current),
                        " of memory that was released", InPlace(symbolizer, race.previous.Stack()));
  }
  return absl::StrCat(Subject(narrator, symbolizer, race), ": ",
                      VerbInPlace(symbolizer, race.current), " and ",
                      VerbInPlace(symbolizer, race.previous), ", with nothing to order them");
}

std::string RaceText(const Narrator& narrator, Symbolizer& symbolizer, const Race& race) {
  std::string text = absl::StrCat("  ", AccessText(narrator, symbolizer, race.current),
                                  "  earlier ", AccessText(narrator, symbolizer, race.previous));
  if (race.memory == RaceMemory::kHeap && race.allocation_depth > 0) {
    absl::StrAppend(&text, "  in a block of ", Plural(race.block_size, "byte", "bytes"),
                    " allocated ", ByWhom(narrator, race.owner), "\n",
                    narrator.Stack(race.Allocation(), 4));
  }
  return text;
}

}  // namespace selvage::report
