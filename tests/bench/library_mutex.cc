#include "selvage/tests/bench/library_mutex.h"

#include <dlfcn.h>

namespace selvage::bench {
namespace {

void* OfTheLibrary(const char* name) { return dlsym(RTLD_NEXT, name); }

}  // namespace

const LibraryMutex::Function LibraryMutex::lock_ =
    reinterpret_cast<Function>(OfTheLibrary("pthread_mutex_lock"));
const LibraryMutex::Function LibraryMutex::unlock_ =
    reinterpret_cast<Function>(OfTheLibrary("pthread_mutex_unlock"));

}  // namespace selvage::bench
