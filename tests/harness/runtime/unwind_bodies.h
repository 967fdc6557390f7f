// Bodies whose schedules are given up, compiled as users compile their code.
#ifndef SELVAGE_TESTS_HARNESS_RUNTIME_UNWIND_BODIES_H_
#define SELVAGE_TESTS_HARNESS_RUNTIME_UNWIND_BODIES_H_

namespace selvage {

// One task waits for itself while the other is somewhere among its plain loads and stores, with an
// object on its stack.
void DeadlockBesidePlainAccesses();

// The same, and the other's plain loads never end.
void DeadlockBesideASpinningTask();

}  // namespace selvage

#endif  // SELVAGE_TESTS_HARNESS_RUNTIME_UNWIND_BODIES_H_
