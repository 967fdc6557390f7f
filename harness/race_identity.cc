#include "selvage/harness/race_identity.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "selvage/harness/hash.h"
#include "selvage/harness/report/stack.h"
#include "selvage/harness/report/user_frame.h"

namespace selvage {
namespace {

std::uint64_t HashPlace(std::uint64_t hash, const report::Frame& frame) {
  return HashText(HashText(hash, frame.function), absl::StrCat(frame.file, ":", frame.line));
}

// Functions of libstdc++ that race with themselves, and know it: std::atomic<std::shared_ptr> lets
// go of its own lock with a relaxed store after reading (its destructor takes none, so that one is
// the user's), std::ctype<char> keeps what it has converted in a table that each thread fills with
// the same bytes.
bool IsKnownOfLibrary(const report::Frame& frame) {
  return (frame.function.starts_with("std::_Sp_atomic") &&
          frame.function.find('~') == std::string::npos) ||
         frame.function.starts_with("std::ctype");
}

}  // namespace

const RaceIdentifier::Code& RaceIdentifier::CodeOf(std::span<const std::uintptr_t> stack) {
  const auto [entry, is_new] =
      known_.try_emplace(report::HashStack(stack.data(), static_cast<int>(stack.size())));
  Code& code = entry->second;
  if (!is_new || stack.empty()) return code;
  const std::vector<report::Frame> frames = symbolizer_.ResolveStack(stack);
  code.is_the_users = report::IsUserFrame(frames.front());
  for (const report::Frame& frame : frames) {
    if (report::IsUserFrame(frame)) break;
    code.is_known_of_library = code.is_known_of_library || IsKnownOfLibrary(frame);
  }
  std::size_t seen = 0;
  for (const report::Frame& frame : frames) {
    if (seen == code.functions.size()) break;
    if (!report::IsUserFrame(frame)) continue;
    code.place = HashPlace(code.place, frame);
    code.functions[seen++] = HashText(0, frame.function);
  }
  return code;
}

void RaceIdentifier::IdentifyMemory(const tsan::Race& race, RaceIdentity& identity) {
  // Where the two accesses meet, whichever of them came first.
  const std::uintptr_t address = std::max(race.current.address, race.previous.address);
  identity.memory = Combine(race.use_after_free ? 1 : 0, static_cast<std::uint64_t>(race.memory));
  switch (race.memory) {
    case tsan::RaceMemory::kGlobal: {
      const report::Variable variable = symbolizer_.FindVariable(address);
      identity.memory = HashText(identity.memory, variable.name);
      identity.element = variable.name.empty() ? address : variable.offset;
      break;
    }
    case tsan::RaceMemory::kHeap:
      identity.memory = Combine(identity.memory, CodeOf(race.Allocation()).place);
      identity.element = address - race.block_begin;
      break;
    case tsan::RaceMemory::kStack:
      if (const std::optional<runtime::TaskId> owner = narrator_.TaskOnThread(race.owner)) {
        const runtime::Task& task = narrator_.scheduler().task(*owner);
        identity.memory = HashText(identity.memory, task.SpawnPath());
        identity.element = task.stack_top() - address;
      }
      break;
    default:
      break;
  }
}

RaceIdentity RaceIdentifier::Identify(const tsan::Race& race) {
  RaceIdentity identity;
  IdentifyMemory(race, identity);
  // The reference would not outlive the next one.
  const Code current = CodeOf(race.current.Stack());
  const Code previous = CodeOf(race.previous.Stack());
  const runtime::TracedObject* object = narrator_.ObjectAt(race.current.address);
  const bool is_variable = object != nullptr || race.memory == tsan::RaceMemory::kGlobal ||
                           race.memory == tsan::RaceMemory::kStack;
  identity.code =
      is_variable ? std::array{current.functions[0], current.functions[1], previous.functions[0],
                               previous.functions[1]}
                  : std::array{current.place, std::uint64_t{0}, previous.place, std::uint64_t{0}};
  if (object != nullptr) {
    identity.memory = HashText(identity.memory, object->Description());
  } else if (!current.is_the_users || !previous.is_the_users) {
    identity.element = 0;
  }
  return identity;
}

bool RaceIdentifier::IsTheLibrarysOwn(const tsan::Race& race) {
  return CodeOf(race.current.Stack()).is_known_of_library &&
         CodeOf(race.previous.Stack()).is_known_of_library;
}

}  // namespace selvage
