#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/runtime/task.h"
#include "selvage/harness/tsan/hooks.h"
#include "selvage/harness/tsan/race.h"

extern "C" {
__attribute__((weak)) void __tsan_on_report(void* report);
// Defined beside the hooks, or by a program that brings its own (hooks.h).
void selvage_link_tsan_report_hook();
void selvage_link_tsan_default_options();
}

namespace selvage::tsan {

bool HandleReport(void* report) {
  const runtime::Task* task = runtime::CurrentTask();
  RaceCollector* collector = task == nullptr ? nullptr : task->scheduler().race_collector();
  if (collector == nullptr) return false;
  collector->Add(report);
  if (&__tsan_on_report != nullptr) __tsan_on_report(report);
  return true;
}

void LinkReportHook() { selvage_link_tsan_report_hook(); }
void LinkDefaultOptions() { selvage_link_tsan_default_options(); }

}  // namespace selvage::tsan
