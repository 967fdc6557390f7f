// Signal handlers of the program under test; see signal_handler.cc.
#ifndef SELVAGE_HARNESS_INTERPOSE_SIGNAL_HANDLER_H_
#define SELVAGE_HARNESS_INTERPOSE_SIGNAL_HANDLER_H_

namespace selvage::interpose {

// Does nothing. A call makes the linker take the functions of signal_handler.cc out of the library
// instead of the C library's.
void LinkSignalHandler();

// Whether the program has installed a handler for this signal that is still in force as far as the
// program knows. Async-signal-safe.
bool ProgramHandles(int number);

// The handler was one for a single signal (SA_RESETHAND), and has had it.
void NoteReset(int number);

}  // namespace selvage::interpose

#endif  // SELVAGE_HARNESS_INTERPOSE_SIGNAL_HANDLER_H_
