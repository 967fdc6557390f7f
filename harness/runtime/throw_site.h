// Where an exception was thrown that leaves the function of a task.
#ifndef SELVAGE_HARNESS_RUNTIME_THROW_SITE_H_
#define SELVAGE_HARNESS_RUNTIME_THROW_SITE_H_

#include <cstdint>
#include <span>

namespace selvage::runtime {

// Calls `function` with `argument`. An exception that nobody in it catches goes on to the caller, and
// ThrowStack() is then the stack it was thrown on.
//
// Whoever catches an exception runs after the frames between are gone. Before any of them goes, the
// unwinder asks each frame, from the throw outwards, whether it has a handler (the search phase of the
// Itanium C++ ABI, "Exception Handling", section 1.3): the frame of this call never has one, and notes
// the stack when it is asked.
void CallNotingThrows(void (*function)(void*), void* argument);

// Return addresses, innermost first, of the exception that left such a call of the calling thread
// last; valid until the next one does.
std::span<const std::uintptr_t> ThrowStack();

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_THROW_SITE_H_
