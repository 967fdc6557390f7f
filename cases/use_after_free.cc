// Memory is released before another thread's work on it is done.

#include <memory>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/thread.h"

namespace selvage::cases::use_after_free {
namespace {

struct Record {
  int written = 0;
};

struct Owner {
  std::unique_ptr<Record> record = std::make_unique<Record>();
};

enum class Release { kAtOnce, kAfterJoin };

template <Release release>
void Run() {
  const auto owner = std::make_unique<Owner>();
  Thread writer("writer", [&shared = *owner] {
    Record* const record = shared.record.get();
    record->written = 1;
  });
  if (release == Release::kAtOnce) owner->record.reset();
  writer.join();
  if (release == Release::kAfterJoin) owner->record.reset();
}

void RunSharedOwnership() {
  auto record = std::make_shared<Record>();
  Thread writer("writer", [record] { record->written = 1; });
  record.reset();
  writer.join();
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "use_after_free",
      .documents = {"003"},
      .goes_wrong =
          "Main releases the memory while the writer still has something to write there, and the "
          "writer writes into what is not its any more, or through a null pointer.",
      .order_of_events =
          "The writer takes the pointer, main releases the memory, the writer writes; or main "
          "releases it before the writer takes the pointer.",
      .why_fixed =
          "Main joins the writer before it releases the memory; or both own it, and the last one "
          "to let go of it releases it.",
      .variants = {{"buggy",
                    Role::kBuggy,
                    Run<Release::kAtOnce>,
                    {FindingKind::kDataRace, FindingKind::kCrash}},
                   {"fixed", Role::kFixed, Run<Release::kAfterJoin>, {}},
                   {"fixed_shared", Role::kFixed, RunSharedOwnership, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::use_after_free
