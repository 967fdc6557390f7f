// Programs that know nothing of the harness, under its schedules.

#include <gtest/gtest.h>
#include <pthread.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "selvage/harness/explore.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/harness/interpose/program.h"

namespace selvage {
namespace {

class UnmodifiedProgram : public testing::TestWithParam<Program> {};
class FaultyProgram : public testing::TestWithParam<Program> {};

std::vector<Program> Faulty(std::vector<Program> programs) {
  programs.erase(std::remove_if(programs.begin(), programs.end(),
                                [](const Program& program) { return !program.fault; }),
                 programs.end());
  return programs;
}

TEST_P(UnmodifiedProgram, IsFoundToBeWhatItIs) {
  const Program& program = GetParam();
  Options options;
  options.name = program.name;
  options.schedules = 500;
  const Result result = Explore(program.body, options);
  if (!program.fault) {
    EXPECT_TRUE(result.ok()) << result.Text();
    EXPECT_EQ(result.nondeterminism, "");
  } else {
    EXPECT_TRUE(OnlyFinding(result, *program.fault, program.words)) << result.Text();
  }
}

TEST_P(FaultyProgram, IsToldByPlacesInTheProgram) {
  Options options;
  options.schedules = 500;
  const std::string text = Explore(GetParam().body, options).Text();
  for (const char* front : {" condition.cc:", " thread.cc:", " mutex.cc:", " futex.cc:",
                            " once.cc:", " semaphore.cc:", " time.cc:", " read_write_lock.cc:"}) {
    EXPECT_EQ(text.find(front), std::string::npos) << front << "\n" << text;
  }
}

TEST_P(FaultyProgram, FailsAgainByItsToken) {
  const Program& program = GetParam();
  Options options;
  options.name = program.name;
  options.schedules = 500;
  const Result first = Explore(program.body, options);
  ASSERT_FALSE(first.findings.empty()) << first.Text();
  options.replay = first.findings[0].token;
  const Result again = Explore(program.body, options);
  EXPECT_TRUE(OnlyFinding(again, *program.fault, program.words)) << again.Text();
}

// What a task has done once is done for the process.
TEST(OnceInATask, IsDoneForOrdinaryThreadsAndLaterSchedules) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  static int calls = 0;
  const auto call = [] { pthread_once(&once, [] { ++calls; }); };
  EXPECT_TRUE(Explore(call, {.schedules = 3}).ok());
  call();
  EXPECT_EQ(calls, 1);
}

// Its mutexes are no operations of the code under test.
TEST(GoogleTest, IsNotUnderControl) {
  const auto in_two_threads = [](void (*work)()) {
    return Explore(
               [work] {
                 std::thread first(work);
                 std::thread second(work);
                 first.join();
                 second.join();
               },
               ExhaustivelyAtPrimitives())
        .steps;
  };
  EXPECT_EQ(in_two_threads([] { testing::UnitTest::GetInstance()->current_test_info(); }),
            in_two_threads([] {}));
}

// What Abseil does without waiting is an operation, too: a walk that has no others sees it.
TEST(AbseilsMutex, IsScheduledWhereMemoryIsNot) {
  Program program;
  for (const Program& each : LibraryPrograms()) {
    if (each.name == "AbslMutexIsLetGoOfInBetween") program = each;
  }
  const Result result = Explore(program.body, ExhaustivelyAtPrimitives());
  EXPECT_TRUE(OnlyFinding(result, *program.fault, program.words)) << result.Text();
}

const auto kNameOf = [](const testing::TestParamInfo<Program>& info) { return info.param.name; };
INSTANTIATE_TEST_SUITE_P(Mutex, UnmodifiedProgram, testing::ValuesIn(MutexPrograms()), kNameOf);
INSTANTIATE_TEST_SUITE_P(Mutex, FaultyProgram, testing::ValuesIn(Faulty(MutexPrograms())), kNameOf);
INSTANTIATE_TEST_SUITE_P(Thread, UnmodifiedProgram, testing::ValuesIn(ThreadPrograms()), kNameOf);
INSTANTIATE_TEST_SUITE_P(Thread, FaultyProgram, testing::ValuesIn(Faulty(ThreadPrograms())),
                         kNameOf);
INSTANTIATE_TEST_SUITE_P(Waiting, UnmodifiedProgram, testing::ValuesIn(WaitingPrograms()), kNameOf);
INSTANTIATE_TEST_SUITE_P(Waiting, FaultyProgram, testing::ValuesIn(Faulty(WaitingPrograms())),
                         kNameOf);
INSTANTIATE_TEST_SUITE_P(Library, UnmodifiedProgram, testing::ValuesIn(LibraryPrograms()), kNameOf);
INSTANTIATE_TEST_SUITE_P(Library, FaultyProgram, testing::ValuesIn(Faulty(LibraryPrograms())),
                         kNameOf);
INSTANTIATE_TEST_SUITE_P(Posix, UnmodifiedProgram, testing::ValuesIn(PosixPrograms()), kNameOf);
INSTANTIATE_TEST_SUITE_P(Posix, FaultyProgram, testing::ValuesIn(Faulty(PosixPrograms())), kNameOf);

}  // namespace
}  // namespace selvage
