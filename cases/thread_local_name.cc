// Threads keep their names in a variable.

#include <memory>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/thread_local.h"

namespace selvage::cases::thread_local_name {
namespace {

using Name = const char*;

class GlobalName {
 public:
  void set(Name name) { name_ = name; }
  Name get() const { return name_; }

 private:
  Shared<Name> name_{nullptr, "name"};
};

template <typename Variable>
void Process(Variable& variable, Name name) {
  variable.set(name);
  const Name found = variable.get();
  SELVAGE_EXPECT(found == name);
}

template <typename Variable>
void Run() {
  const auto variable = std::make_unique<Variable>();
  Thread first("first", [&shared = *variable] { Process(shared, "first"); });
  Thread second("second", [&shared = *variable] { Process(shared, "second"); });
  first.join();
  second.join();
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "thread_local_name",
      .documents = {"000", "001"},
      .goes_wrong = "All threads share one variable for what each means to be its own.",
      .order_of_events =
          "The first thread stores its name, the second stores its own over it, the first reads "
          "the second's.",
      .why_fixed = "A ThreadLocal has a value for each thread, which no other thread sees.",
      .variants = {{"buggy",
                    Role::kBuggy,
                    Run<GlobalName>,
                    {FindingKind::kDataRace, FindingKind::kFailedExpectation}},
                   {"fixed", Role::kFixed, Run<ThreadLocal<Name>>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::thread_local_name
