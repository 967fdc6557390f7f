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
#include "selvage/harness/settings/command_line.h"
#include "selvage/harness/settings/outside_replay.h"
#include "selvage/harness/settings/settings.h"

namespace selvage {
namespace {

// "1,234"
std::string WithCommas(std::uint64_t number) {
  std::string text = absl::StrCat(number);
  for (std::size_t i = text.size(); i > 3;) text.insert(i -= 3, ",");
  return text;
}

std::string Counted(std::uint64_t number, const char* what) {
  return absl::StrCat(WithCommas(number), " ", what, number == 1 ? "" : "s");
}

}  // namespace

Result Explore(const std::function<void()>& body, const Options& given) {
  if (runtime::CurrentTask() != nullptr) {
    throw std::logic_error("selvage::Explore was called by a task of another exploration");
  }
  const crash::InterruptionScope interruption;
  Options options = given;
  if (options.overridable) {
    Result refused;
    if (const absl::Status status = settings::Apply(options); !status.ok()) {
      refused.error = std::string(status.message());
      return refused;
    }
    const bool from_outside = given.replay != options.replay;
    if (from_outside && !settings::OutsideReplayIsFor(options)) {
      refused.skipped = "the token to be replayed is of another exploration";
      return refused;
    }
  }
  if (options.replay_command.empty()) options.replay_command = settings::ReplayCommand();
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
  if (!skipped.empty()) return absl::StrCat(text, "not run: ", skipped, "\n");
  if (ok()) absl::StrAppend(&text, "clean: ");
  absl::StrAppend(&text, coverage);
  for (const std::string& warning : warnings) absl::StrAppend(&text, "warning: ", warning, "\n");
  return text;
}

std::string Result::Line() const {
  if (!skipped.empty()) return absl::StrCat("not run: ", skipped);
  const bool replayed = strategy.empty();
  std::string line = absl::StrCat(exhausted ? "all " : "", Counted(schedules, "schedule"),
                                  replayed ? ", replayed" : "");
  if (exhausted && preemption_bound >= 0) {
    absl::StrAppend(&line, " with at most ", Counted(preemption_bound, "preemption"));
  }
  if (!replayed) absl::StrAppend(&line, ", ", Counted(behaviours, "behaviour"));
  if (!exhausted && new_behaviour >= 0) {
    absl::StrAppendFormat(&line, ", the next schedule shows a new one with probability %.2g",
                          new_behaviour);
  }
  if (!replayed) absl::StrAppend(&line, "; strategy ", strategy);
  absl::StrAppendFormat(&line, "; %.2f s", std::chrono::duration<double>(duration).count());
  return line;
}

}  // namespace selvage
