// A library that is loaded, used and closed again by ending_child.cc.
#include <mutex>

#include "selvage/primitives/lock.h"

extern "C" void NestInLibrary() {
  selvage::Lock outer("of the library"), inner;
  const std::lock_guard held(outer);
  const std::lock_guard more(inner);
}
