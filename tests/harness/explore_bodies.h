// Bodies under test without annotations: plain variables, compiled as users compile their code.
#ifndef SELVAGE_TESTS_HARNESS_EXPLORE_BODIES_H_
#define SELVAGE_TESTS_HARNESS_EXPLORE_BODIES_H_

namespace selvage {

// Two tasks that increment a plain global, and the expectation that none is lost. Under TSan also a
// data race.
void IncrementPlainGlobal();

// The same, on the heap and in a local variable of the body.
void IncrementPlainHeap();
void IncrementPlainLocal();

// Expects to read from a local variable of its own what it has just written there, while a child
// writes something else: fails only in schedules that switch between the body's own two accesses.
void ReadBackOwnLocal();

// The child starts, loads a global pointer, stores to a global and then seven times through the
// pointer to a local variable of the body: ten operations. The body loads the global, and then
// reads its local eight times, which are scheduling points only once it is known that others touch
// it: one operation, or nine. Fails when the child has stored to the global before the body loads
// it.
void ReadOwnLocalThatAChildWrites();

}  // namespace selvage

#endif  // SELVAGE_TESTS_HARNESS_EXPLORE_BODIES_H_
