// For programs that define TSan's hooks themselves.
#ifndef SELVAGE_HARNESS_TSAN_HOOKS_H_
#define SELVAGE_HARNESS_TSAN_HOOKS_H_

namespace selvage::tsan {

// What the harness's own __tsan::OnReport does with a report: if a task of an exploration has the
// race, takes it as a finding, calls the program's __tsan_on_report, and returns true: it is not to
// be printed. Otherwise returns false.
bool HandleReport(void* report);

}  // namespace selvage::tsan

// Each goes once into the file that has the definition, at namespace scope.
#define SELVAGE_OWN_TSAN_REPORT_HOOK()               \
  extern "C" void selvage_link_tsan_report_hook() {} \
  static_assert(true)
#define SELVAGE_OWN_TSAN_DEFAULT_OPTIONS()               \
  extern "C" void selvage_link_tsan_default_options() {} \
  static_assert(true)

#endif  // SELVAGE_HARNESS_TSAN_HOOKS_H_
