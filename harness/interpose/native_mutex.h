// Native mutexes that tasks hold; see native_mutex.cc.
#ifndef SELVAGE_HARNESS_INTERPOSE_NATIVE_MUTEX_H_
#define SELVAGE_HARNESS_INTERPOSE_NATIVE_MUTEX_H_

namespace selvage::interpose {

// Does nothing. A call makes the linker take the functions of native_mutex.cc out of the library
// instead of the C library's.
void LinkNativeMutex();

}  // namespace selvage::interpose

#endif  // SELVAGE_HARNESS_INTERPOSE_NATIVE_MUTEX_H_
