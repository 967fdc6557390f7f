// Signal handlers of the program under test; see signal_handler.cc.
#ifndef SELVAGE_HARNESS_INTERPOSE_SIGNAL_HANDLER_H_
#define SELVAGE_HARNESS_INTERPOSE_SIGNAL_HANDLER_H_

namespace selvage::interpose {

// Does nothing. A call makes the linker take the functions of signal_handler.cc out of the library
// instead of the C library's.
void LinkSignalHandler();

}  // namespace selvage::interpose

#endif  // SELVAGE_HARNESS_INTERPOSE_SIGNAL_HANDLER_H_
