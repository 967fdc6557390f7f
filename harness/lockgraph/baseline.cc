#include "selvage/harness/lockgraph/baseline.h"

#include <map>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace selvage::lockgraph {
namespace {

bool IsFingerprint(absl::string_view text) {
  if (text.size() != 16) return false;
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c)) && (c < 'a' || c > 'f')) return false;
  }
  return true;
}

// The first word of `line`, which it is removed from.
absl::string_view Word(absl::string_view& line) {
  line = absl::StripLeadingAsciiWhitespace(line);
  const absl::string_view word = line.substr(0, line.find_first_of(" \t"));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

absl::StatusOr<std::vector<AcceptedCycle>> ParseBaseline(std::string_view text) {
  std::vector<AcceptedCycle> entries;
  std::set<std::string> known;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(absl::string_view(text.data(), text.size()), '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line.front() == '#') continue;
    const auto wrong = [&](const char* what) {
      return absl::InvalidArgumentError(absl::StrCat("baseline, line ", number, ": ", what));
    };
    AcceptedCycle entry;
    entry.line = number;
    entry.fingerprint = std::string(Word(line));
    if (!IsFingerprint(entry.fingerprint)) {
      return wrong("the fingerprint must be 16 digits of 0-9 and a-f");
    }
    if (!known.insert(entry.fingerprint).second) return wrong("the fingerprint is given twice");
    entry.owner = std::string(Word(line));
    if (entry.owner.empty()) return wrong("the owner is missing");
    if (!absl::ParseCivilTime(Word(line), &entry.expires)) {
      return wrong("the day on which it expires must be YYYY-MM-DD");
    }
    entry.reason = std::string(absl::StripAsciiWhitespace(line));
    if (entry.reason.empty()) return wrong("the reason is missing");
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::string FormatBaseline(const Analysis& analysis, const std::string& owner,
                           absl::CivilDay expires) {
  std::string text = "# fingerprint     owner expires    reason\n";
  for (const Cycle& cycle : analysis.cycles) {
    if (!FailsByDefault(cycle.verdict) || HasHappened(cycle.verdict)) continue;
    absl::StrAppend(&text, cycle.fingerprint, " ", owner, " ", absl::FormatCivilTime(expires), " ",
                    VerdictName(cycle.verdict), ": ", cycle.reason, "\n");
  }
  return text;
}

BaselineComparison Compare(const std::vector<AcceptedCycle>& baseline, const Analysis& analysis,
                           absl::CivilDay today) {
  BaselineComparison comparison;
  std::map<std::string, const AcceptedCycle*> by_fingerprint;
  for (const AcceptedCycle& entry : baseline) by_fingerprint[entry.fingerprint] = &entry;
  std::set<std::string> found;
  std::map<std::string, std::string> harmless, happened;  // the verdict
  for (const Cycle& cycle : analysis.cycles) {
    if (!FailsByDefault(cycle.verdict)) {
      harmless[cycle.fingerprint] = VerdictName(cycle.verdict);
      continue;
    }
    const auto entry = by_fingerprint.find(cycle.fingerprint);
    const bool listed = entry != by_fingerprint.end();
    if (listed) found.insert(cycle.fingerprint);
    if (HasHappened(cycle.verdict)) happened[cycle.fingerprint] = VerdictName(cycle.verdict);
    const bool accepted = listed && entry->second->expires >= today && !HasHappened(cycle.verdict);
    (accepted ? comparison.accepted : comparison.unaccepted).push_back(&cycle);
  }
  for (const AcceptedCycle& entry : baseline) {
    const std::string where = absl::StrCat("baseline, line ", entry.line, ": ", entry.fingerprint,
                                           " of ", entry.owner, " ");
    if (!found.contains(entry.fingerprint) && harmless.contains(entry.fingerprint)) {
      comparison.stale.push_back(absl::StrCat(where, "is ", harmless[entry.fingerprint],
                                              " now, which is no finding; remove it"));
    } else if (!found.contains(entry.fingerprint)) {
      comparison.stale.push_back(where + "is no longer found; remove it");
    } else if (happened.contains(entry.fingerprint)) {
      comparison.stale.push_back(absl::StrCat(where, "is ", happened[entry.fingerprint],
                                              ": a deadlock that happened cannot be accepted"));
    } else if (entry.expires < today) {
      comparison.stale.push_back(
          absl::StrCat(where, "has expired on ", absl::FormatCivilTime(entry.expires)));
    }
  }
  return comparison;
}

}  // namespace selvage::lockgraph
