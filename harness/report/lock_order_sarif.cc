#include "selvage/harness/report/lock_order_sarif.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "nlohmann/json.hpp"
#include "selvage/harness/lockgraph/names.h"
#include "selvage/harness/lockgraph/verdict.h"
#include "selvage/harness/report/lock_order_words.h"
#include "selvage/harness/report/user_frame.h"

namespace selvage::report {
namespace {

using lockgraph::Analysis;
using lockgraph::CodePlace;
using lockgraph::Cycle;
using lockgraph::CyclePart;
using lockgraph::kNone;
using lockgraph::Names;
using lockgraph::RecordedGraph;
using lockgraph::Verdict;
using Json = nlohmann::ordered_json;

constexpr const char* kSchema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
constexpr const char* kViolationRule = "DECLARED_ORDER";

constexpr std::array<const char*, lockgraph::kVerdictCount> kMeaning = {
    "The deadlock happened.",
    "A schedule made the deadlock happen.",
    "Concurrent threads take locks in a cycle, with no common guard and no deadline.",
    "Deadlocks under some lock policy, such as a writer that queues between two readers.",
    "A thread waits for a signal while it holds a lock that the signaller needs.",
    "A signal ordered the parts in this run, which another run need not repeat.",
    "One part came before the object was published.",
    "A request of the cycle has a deadline: it gives up, and the others go on.",
    "A common lock is held around all parts.",
    "Fork or join orders the parts.",
    "One thread made all parts.",
};

Json Message(const std::string& text) { return Json{{"text", text}}; }

// RFC 3986: what may not stand in a path is escaped by percent.
std::string Uri(const std::string& path) {
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || std::string("-._~/+@").find(c) != std::string::npos) {
      uri += c;
    } else {
      absl::StrAppendFormat(&uri, "%%%02X", byte);
    }
  }
  return uri;
}

class SarifWriter {
 public:
  SarifWriter(const RecordedGraph& graph, const Analysis& analysis,
              const LockOrderSarifOptions& options)
      : graph_(graph), analysis_(analysis), options_(options), names_(graph) {}

  std::string Write() const {
    Json results = Json::array();
    for (const Cycle& cycle : analysis_.cycles) results.push_back(Result(cycle));
    for (const lockgraph::OrderViolation& one : analysis_.violations) {
      results.push_back(Result(one));
    }
    const Json run{
        {"tool", {{"driver", Driver()}}},
        {"columnKind", "utf16CodeUnits"},
        {"results", std::move(results)},
    };
    const Json log{{"$schema", kSchema}, {"version", "2.1.0"}, {"runs", Json::array({run})}};
    return log.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
  }

 private:
  static const char* Level(Verdict verdict) {
    if (lockgraph::FailsByDefault(verdict)) return "error";
    return lockgraph::IsShown(verdict) ? "note" : "none";
  }

  static Json Driver() {
    Json rules = Json::array();
    for (int v = 0; v < lockgraph::kVerdictCount; ++v) {
      const auto verdict = static_cast<Verdict>(v);
      rules.push_back(Json{
          {"id", lockgraph::VerdictName(verdict)},
          {"shortDescription",
           Message(absl::StrCat("Lock order: ", lockgraph::VerdictName(verdict)))},
          {"fullDescription", Message(kMeaning[static_cast<std::size_t>(v)])},
          {"defaultConfiguration", {{"level", Level(verdict)}}},
      });
    }
    rules.push_back(Json{
        {"id", kViolationRule},
        {"shortDescription", Message("Lock order: against a declared order")},
        {"fullDescription", Message("A lock was asked for against the order that was declared.")},
        {"defaultConfiguration", {{"level", "error"}}},
    });
    return Json{{"name", "Selvage"},
                {"version", SELVAGE_VERSION},
                {"semanticVersion", SELVAGE_VERSION},
                {"rules", std::move(rules)}};
  }

