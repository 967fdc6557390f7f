// By what a data race is known again in another schedule, and in another process.
#ifndef SELVAGE_HARNESS_RACE_IDENTITY_H_
#define SELVAGE_HARNESS_RACE_IDENTITY_H_

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "selvage/harness/report/narrator.h"
#include "selvage/harness/report/symbolize.h"
#include "selvage/harness/tsan/race.h"

namespace selvage {

// Made of names, places and offsets, never of addresses; trivial, so that it can be written to a
// log.
struct RaceIdentity {
  // What the memory is: a variable, a named Shared, a block by where it was allocated, the stack of
  // a task.
  std::uint64_t memory = 0;
  // Which part of it, if both accesses are the user's own code: a member, an element of a
  // container. Where they are a library's, the object is used as a whole: 0.
  std::uint64_t element = 0;
  // The code of both accesses, by the innermost user frame and the user's caller of it. Of a
  // variable of its own their functions; of a block, which may stand for others of the same place,
  // both together with their lines. 0: none.
  std::array<std::uint64_t, 4> code{};

  friend bool operator==(const RaceIdentity&, const RaceIdentity&) = default;
};

// Identifies the races of the schedule that ran last. What it has looked up of a stack it keeps.
// Not thread-safe; used by the driver between schedules.
class RaceIdentifier {
 public:
  RaceIdentifier(const report::Narrator& narrator, report::Symbolizer& symbolizer)
      : narrator_(narrator), symbolizer_(symbolizer) {}

  // Linear in the depth of stacks met before; the objects of the schedule are searched.
  RaceIdentity Identify(const tsan::Race& race);

  // Whether it is one between two places in the C++ library that is known of it, harmless there,
  // and none of the code under test's. The same complexity.
  bool IsTheLibrarysOwn(const tsan::Race& race);

 private:
  // What is known of a stack.
  struct Code {
    std::uint64_t place = 0;                   // the innermost user frame and its caller
    std::array<std::uint64_t, 2> functions{};  // of these
    bool is_the_users = true;                  // the innermost frame of all
    bool is_known_of_library = false;          // see IsTheLibrarysOwn()
  };

  const Code& CodeOf(std::span<const std::uintptr_t> stack);
  void IdentifyMemory(const tsan::Race& race, RaceIdentity& identity);

  const report::Narrator& narrator_;
  report::Symbolizer& symbolizer_;
  absl::flat_hash_map<std::uint64_t, Code> known_;  // by the hash of the stack
};

}  // namespace selvage

#endif  // SELVAGE_HARNESS_RACE_IDENTITY_H_
