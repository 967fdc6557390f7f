#include "selvage/harness/report/stack.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <boost/context/detail/fcontext.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "selvage/harness/report/symbolize.h"

namespace selvage::report {
namespace {

namespace context = boost::context::detail;

constexpr int kCapacity = 64;
using Pcs = std::array<std::uintptr_t, kCapacity>;

// Keeps a call from becoming a jump and a function from being merged with its callers.
void KeepFrame() { asm volatile(""); }

std::vector<std::string> Functions(std::span<const std::uintptr_t> pcs) {
  Symbolizer symbolizer;
  std::vector<std::string> names;
  for (const Frame& frame : symbolizer.ResolveStack(pcs)) names.push_back(frame.function);
  return names;
}

__attribute__((noinline)) int CaptureHere(Pcs& pcs, int capacity, int skip) {
  const int count = CaptureStack(pcs.data(), capacity, skip);
  KeepFrame();
  return count;
}

__attribute__((noinline)) int CaptureThroughCaller(Pcs& pcs, int capacity, int skip) {
  const int count = CaptureHere(pcs, capacity, skip);
  KeepFrame();
  return count;
}

__attribute__((noinline)) int CaptureBelow(int depth, Pcs& pcs) {
  const int count = depth == 0 ? CaptureHere(pcs, kCapacity, 0) : CaptureBelow(depth - 1, pcs);
  KeepFrame();
  return count;
}

TEST(CaptureStack, FirstFrameIsTheCallerAndNextFrameIsItsCaller) {
  Pcs pcs;
  const int count = CaptureThroughCaller(pcs, kCapacity, 0);
  ASSERT_GE(count, 3);
  const std::vector<std::string> names = Functions(std::span(pcs.data(), 2));
  EXPECT_EQ(names, (std::vector<std::string>{"selvage::report::CaptureHere",
                                             "selvage::report::CaptureThroughCaller"}));
}

TEST(CaptureStack, ReachesTheOutermostFrame) {
  Pcs pcs;
  const int count = CaptureHere(pcs, kCapacity, 0);
  ASSERT_LT(count, kCapacity);
  const std::vector<std::string> names = Functions(std::span(pcs.data(), count));
  EXPECT_NE(std::find(names.begin(), names.end(), "main"), names.end());
}

TEST(CaptureStack, SkipLeavesOutTheInnermostFrames) {
  Pcs all;
  Pcs skipped;
  const int all_count = CaptureThroughCaller(all, kCapacity, 0);
  const int skipped_count = CaptureThroughCaller(skipped, kCapacity, 2);
  ASSERT_EQ(skipped_count, all_count - 2);
  // The first common frame is this function, at two different calls.
  EXPECT_TRUE(std::equal(skipped.begin() + 1, skipped.begin() + skipped_count, all.begin() + 3));
}

TEST(CaptureStack, SkippingMoreThanThereIsGivesNothing) {
  Pcs pcs;
  EXPECT_EQ(CaptureHere(pcs, kCapacity, 10'000), 0);
}

TEST(CaptureStack, NeverWritesPastCapacity) {
  Pcs pcs;
  pcs.fill(42);
  EXPECT_EQ(CaptureThroughCaller(pcs, 2, 0), 2);
  EXPECT_NE(pcs[1], 42u);
  EXPECT_EQ(pcs[2], 42u);
  EXPECT_EQ(CaptureHere(pcs, 0, 0), 0);
  EXPECT_EQ(CaptureHere(pcs, -1, 0), 0);
}

TEST(CaptureStack, CountsEveryRecursiveCall) {
  Pcs shallow;
  Pcs deep;
  const int shallow_count = CaptureBelow(1, shallow);
  EXPECT_EQ(CaptureBelow(21, deep), shallow_count + 20);
}

TEST(CaptureStack, WorksOnAnotherThread) {
  Pcs pcs;
  int count = 0;
  std::thread([&] { count = CaptureHere(pcs, kCapacity, 0); }).join();
  ASSERT_GT(count, 1);
  ASSERT_LT(count, kCapacity);
  EXPECT_EQ(Functions(std::span(pcs.data(), 1)).front(), "selvage::report::CaptureHere");
}

struct ContextCapture {
  Pcs pcs;
  int count = 0;
};

__attribute__((noinline)) void ContextEntry(context::transfer_t transfer) {
  auto* capture = static_cast<ContextCapture*>(transfer.data);
  capture->count = CaptureHere(capture->pcs, kCapacity, 0);
  context::jump_fcontext(transfer.fctx, nullptr);
}

TEST(CaptureStack, EndsCleanlyOnAContextStack) {
  // Filled with a pattern: an unwinder that runs off the end would take it for return addresses.
  std::vector<std::uintptr_t> stack(std::size_t{256} * 1024 / sizeof(std::uintptr_t),
                                    std::uintptr_t{0x5151515151515151});
  ContextCapture capture;
  context::fcontext_t fiber = context::make_fcontext(
      stack.data() + stack.size(), stack.size() * sizeof(std::uintptr_t), ContextEntry);
  context::jump_fcontext(fiber, &capture);
  ASSERT_GE(capture.count, 2);
  // The address make_fcontext left for the entry function to return to may be counted as a frame,
  // nothing beyond it.
  EXPECT_LE(capture.count, 3);
  const std::vector<std::string> names = Functions(std::span(capture.pcs.data(), 2));
  EXPECT_EQ(names, (std::vector<std::string>{"selvage::report::CaptureHere",
                                             "selvage::report::ContextEntry"}));
}

Pcs signal_pcs;
int signal_count = 0;
void CaptureInHandler(int) { signal_count = CaptureHere(signal_pcs, kCapacity, 0); }

__attribute__((noinline)) void RaiseSignal() {
  raise(SIGUSR1);
  KeepFrame();
}

TEST(CaptureStack, SeesThroughASignalFrame) {
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = CaptureInHandler;
  ASSERT_EQ(sigaction(SIGUSR1, &action, &before), 0);
  RaiseSignal();
  sigaction(SIGUSR1, &before, nullptr);
  ASSERT_GT(signal_count, 0);
  const std::vector<std::string> names = Functions(std::span(signal_pcs.data(), signal_count));
  EXPECT_NE(std::find(names.begin(), names.end(), "selvage::report::RaiseSignal"), names.end());
}

TEST(HashStack, EqualStacksHashEqual) {
  const std::array<std::uintptr_t, 3> a = {0x1000, 0x2000, 0x3000};
  const std::array<std::uintptr_t, 3> b = a;
  EXPECT_EQ(HashStack(a.data(), 3), HashStack(b.data(), 3));
}

TEST(HashStack, DependsOnOrderLengthAndEveryAddress) {
  const std::array<std::uintptr_t, 3> base = {0x1000, 0x2000, 0x3000};
  const std::array<std::uintptr_t, 3> swapped = {0x2000, 0x1000, 0x3000};
  EXPECT_NE(HashStack(base.data(), 3), HashStack(swapped.data(), 3));
  EXPECT_NE(HashStack(base.data(), 3), HashStack(base.data(), 2));
  for (int i = 0; i < 3; ++i) {
    for (int bit = 0; bit < 64; ++bit) {
      std::array<std::uintptr_t, 3> changed = base;
      changed[i] ^= std::uintptr_t{1} << bit;
      EXPECT_NE(HashStack(base.data(), 3), HashStack(changed.data(), 3)) << i << " " << bit;
    }
  }
  const std::array<std::uintptr_t, 2> zeros = {0, 0};
  EXPECT_NE(HashStack(zeros.data(), 1), HashStack(zeros.data(), 2));
}

}  // namespace
}  // namespace selvage::report
