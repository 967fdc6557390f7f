// Exceptions that threads share: their end is ordered, and no more than their end.

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "selvage/harness/explore.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/harness/tsan/exception_bodies.h"

namespace selvage {
namespace {

struct ExceptionBody {
  const char* name;
  void (*run)();
};
void PrintTo(const ExceptionBody& body, std::ostream* stream) { *stream << body.name; }

std::string NameOf(const testing::TestParamInfo<ExceptionBody>& body) { return body.param.name; }

#define BODY(name) \
  ExceptionBody { #name, name }

class SharedException : public testing::TestWithParam<ExceptionBody> {};

INSTANTIATE_TEST_SUITE_P(
    , SharedException,
    testing::Values(BODY(ReadFromAPromiseThatItsThreadDestroys), BODY(ReadFromAnAsynchronousCall),
                    BODY(ReadFromAPoolOfPackagedTasks),
                    BODY(ReadBehindALockThatGuardsThePointerOnly), BODY(ReadByTwoThatSharedAFuture),
                    BODY(ReadOfAClassOfOnesOwn), BODY(ReadOfACopyThatSharesItsText),
                    BODY(ReadOfACopyMadeByTheHandler), BODY(ReadOfANestedException)),
    NameOf);

TEST_P(SharedException, IsNoRaceWhoeverGivesItBackLast) {
  const Result result = Explore(GetParam().run, {.schedules = 500, .lock_order = false});
  EXPECT_TRUE(result.ok()) << result.Text();
}

class RacyException : public testing::TestWithParam<ExceptionBody> {};

INSTANTIATE_TEST_SUITE_P(, RacyException,
                         testing::Values(BODY(BothHandlersWriteToTheException),
                                         BODY(ReadOfTheTextOfAnExceptionGivenBack)),
                         NameOf);

TEST_P(RacyException, IsFound) {
  const Result result = Explore(GetParam().run, {.schedules = 500, .lock_order = false});
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kDataRace, "")) << result.Text();
}

}  // namespace
}  // namespace selvage
