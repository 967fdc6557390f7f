#include "selvage/harness/tsan/annotations.h"

namespace selvage::tsan {

constinit thread_local int ignore_depth __attribute__((tls_model("initial-exec"))) = 0;

}  // namespace selvage::tsan
