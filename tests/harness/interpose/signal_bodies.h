// Bodies under test that are interrupted by signals, compiled as users compile their code.
#ifndef SELVAGE_TESTS_HARNESS_INTERPOSE_SIGNAL_BODIES_H_
#define SELVAGE_TESTS_HARNESS_INTERPOSE_SIGNAL_BODIES_H_

namespace selvage {

// How the handler of SIGUSR1 is installed; it writes to several variables.
void InstallBySigaction();
void InstallBySigactionWithInfo();
void InstallBySignal();
// A handler that does not return, but jumps to where the signal was raised.
void InstallAndJump();
// Puts the default back.
void Uninstall();

// Two tasks store to a variable, one of them twice; with `raise`, it is interrupted by SIGUSR1
// before the first store.
void StoreTwice();
void StoreTwiceAndRaise();
void StoreTwiceAndRaiseAndJump();

// How often a handler has run.
int HandlerRuns();

}  // namespace selvage

#endif  // SELVAGE_TESTS_HARNESS_INTERPOSE_SIGNAL_BODIES_H_
