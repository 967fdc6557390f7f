// Programs in which threads share exceptions.
#ifndef SELVAGE_TESTS_HARNESS_TSAN_EXCEPTION_BODIES_H_
#define SELVAGE_TESTS_HARNESS_TSAN_EXCEPTION_BODIES_H_

namespace selvage {

// Correct: who reads an exception holds it, and who gives it back last destroys it.
void ReadFromAPromiseThatItsThreadDestroys();
void ReadFromAnAsynchronousCall();
void ReadFromAPoolOfPackagedTasks();
void ReadBehindALockThatGuardsThePointerOnly();
void ReadByTwoThatSharedAFuture();
void ReadOfAClassOfOnesOwn();
void ReadOfACopyThatSharesItsText();
void ReadOfACopyMadeByTheHandler();
void ReadOfANestedException();

// With a race each.
void BothHandlersWriteToTheException();
void ReadOfTheTextOfAnExceptionGivenBack();

}  // namespace selvage

#endif  // SELVAGE_TESTS_HARNESS_TSAN_EXCEPTION_BODIES_H_
