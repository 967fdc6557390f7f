// TSan's report hook, where races of tasks become findings.
//
// TSan has two weak hooks: __tsan::OnReport, which may suppress the report, and __tsan_on_report,
// which is told of those that are printed. The first is taken here; a program's own
// __tsan_on_report is called as ever, also for the reports that are kept from the terminal. A
// program that defines __tsan::OnReport itself says SELVAGE_OWN_TSAN_REPORT_HOOK() (hooks.h) in the
// same file: this one is then not linked, and it hands over reports by HandleReport().

#include "selvage/harness/tsan/hooks.h"

namespace __tsan {

class ReportDesc;

bool OnReport(const ReportDesc* report, bool suppressed);

bool OnReport(const ReportDesc* report, bool suppressed) {
  return selvage::tsan::HandleReport(const_cast<ReportDesc*>(report)) || suppressed;
}

}  // namespace __tsan

extern "C" void selvage_link_tsan_report_hook() {}
