// Bodies under test that use memory after its release, compiled as users compile their code.
#ifndef SELVAGE_TESTS_HARNESS_ISOLATION_BODIES_H_
#define SELVAGE_TESTS_HARNESS_ISOLATION_BODIES_H_

namespace selvage {

// Writes to memory that another task may have released; the pointer to it stays as it was.
void WriteAfterRelease();

// Aborts if a child writes to a local variable of the body between the body's own write and read.
void AbortIfOwnLocalIsOverwritten();

// Two tasks increment a variable with nothing to order them; then the process aborts.
void AbortAfterARace();

}  // namespace selvage

#endif  // SELVAGE_TESTS_HARNESS_ISOLATION_BODIES_H_
