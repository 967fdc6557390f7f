// What tasks do that is not under control: it is named, and no walk past it is a proof.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "selvage/harness/explore.h"
#include "selvage/harness/schedule/build.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/harness/interpose/uncontrolled_bodies.h"

namespace selvage {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;

constexpr char kNative[] =
    "[0-9]+ native thread or lock operations at uncontrolled_bodies.cc:[0-9]+";

Options Sampled() {
  Options options;
  options.control_native = false;
  options.schedules = 50;
  return options;
}

void ExpectNoProof(void (*body)(), Options options, const char* what) {
  options.control_native = false;
  const Result result = Explore(body, options);
  EXPECT_TRUE(result.ok()) << result.Text();
  EXPECT_THAT(result.uncontrolled, ElementsAre(MatchesRegex(what)));
  EXPECT_FALSE(result.exhausted);
  EXPECT_EQ(result.walked, 0U);
  EXPECT_THAT(result.coverage,
              AllOf(HasSubstr("no proof: not controlled: "), Not(HasSubstr("all schedules"))));
  EXPECT_THAT(result.Line(), Not(HasSubstr("all ")));
  EXPECT_THAT(result.warnings, Contains(HasSubstr("not controlled: ")));
}

TEST(Uncontrolled, NativeThreads_AreNamedAndNoProof) {
  ExpectNoProof(&StartTwoNativeThreads, Exhaustively(), kNative);
}

TEST(Uncontrolled, NativeMutexes_AreNamedAndNoProof) {
  ExpectNoProof(&LockANativeMutexInTwoTasks, Exhaustively(), kNative);
}

TEST(Uncontrolled, InAChildProcess_IsToldOf) {
  Options options = Exhaustively();
  options.isolate = true;
  ExpectNoProof(&LockANativeMutexInTwoTasks, options, kNative);
}

TEST(Uncontrolled, InASampledExploration_IsAWarning) {
  const Result result = Explore(&LockANativeMutexInTwoTasks, Sampled());
  EXPECT_TRUE(result.ok()) << result.Text();
  EXPECT_THAT(result.uncontrolled, ElementsAre(MatchesRegex(kNative)));
  EXPECT_THAT(result.warnings, Contains(HasSubstr("native thread or lock operations at ")));
}

TEST(Uncontrolled, ToFail_IsAFinding) {
  for (const bool isolate : {false, true}) {
    Options options = Sampled();
    options.uncontrolled = OnUncontrolled::kFail;
    options.isolate = isolate;
    const Result result = Explore(&LockANativeMutexInTwoTasks, options);
    EXPECT_TRUE(
        OnlyFinding(result, FindingKind::kUncontrolled, "native thread or lock operations at "))
        << result.Text();
  }
}

TEST(Uncontrolled, ToBeIgnored_IsNoWarningAndNoProof) {
  Options options = Exhaustively();
  options.uncontrolled = OnUncontrolled::kIgnore;
  options.control_native = false;
  const Result result = Explore(&LockANativeMutexInTwoTasks, options);
  EXPECT_TRUE(result.ok());
  EXPECT_THAT(result.warnings, Not(Contains(HasSubstr("not controlled"))));
  EXPECT_FALSE(result.exhausted);
}

TEST(Uncontrolled, MutexesOfGoogleTest_AreNone) {
  const Result result = Explore(&AssertInTasks, Sampled());
  EXPECT_TRUE(result.ok()) << result.Text();
  EXPECT_THAT(result.uncontrolled, IsEmpty());
}

// They are named among the assumptions.
TEST(Uncontrolled, AtomicsWithoutMemoryPoints_AreLeftOutOfWhatIsProven) {
  const Result result = Explore(&AddAtomically, ExhaustivelyAtPrimitives());
  EXPECT_TRUE(Proven(result)) << result.Text();
  EXPECT_THAT(result.coverage, HasSubstr("tasks switch at primitives only, not at std::atomic"));
}

TEST(Uncontrolled, AtomicsWithMemoryPoints_AreProven) {
  // There are far more loads and stores of what AddressSanitizer makes of the body.
  const bool is_asan = !schedule::SeesAtomicUpdatesOfC();
  const Result result = Explore(&AddAtomically, Exhaustively(is_asan ? 0 : -1));
  EXPECT_TRUE(Proven(result)) << result.Text();
  EXPECT_THAT(result.coverage, Not(HasSubstr("of std::atomic")));
}

TEST(Uncontrolled, WeakOrdersOfASampledExploration_AreSaidNotToBeExplored) {
  const Result result = Explore(&AddRelaxed, Sampled());
  EXPECT_TRUE(result.ok()) << result.Text();
  EXPECT_THAT(result.warnings, ElementsAre(MatchesRegex(
                                   "atomic operations of orders weaker than seq_cst, first at "
                                   "uncontrolled_bodies.cc:[0-9]+, are run as if .*not explored")));
  EXPECT_THAT(Explore(&AddAtomically, Sampled()).warnings, IsEmpty());
}

TEST(Uncontrolled, WeakOrdersOfTheLibrary_AreItsOwn) {
  EXPECT_THAT(Explore(&CopyASharedPointerAndUseALocalStatic, Sampled()).warnings, IsEmpty());
}

}  // namespace
}  // namespace selvage
