#include "selvage/harness/runtime/leak_check.h"

#include <atomic>

extern "C" void selvage_link_lsan_is_turned_off();

namespace selvage::runtime {
namespace {

constinit std::atomic<bool> any_abandoned{false};

}  // namespace

void NoteAbandonedTask() {
  any_abandoned.store(true, std::memory_order_relaxed);
  selvage_link_lsan_is_turned_off();
}

bool AnyTaskWasAbandoned() { return any_abandoned.load(std::memory_order_relaxed); }

}  // namespace selvage::runtime
