// A program with explorations of its own, without GoogleTest: "explore_child NAME..." runs those
// named. Exit code 1 if one is not ok.

#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>

#include "selvage/harness/explore.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/thread.h"

namespace selvage {
namespace {

void LoseAnUpdate() {
  Lock lock;
  int counter = 0;
  const auto increment = [&] {
    int before = 0;
    {
      const Guard guard(lock);
      before = counter;
    }
    const Guard guard(lock);
    counter = before + 1;
  };
  Thread first(increment);
  Thread second(increment);
  first.join();
  second.join();
  SELVAGE_EXPECT(counter == 2);
}

// Tasks that take a mutex of the standard library.
void IncrementUnderNativeMutex() {
  std::mutex mutex;
  int counter = 0;
  const auto increment = [&] {
    for (int i = 0; i < 3; ++i) {
      const std::lock_guard<std::mutex> guard(mutex);
      ++counter;
    }
  };
  Thread first(increment);
  Thread second(increment);
  first.join();
  second.join();
  SELVAGE_EXPECT(counter == 6);
}

Result Run(std::string_view name) {
  Options options;
  options.name = name;
  options.schedules = 200;
  if (name == "deaf") options.overridable = false;
  if (name == "native") return Explore(&IncrementUnderNativeMutex, options);
  if (name == "nothing") return Explore([] {}, options);
  return Explore(&LoseAnUpdate, options);
}

}  // namespace
}  // namespace selvage

int main(int argc, char** argv) {
  int exit_code = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name.starts_with("-")) continue;
    const selvage::Result result = selvage::Run(name);
    std::printf("%s: %s%s\n", name.c_str(), result.Text().c_str(), result.Line().c_str());
    if (!result.ok()) exit_code = 1;
  }
  return exit_code;
}
