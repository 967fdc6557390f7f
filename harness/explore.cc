#include "selvage/harness/explore.h"

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "selvage/harness/crash/interruption.h"
#include "selvage/harness/exploration.h"
#include "selvage/harness/report/lock_order_words.h"
#include "selvage/harness/runtime/scheduler.h"

namespace selvage {

Result Explore(const std::function<void()>& body, const Options& options) {
  if (runtime::CurrentTask() != nullptr) {
    throw std::logic_error("selvage::Explore was called by a task of another exploration");
  }
  const crash::InterruptionScope interruption;
  Result result = Exploration(body, options).Run();
  for (Finding& finding : result.findings) {
    if (finding.token.empty()) continue;
    finding.replay = absl::StrReplaceAll(options.replay_command, {{"{token}", finding.token}});
  }
  // The process ends with the scope: nobody else will show it.
  if (crash::Interruption() != 0 && interruption.outermost()) {
    std::fputs(result.Text().c_str(), stderr);
  }
  return result;
}

void ReportFailure(std::string_view message) {
  if (runtime::Task* task = runtime::CurrentTask()) {
    task->scheduler().Report(*task, FindingKind::kFailedExpectation, message);
    return;
  }
  std::fprintf(stderr, "selvage: %.*s, outside of any schedule\n", static_cast<int>(message.size()),
               message.data());
  std::abort();
}

bool Result::Has(FindingKind kind) const {
  for (const Finding& finding : findings) {
    if (finding.kind == kind) return true;
  }
  return false;
}

std::string Result::Text() const {
  std::string text;
  if (!error.empty()) absl::StrAppend(&text, "error: ", error, "\n");
  for (const Finding& finding : findings) {
    const std::string kind(FindingKindName(finding.kind));
    absl::StrAppend(&text, kind, ": ", finding.summary, "\n", finding.details);
    if (!finding.trace.empty()) absl::StrAppend(&text, "\n", finding.trace);
    if (finding.schedules > 0) {
      absl::StrAppend(&text, "  seen in ", finding.schedules, " of ",
                      report::Plural(schedules, "schedule", "schedules"), ", first in number ",
                      finding.first_schedule, "\n");
    }
    if (!finding.replay.empty()) absl::StrAppend(&text, "  replay: ", finding.replay, "\n");
    text += "\n";
  }
  if (!nondeterminism.empty()) {
    absl::StrAppend(&text, "uncontrolled nondeterminism: ", nondeterminism, "\n");
  }
  if (ok()) absl::StrAppend(&text, "clean: ");
  absl::StrAppend(&text, coverage);
  return text;
}

}  // namespace selvage
