// Who called a primitive.
#ifndef SELVAGE_PRIMITIVES_CALL_SITE_H_
#define SELVAGE_PRIMITIVES_CALL_SITE_H_

#include <cstdint>

// The return address of the function it stands in: to be used directly in the body of an
// out-of-line public function.
#define SELVAGE_CALL_SITE() (reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)))

#endif  // SELVAGE_PRIMITIVES_CALL_SITE_H_