  Json Result(const Cycle& cycle) const {
    const CyclePart& first = cycle.parts.front();
    Json result{
        {"ruleId", lockgraph::VerdictName(cycle.verdict)},
        {"ruleIndex", static_cast<int>(cycle.verdict)},
        {"kind", std::string(Level(cycle.verdict)) == "none" ? "informational" : "fail"},
        {"level", Level(cycle.verdict)},
        {"message", Message(Sentence(cycle))},
    };
    AddLocation(result, first.asked.site);
    result["codeFlows"] = Json::array({CodeFlow(cycle)});
    if (Json related = Declarations(cycle); !related.empty()) {
      result["relatedLocations"] = std::move(related);
    }
    if (Json stacks = Stacks(cycle); !stacks.empty()) result["stacks"] = std::move(stacks);
    result["partialFingerprints"] = {{"selvageLockOrder/v1", cycle.fingerprint}};
    AddBaseline(result, cycle);
    Json& properties = result["properties"] = {{"verdict", lockgraph::VerdictName(cycle.verdict)},
                                               {"merged", cycle.merged},
                                               {"instances", cycle.instances}};
    if (!cycle.replay_token.empty()) properties["replayToken"] = cycle.replay_token;
    if (cycle.directed_schedules != 0) properties["directedSchedules"] = cycle.directed_schedules;
    return result;
  }

  Json Result(const lockgraph::OrderViolation& violation) const {
    const lockgraph::Dependency& dependency = graph_.dependencies[violation.dependency];
    Json result{
        {"ruleId", kViolationRule},
        {"ruleIndex", lockgraph::kVerdictCount},
        {"level", "error"},
        {"message", Message(absl::StrCat(violation.rule, ": ", names_.Thread(dependency.thread),
                                         " holds ", names_.Lock(violation.held), " and asks for ",
                                         names_.Lock(violation.asked), "."))},
    };
    AddLocation(result, dependency.site);
    return result;
  }

  std::string Sentence(const Cycle& cycle) const {
    std::vector<std::string> parts;
    for (const CyclePart& part : cycle.parts) {
      parts.push_back(
          absl::StrCat(names_.Thread(part.thread), part.owes ? " has to signal " : " holds ",
                       names_.Lock(part.holds), " and asks for ", names_.Lock(part.asks)));
    }
    return absl::StrCat(lockgraph::VerdictName(cycle.verdict), ": ", cycle.reason, ". ",
                        absl::StrJoin(parts, "; "), ".");
  }

  bool HasPlace(lockgraph::FrameIndex frame) const {
    return frame != kNone && !graph_.frames[frame].file.empty();
  }

  // `file` as an absolute path, or as one relative to the root of the sources, which is taken to be
  // the current directory. A compiler that was given a relative path, as ccache does with base_dir,
  // writes that down where a lock is declared: relative to where it was called, somewhere below the
  // root. Debug information has absolute paths, of the same files mostly.
  std::string Path(const std::string& file) const {
    std::string below = std::filesystem::path(file).lexically_normal().string();
    if (below.starts_with('/')) return DisplayPath(below);
    while (below.starts_with("../")) below.erase(0, 3);
    const std::string end = absl::StrCat("/", below);
    std::set<std::string> known;
    for (const lockgraph::SourceFrame& frame : graph_.frames) {
      const std::string path = std::filesystem::path(frame.file).lexically_normal().string();
      if (path.starts_with('/') && path.ends_with(end)) known.insert(path);
    }
    return known.size() == 1 ? DisplayPath(*known.begin()) : below;
  }

  Json PhysicalLocation(const std::string& file, unsigned line) const {
    const std::string path = Path(file);
    Json artifact{{"uri", Uri(path)}};
    if (!path.starts_with('/')) artifact["uriBaseId"] = "%SRCROOT%";
    Json location{{"artifactLocation", std::move(artifact)}};
    if (line != 0) location["region"] = {{"startLine", line}};
    return location;
  }

  // With what is known of the place; `text` says what happens there.
  Json Location(lockgraph::FrameIndex frame, const std::string& text) const {
    Json location = Json::object();
    if (HasPlace(frame)) {
      location["physicalLocation"] =
          PhysicalLocation(graph_.frames[frame].file, graph_.frames[frame].line);
    }
    if (frame != kNone && !graph_.frames[frame].function.empty()) {
      location["logicalLocations"] = Json::array(
          {Json{{"fullyQualifiedName", graph_.frames[frame].function}, {"kind", "function"}}});
    }
    if (!text.empty()) location["message"] = Message(text);
    return location;
  }

  void AddLocation(Json& result, lockgraph::FrameIndex frame) const {
    Json location = Location(frame, "");
    if (!location.empty()) result["locations"] = Json::array({std::move(location)});
  }

