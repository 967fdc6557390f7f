// What is one variable in all schedules.
#include "selvage/harness/schedule/shared_variables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "selvage/harness/schedule/learner.h"
#include "selvage/harness/schedule/random_walk.h"
#include "selvage/tests/harness/schedule/fake_schedule.h"

namespace selvage::schedule {
namespace {

using runtime::OpKind;
using testing::ElementsAre;
using testing::IsEmpty;

FakeOp Store(std::uint64_t address) { return FakeOp{OpKind::kStore, address}; }
FakeOp Load(std::uint64_t address) { return FakeOp{OpKind::kLoad, address}; }
FakeOp Spawn(std::uint64_t task) { return FakeOp{OpKind::kSpawn, task}; }

std::shared_ptr<SharedVariables> LearntOf(const Program& program, int schedules = 20) {
  auto variables = std::make_shared<SharedVariables>();
  Learner learner(std::make_unique<RandomWalk>(), variables);
  for (int i = 0; i < schedules; ++i) {
    RunProgram(program, learner, static_cast<std::uint64_t>(i));
  }
  return variables;
}

TEST(SharedVariables, PlacesThatMeetAtOneAddress_AreOneVariable) {
  const auto known = LearntOf({{{Store(8)}, {Store(8), Load(8)}, {Load(8)}}});
  ASSERT_EQ(known->variables().size(), 1u);
  const SharedVariables::Variable& variable = known->variables()[0];
  EXPECT_THAT(variable.places, ElementsAre(Load(8).Site(), Store(8).Site()));
  EXPECT_THAT(variable.readers, ElementsAre(Load(8).Site()));
  EXPECT_THAT(variable.writers, ElementsAre(Store(8).Site()));
  EXPECT_TRUE(variable.contested);
}

TEST(SharedVariables, AddressesThatNobodyElseUses_AreNone) {
  EXPECT_THAT(LearntOf({{{Store(8), Load(8)}, {Store(16), Load(16)}}})->variables(), IsEmpty());
}

TEST(SharedVariables, WhatIsOnlyRead_IsNone) {
  EXPECT_THAT(LearntOf({{{Load(8)}, {Load(8)}, {Load(8)}}})->variables(), IsEmpty());
}

TEST(SharedVariables, WhatWasWrittenBeforeItsReaderStarted_IsNone) {
  const Program arguments{{{Store(8), Store(16), Spawn(1), Spawn(2)}, {Load(8)}, {Load(16)}}, 1};
  EXPECT_THAT(LearntOf(arguments)->variables(), IsEmpty());
}

TEST(SharedVariables, WhatIsWrittenAfterItsReaderStarted_IsOne) {
  const Program late{{{Spawn(1), Store(8)}, {Load(8), Load(8)}}, 1};
  EXPECT_EQ(LearntOf(late)->variables().size(), 1u);
}

TEST(SharedVariables, LocksAndMemoryOfOneNumber_AreTwo) {
  const Program program{{{Lock(8), Unlock(8), Store(8)}, {Lock(8), Unlock(8), Store(8)}}};
  EXPECT_EQ(LearntOf(program)->variables().size(), 2u);
}

TEST(SharedVariables, ReadsFrom_CountsSchedulesThatHadThePair) {
  const auto known = LearntOf({{{Store(8), Store(16)}, {Load(8), Load(24)}}}, 30);
  const std::uint64_t initial = known->Seen({0, Load(8).Site()});
  const std::uint64_t stored = known->Seen({Store(8).Site(), Load(8).Site()});
  EXPECT_GT(initial, 0u);
  EXPECT_GT(stored, 0u);
  EXPECT_LE(initial + stored, 30u);
}

TEST(SharedVariables, WhatIsWritten_IsReadByAnother) {
  const auto known = LearntOf({{{Store(8)}, {Store(8), Load(8)}, {Load(8)}}});
  RecordWriter writer;
  known->Write(writer);
  RecordReader reader(writer.bytes());
  SharedVariables other;
  other.Read(reader);
  ASSERT_EQ(other.variables().size(), 1u);
  EXPECT_EQ(other.variables()[0].places, known->variables()[0].places);
  EXPECT_EQ(other.variables()[0].accesses, known->variables()[0].accesses);
  EXPECT_EQ(other.variables()[0].contested, known->variables()[0].contested);
  EXPECT_EQ(other.Seen({0, Load(8).Site()}), known->Seen({0, Load(8).Site()}));
}

}  // namespace
}  // namespace selvage::schedule
