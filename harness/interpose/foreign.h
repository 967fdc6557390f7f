// Code whose native threads and locks are its own business, also when a task runs it: the C
// library, the sanitizers, what reads debug information, GoogleTest.
//
// GoogleTest takes failed assertions in under a mutex of its own: that is no operation of the code
// under test, and would be one more thing to schedule.
#ifndef SELVAGE_HARNESS_INTERPOSE_FOREIGN_H_
#define SELVAGE_HARNESS_INTERPOSE_FOREIGN_H_

#include <cstdint>

namespace selvage::interpose {

// Finds out what is foreign, the first time it is called: reads the program's symbol table. Must
// not be called by a task. Thread-safe.
void FindForeignCode();

// Whether the address is of the program itself, not of a library that is loaded with it, and not
// foreign. As below.
bool IsOfProgram(std::uintptr_t address);

// Whether the address is of the C++ library, loaded with the program. False before
// FindForeignCode(). Allocates nothing, takes no lock.
bool IsOfStandardLibrary(std::uintptr_t address);

// Whether the address is of a function, or a variable, of such code. True before
// FindForeignCode(). O(log of the number of its parts). Allocates nothing, takes no lock.
bool IsForeign(std::uintptr_t address);

}  // namespace selvage::interpose

#endif  // SELVAGE_HARNESS_INTERPOSE_FOREIGN_H_
