// Local variables by their addresses, and the frames that have them.

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "selvage/harness/report/stack.h"
#include "selvage/harness/report/symbolize.h"

extern "C" {
__attribute__((weak)) void __asan_init();
}

namespace selvage::report {
namespace {

struct Base {
  long id = 0;
};
struct Config : Base {
  int limit = 0;
  std::array<short, 4> table = {};
  struct {
    int inside = 0;
  };
};

int a_global = 0;

// What is at `address` of one of the frames that call this.
__attribute__((noinline)) LocalVariable Local(const void* address) {
  std::array<StackFrame, 32> captured;
  const int count = CaptureFrames(captured.data(), static_cast<int>(captured.size()));
  asm volatile("" : : "r"(address) : "memory");
  Symbolizer symbolizer;
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  for (int i = 0; i < count; ++i) {
    const StackFrame& frame = captured[static_cast<std::size_t>(i)];
    if (frame.Has(at)) return symbolizer.ResolveLocal(frame, at);
  }
  return {};
}

class LocalVariables : public testing::Test {
 protected:
  void SetUp() override {
    if (&__asan_init != nullptr) GTEST_SKIP() << "AddressSanitizer moves variables elsewhere";
  }
};

__attribute__((noinline)) LocalVariable OfALocal() {
  int table[8] = {};
  return Local(&table[0]);
}

__attribute__((noinline)) LocalVariable OfACallersLocal(const void* address) {
  const LocalVariable found = Local(address);
  asm volatile("");
  return found;
}

TEST_F(LocalVariables, AreNamedWithTheirFunction) {
  const LocalVariable found = OfALocal();
  EXPECT_EQ(found.name, "table[0]");
  EXPECT_EQ(found.function, "selvage::report::OfALocal");
}

TEST_F(LocalVariables, OfAnOuterFrame_AreThoseOfItsFunction) {
  int table[8] = {};
  EXPECT_EQ(OfACallersLocal(&table[7]).name, "table[7]");
}

TEST_F(LocalVariables, PartsOfOne_AreNamedAsTheUserWritesThem) {
  Config config;
  Config configs[3];
  EXPECT_EQ(Local(&config.limit).name, "config.limit");
  EXPECT_EQ(Local(&config.id).name, "config.id");
  EXPECT_EQ(Local(&config.inside).name, "config.inside");
  EXPECT_EQ(Local(&configs[2].limit).name, "configs[2].limit");
}

TEST_F(LocalVariables, PartsOfALibrarysTypes_AreTheirObject) {
  std::vector<int> numbers(3);
  Config config;
  EXPECT_EQ(Local(&numbers).name, "numbers");
  EXPECT_EQ(Local(&config.table[2]).name, "config.table");
}

TEST_F(LocalVariables, OfSeveralDimensions_HaveNoIndex) {
  int matrix[3][4] = {};
  EXPECT_EQ(Local(&matrix[1][1]).name, "matrix");
}

__attribute__((always_inline)) inline LocalVariable OfAnInlinedLocal() {
  Config inner;
  return OfACallersLocal(&inner.limit);
}

TEST_F(LocalVariables, OfInlinedFunctions_AreThoseOfTheInlinedOne) {
  const LocalVariable found = OfAnInlinedLocal();
  EXPECT_EQ(found.name, "inner.limit");
  EXPECT_EQ(found.function, "selvage::report::OfAnInlinedLocal");
}

TEST_F(LocalVariables, WhatIsNoVariable_HasNoName) {
  int table[8] = {};
  EXPECT_EQ(Local(&table[0]).name, "table[0]");
  EXPECT_EQ(Local(__builtin_frame_address(0)).name, "");
  EXPECT_EQ(Local(&a_global).name, "");
}

TEST(CaptureFrames, AreThoseOfCaptureStackEachBelowItsCallers) {
  std::array<StackFrame, 32> here;
  std::array<std::uintptr_t, 32> pcs;
  const int count = CaptureFrames(here.data(), 32);
  const int depth = CaptureStack(pcs.data(), 32);
  ASSERT_GT(count, 2);
  ASSERT_GE(depth, count);
  for (int i = 0; i < count; ++i) {
    const StackFrame& frame = here[static_cast<std::size_t>(i)];
    EXPECT_LT(frame.stack_pointer, frame.callers_stack_pointer);
    if (i > 0) {
      EXPECT_EQ(frame.return_address, pcs[static_cast<std::size_t>(i)]);
      EXPECT_EQ(frame.stack_pointer, here[static_cast<std::size_t>(i - 1)].callers_stack_pointer);
    }
  }
}

}  // namespace
}  // namespace selvage::report
