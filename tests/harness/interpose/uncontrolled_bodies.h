// Code under test that does what the harness does not control.
#ifndef SELVAGE_TESTS_HARNESS_INTERPOSE_UNCONTROLLED_BODIES_H_
#define SELVAGE_TESTS_HARNESS_INTERPOSE_UNCONTROLLED_BODIES_H_

namespace selvage {

void StartTwoNativeThreads();
void LockANativeMutexInTwoTasks();
// Tasks that do nothing but what is controlled, with an assertion of GoogleTest's that holds and
// one whose failure is expected, which it takes in under a mutex of its own.
void AssertInTasks();
void AddAtomically();
void AddRelaxed();
// The counts of a shared_ptr and the guard of a local static are of weaker orders, by the library.
void CopyASharedPointerAndUseALocalStatic();

}  // namespace selvage

#endif  // SELVAGE_TESTS_HARNESS_INTERPOSE_UNCONTROLLED_BODIES_H_
