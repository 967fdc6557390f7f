// Schedules leave nothing behind in the process that runs them.

#include <dirent.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <ostream>
#include <string>

#include "absl/strings/numbers.h"
#include "selvage/cases/runner.h"
#include "selvage/harness/explore.h"
#include "selvage/tests/cases/all_variants.h"

extern "C" {
__attribute__((weak)) void __asan_init();
}

namespace selvage::cases {
namespace {

// Enough to fill every pool and every table.
constexpr std::uint64_t kWarmUp = 1'000;
// Of ten thousand schedules: the allocator's own business, less than four bytes a schedule.
constexpr std::size_t kHeapTolerance = 32 << 10;
constexpr std::size_t kResidentTolerance = 4 << 20;

std::size_t EntriesOf(const char* path) {
  DIR* directory = opendir(path);
  std::size_t entries = 0;
  while (readdir(directory) != nullptr) ++entries;
  closedir(directory);
  return entries;
}

// The threads there are but for the one that asks, which is the only one once all are joined. The
// kernel lists a thread for a moment longer than others wait for it.
std::size_t OtherThreads() {
  std::size_t others = 0;
  for (int i = 0; i < 10'000; ++i) {
    others = EntriesOf("/proc/self/task") - 3;  // "." and ".." are entries, too
    if (others == 0) break;
    usleep(1'000);
  }
  return others;
}

// What this process has now.
struct Holdings {
  std::size_t threads = OtherThreads();
  std::size_t descriptors = EntriesOf("/proc/self/fd");
  std::size_t heap = mallinfo2().uordblks;  // bytes
  std::size_t resident = Resident();        // bytes

  static std::size_t Resident() {
    malloc_trim(0);
    std::size_t total = 0;
    std::size_t resident = 0;
    std::ifstream("/proc/self/statm") >> total >> resident;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  }
};

// Of each variant; fewer of one that crashes, unless the environment says how many.
std::uint64_t Schedules(const Variant& variant) {
  std::uint64_t schedules = 10'000;
  if (const char* text = std::getenv("SELVAGE_LEAK_SCHEDULES")) {
    EXPECT_TRUE(absl::SimpleAtoi(text, &schedules));
    return schedules;
  }
  const bool crashes = std::find(variant.expected.begin(), variant.expected.end(),
                                 FindingKind::kCrash) != variant.expected.end();
  return crashes ? 200 : schedules;
}

class EachVariant : public testing::TestWithParam<Parameter> {
 protected:
  void SetUp() override {
    if (UnderTsan() || &__asan_init != nullptr) {
      GTEST_SKIP() << "a sanitizer keeps memory of its own";
    }
  }

  void Run(std::uint64_t schedules) {
    Options options;
    options.name = ExplorationName(*GetParam().owner, *GetParam().variant);
    options.schedules = schedules;
    options.stop_at_first_failure = false;
    options.isolate = GetParam().owner->isolated();
    const Result result = Explore(GetParam().variant->body, options);
    EXPECT_EQ(result.error, "");
  }
};

TEST_P(EachVariant, LeavesNoThreadNoDescriptorAndNoMemory) {
  Run(std::min(kWarmUp, Schedules(*GetParam().variant)));
  const Holdings before;
  Run(Schedules(*GetParam().variant));
  const Holdings after;
  EXPECT_EQ(after.threads, 0U);
  EXPECT_EQ(after.descriptors, before.descriptors);
  RecordProperty("heap_growth",
                 std::to_string(static_cast<std::ptrdiff_t>(after.heap - before.heap)));
  EXPECT_LE(after.heap, before.heap + kHeapTolerance);
  EXPECT_LE(after.resident, before.resident + kResidentTolerance);
}

INSTANTIATE_TEST_SUITE_P(Cases, EachVariant, testing::ValuesIn(AllVariants()), ParameterName);

}  // namespace
}  // namespace selvage::cases
