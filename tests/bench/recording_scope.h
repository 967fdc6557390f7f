// Recording, as SELVAGE_LOCK_ORDER does it, for a benchmark.
#ifndef SELVAGE_TESTS_BENCH_RECORDING_SCOPE_H_
#define SELVAGE_TESTS_BENCH_RECORDING_SCOPE_H_

#include <atomic>

#include "selvage/harness/lockgraph/recorder.h"

namespace selvage::bench {

// While one lives, ordinary threads are recorded.
class RecordingScope {
 public:
  RecordingScope() { lockgraph::process_recording.store(true, std::memory_order_relaxed); }
  ~RecordingScope() {
    lockgraph::process_recording.store(false, std::memory_order_relaxed);
    lockgraph::EndThread();
  }
};

}  // namespace selvage::bench

#endif  // SELVAGE_TESTS_BENCH_RECORDING_SCOPE_H_
