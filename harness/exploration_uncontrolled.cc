// What tasks did that the harness does not control: named, and no proof claimed.

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "selvage/harness/exploration.h"
#include "selvage/harness/report/user_frame.h"
#include "selvage/harness/runtime/uncontrolled.h"

namespace selvage {

using runtime::Uncontrolled;
using runtime::UncontrolledUse;

namespace {

// Whether a function between the operation and the code under test does it for a purpose of its
// own: a reference count, a lock around a library's state. Else it is what the code asked for.
bool IsForItself(const report::Frame& frame, Uncontrolled kind) {
  const std::string_view function = frame.function;
  if (function.starts_with("testing::") || function.starts_with("__gnu_cxx::")) {
    return true;
  }
  return kind == Uncontrolled::kWeakOrder && function.starts_with("std::") &&
         !function.starts_with("std::atomic") && !function.starts_with("std::__atomic");
}

}  // namespace

// Where the code under test does so; nothing if it is a library that does, for itself.
std::optional<std::string> Exploration::PlaceOf(const UncontrolledUse& use) {
  if (use.address != 0 && symbolizer_->ResolveVariable(use.address).starts_with("guard variable")) {
    return std::nullopt;
  }
  for (const report::Frame& frame : symbolizer_->ResolveStack(use.Stack())) {
    if (IsForItself(frame, use.kind)) return std::nullopt;
    if (!report::IsUserFrame(frame)) continue;
    return frame.line == 0 ? frame.function : report::ShortLocation(frame);
  }
  return std::nullopt;
}

// To be called when the schedules have been run: takes back what was claimed of them.
void Exploration::NoteUncontrolled() {
  struct Met {
    std::uint64_t times = 0;
    std::string place;
  };
  std::array<Met, runtime::kUncontrolledKinds> met;
  for (const UncontrolledUse& use : scheduler_.uncontrolled().uses()) {
    const std::optional<std::string> place = PlaceOf(use);
    if (!place) continue;
    Met& of_kind = met[static_cast<std::size_t>(use.kind)];
    if (of_kind.times == 0) of_kind.place = *place;
    of_kind.times += use.most;
  }
  weak_order_ = met[static_cast<std::size_t>(Uncontrolled::kWeakOrder)].place;
  result_.uncontrolled.clear();
  for (std::size_t i = 0; i < met.size(); ++i) {
    const auto kind = static_cast<Uncontrolled>(i);
    if (met[i].times == 0 || kind == Uncontrolled::kWeakOrder) continue;
    result_.uncontrolled.push_back(absl::StrCat(met[i].times, " ",
                                                runtime::UncontrolledText(kind, met[i].times != 1),
                                                " at ", met[i].place));
  }
  if (result_.uncontrolled.empty()) return;
  result_.exhausted = false;
  result_.walked = 0;
}

void Exploration::TellOfUncontrolled() {
  if (options_.uncontrolled == OnUncontrolled::kIgnore) return;
  if (!weak_order_.empty() && strategy_ != nullptr && !Walks()) {
    result_.warnings.push_back(
        absl::StrCat("atomic operations of orders weaker than seq_cst, first at ", weak_order_,
                     ", are run as if they were that: what else the orders allow is not explored"));
  }
  if (result_.uncontrolled.empty()) return;
  const std::string all = absl::StrJoin(result_.uncontrolled, ", ");
  if (options_.uncontrolled == OnUncontrolled::kWarn) {
    result_.warnings.push_back(
        absl::StrCat("not controlled: ", all, "; what that does in other orders is not explored"));
    return;
  }
  Finding finding;
  finding.kind = FindingKind::kUncontrolled;
  finding.summary = absl::StrCat("not controlled: ", all);
  result_.findings.push_back(std::move(finding));
}

}  // namespace selvage