  // First each thread takes what it holds, then each asks: the order that deadlocks.
  Json CodeFlow(const Cycle& cycle) const {
    std::vector<lockgraph::ThreadIndex> threads;
    std::vector<Json> steps;
    int order = 0;
    const auto add = [&](lockgraph::ThreadIndex thread, const CodePlace& place,
                         const std::string& text) {
      const auto found = std::find(threads.begin(), threads.end(), thread);
      const auto flow = static_cast<std::size_t>(found - threads.begin());
      if (found == threads.end()) {
        threads.push_back(thread);
        steps.push_back(Json::array());
      }
      steps[flow].push_back(
          Json{{"location", Location(place.site, text)}, {"executionOrder", ++order}});
    };
    for (const CyclePart& part : cycle.parts) {
      for (const lockgraph::HeldLock& held : part.held) {
        add(part.thread, CodePlace{held.site, held.stack},
            absl::StrCat("takes ", names_.Lock(held.lock)));
      }
    }
    for (const CyclePart& part : cycle.parts) {
      add(part.thread, part.asked, absl::StrCat("asks for ", names_.Lock(part.asks)));
    }
    Json flows = Json::array();
    for (std::size_t i = 0; i < threads.size(); ++i) {
      flows.push_back(Json{{"id", names_.Thread(threads[i])},
                           {"message", Message(names_.Thread(threads[i]))},
                           {"locations", std::move(steps[i])}});
    }
    return Json{{"threadFlows", std::move(flows)}};
  }

  // Where the locks are declared.
  Json Declarations(const Cycle& cycle) const {
    Json related = Json::array();
    std::set<lockgraph::LockIndex> known;
    for (const CyclePart& part : cycle.parts) {
      if (!known.insert(part.holds).second) continue;
      const lockgraph::LockClass& c = graph_.classes[graph_.locks[part.holds].lock_class];
      if (c.file.empty()) continue;
      related.push_back(
          Json{{"id", static_cast<int>(related.size()) + 1},
               {"physicalLocation", PhysicalLocation(c.file, c.line)},
               {"message", Message(absl::StrCat(names_.Lock(part.holds), " is declared here"))}});
    }
    return related;
  }

  Json Stacks(const Cycle& cycle) const {
    Json stacks = Json::array();
    const auto add = [&](lockgraph::StackIndex index, const std::string& what) {
      if (index == kNone) return;
      Json frames = Json::array();
      for (const lockgraph::FrameIndex frame : graph_.stacks[index]) {
        if (!lockgraph::IsUserFrame(graph_.frames[frame])) continue;
        frames.push_back(Json{{"location", Location(frame, "")}});
      }
      if (frames.empty()) return;
      stacks.push_back(Json{{"message", Message(what)}, {"frames", std::move(frames)}});
    };
    for (const CyclePart& part : cycle.parts) {
      const std::string thread = names_.Thread(part.thread);
      add(part.taken.stack, absl::StrCat(thread, " takes ", names_.Lock(part.holds)));
      add(part.asked.stack, absl::StrCat(thread, " asks for ", names_.Lock(part.asks)));
    }
    return stacks;
  }

  void AddBaseline(Json& result, const Cycle& cycle) const {
    if (!options_.baseline || !lockgraph::FailsByDefault(cycle.verdict)) return;
    const std::vector<const Cycle*>& accepted = options_.baseline->accepted;
    const bool is_accepted = std::find(accepted.begin(), accepted.end(), &cycle) != accepted.end();
    result["baselineState"] = is_accepted ? "unchanged" : "new";
    if (!is_accepted) return;
    for (const lockgraph::AcceptedCycle& entry : options_.accepted) {
      if (entry.fingerprint != cycle.fingerprint) continue;
      result["suppressions"] = Json::array(
          {Json{{"kind", "external"},
                {"status", "accepted"},
                {"justification", absl::StrCat(entry.reason, " (", entry.owner, ", until ",
                                               absl::FormatCivilTime(entry.expires), ")")}}});
    }
  }

  const RecordedGraph& graph_;
  const Analysis& analysis_;
  const LockOrderSarifOptions& options_;
  const Names names_;
};

}  // namespace

std::string LockOrderSarif(const RecordedGraph& graph, const Analysis& analysis,
                           const LockOrderSarifOptions& options) {
  return SarifWriter(graph, analysis, options).Write();
}

}  // namespace selvage::report
