#include "selvage/cases/json.h"

#include <nlohmann/json.hpp>

namespace selvage::cases {
namespace {

using Json = nlohmann::ordered_json;

const char* VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAppears:
      return "appears";
    case Verdict::kClean:
      return "clean";
    case Verdict::kUnexpected:
      break;
  }
  return "unexpected";
}

Json Codes(const std::vector<FindingKind>& kinds) {
  Json codes = Json::array();
  for (const FindingKind kind : kinds) codes.push_back(std::string(FindingKindCode(kind)));
  return codes;
}

Json ToArray(const std::vector<Finding>& findings) {
  Json array = Json::array();
  for (const Finding& finding : findings) {
    array.push_back({{"kind", std::string(FindingKindCode(finding.kind))},
                     {"name", std::string(FindingKindName(finding.kind))},
                     {"summary", finding.summary},
                     {"schedules", finding.schedules},
                     {"first_schedule", finding.first_schedule},
                     {"details", finding.details},
                     {"trace", finding.trace},
                     {"replay", finding.replay}});
  }
  return array;
}

Json ToObject(const std::optional<Walk>& walk) {
  if (!walk) return Json();
  return Json{{"schedules", walk->schedules},
              {"preemptions", walk->preemptions ? Json(*walk->preemptions) : Json()}};
}

Json ToObject(const VariantResult& result) {
  Json documents = Json::array();
  for (const std::string_view document : result.owner->documents) {
    documents.push_back(std::string(document));
  }
  return Json{
      {"name", std::string(result.owner->name)},
      {"variant", std::string(result.variant->name)},
      {"documents", std::move(documents)},
      {"expected", Codes(result.variant->expected)},
      {"seen", Codes(result.seen)},
      {"schedules", result.schedules},
      {"failing", result.failing},
      {"first_failure", result.first_failure == 0 ? Json() : Json(result.first_failure)},
      {"tsan_races", result.under_tsan ? Json(result.tsan_races) : Json()},
      {"role", result.variant->role == Role::kBuggy ? "buggy" : "fixed"},
      {"story",
       {{"goes_wrong", std::string(result.owner->goes_wrong)},
        {"order_of_events", std::string(result.owner->order_of_events)},
        {"why_fixed", std::string(result.owner->why_fixed)}}},
      {"findings", ToArray(result.findings)},
      {"walked", ToObject(result.walk)},
      {"verdict", VerdictName(result.verdict)},
      {"replay", result.replay.empty() ? Json() : Json(result.replay)},
  };
}

}  // namespace

std::string ToJson(const std::vector<VariantResult>& results) {
  Json cases = Json::array();
  for (const VariantResult& result : results) cases.push_back(ToObject(result));
  return Json{{"version", 1}, {"cases", std::move(cases)}}.dump(2) + "\n";
}

}  // namespace selvage::cases
