// What a pass leaves open: warnings, and what of the code under test had no scheduling point.

#include <errno.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "selvage/harness/exploration.h"
#include "selvage/harness/report/user_frame.h"
#include "selvage/harness/runtime/memory_access.h"

namespace selvage {
namespace {

constexpr std::uintptr_t kNear = 256;  // bytes of code

// Compiled code has its accesses to memory close to its calls.
bool HasANeighbour(std::uintptr_t site, const std::set<std::uintptr_t>& sites) {
  const auto next = sites.lower_bound(site - std::min(site, kNear));
  return next != sites.end() && *next <= site + kNear;
}

// The file of the function that has the code, or nothing if that is not the user's.
std::string FileOf(report::Symbolizer& symbolizer, std::uintptr_t site) {
  const std::vector<report::Frame> frames = symbolizer.Resolve(site);
  return report::IsUserFrame(frames.back()) ? frames.back().file : "";
}

}  // namespace

// Notes of the schedule that ran last what it saw of the code. O(operations), and of the first few
// schedules only.
void Exploration::NoteVisibility() {
  for (const runtime::TraceEntry& entry : scheduler_.trace().entries) {
    if (runtime::IsMemoryAccess(entry.op.kind)) {
      memory_sites_.insert(entry.op.site);
    } else if (entry.op.site != 0) {
      primitive_sites_.insert(entry.op.site);
    }
  }
}

// Files whose functions use primitives and have no access to memory that was a scheduling point.
// None if all such accesses are those of Shared variables: then nothing is instrumented, and they
// stand for what is. Looks up places only if code without such an access near by was seen.
std::vector<std::string> Exploration::FilesWithoutPoints() {
  std::set<std::string> files;
  for (const std::uintptr_t site : primitive_sites_) {
    if (!HasANeighbour(site, memory_sites_)) files.insert(FileOf(*symbolizer_, site));
  }
  files.erase("");
  if (files.empty()) return {};
  std::set<std::string> seen;
  for (const std::uintptr_t site : memory_sites_) seen.insert(FileOf(*symbolizer_, site));
  seen.erase("");
  if (seen.empty()) return {};
  for (const std::string& file : seen) files.erase(file);
  return {files.begin(), files.end()};
}

void Exploration::WarnOfUnseenCode() {
  if (strategy_ == nullptr || !options_.memory_points || result_.most_tasks < 2) return;
  const bool watched = tsan::Present();
  if (memory_sites_.empty() && runtime::program_has_instrumented_code) {
    result_.warnings.push_back(absl::StrCat(
        "no scheduling point was seen at plain memory in ", program_invocation_short_name,
        ": if its tasks share any, data races on it pass unseen, and the code that has it is to be "
        "given to selvage_instrument(); if they share none, all is well"));
    return;
  }
  if (memory_sites_.empty()) {
    result_.warnings.push_back(absl::StrCat(
        "no scheduling point was seen at plain memory in ", program_invocation_short_name,
        watched ? ", where tasks switch at primitives only"
                : ", which has no ThreadSanitizer either: data races pass unseen",
        "; give the code under test to selvage_instrument()",
        watched ? "" : " and build with SELVAGE_SANITIZE=thread",
        ", or mark variables with Shared<T>"));
    return;
  }
  std::vector<std::string> files = FilesWithoutPoints();
  if (files.empty()) return;
  for (std::string& file : files) file = report::DisplayPath(file);
  result_.warnings.push_back(absl::StrCat(
      "no scheduling point was seen at plain memory in ", absl::StrJoin(files, ", "),
      ": if there is any, data races on it pass unseen; give its target to selvage_instrument()"));
}

void Exploration::TellWhatAPassIs() {
  result_.duration = std::chrono::steady_clock::now() - start_;
  if (!result_.nondeterminism.empty()) {
    result_.warnings.push_back("uncontrolled nondeterminism: " + result_.nondeterminism);
  }
  // Of an isolated one, only the children have seen it.
  if (!options_.isolate) WarnOfUnseenCode();
  if (strategy_ == nullptr) return;
  result_.strategy = options_.strategy;
  result_.behaviours = behaviours_.distinct();
  if (behaviours_.schedules() > 1) result_.new_behaviour = behaviours_.UnseenMass();
}

}  // namespace selvage
