#include "selvage/harness/report/lock_order_json.h"

#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "selvage/harness/lockgraph/names.h"

namespace selvage::report {
namespace {

using lockgraph::Analysis;
using lockgraph::CodePlace;
using lockgraph::kNone;
using lockgraph::RecordedGraph;
using Json = nlohmann::ordered_json;

std::string Dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// An object whose members at their defaults are left out.
class Object {
 public:
  Object& Text(const char* key, const std::string& value) {
    if (!value.empty()) json_[key] = value;
    return *this;
  }
  Object& Number(const char* key, std::uint64_t value, std::uint64_t absent = 0) {
    if (value != absent) json_[key] = value;
    return *this;
  }
  Object& Index(const char* key, std::uint32_t value) { return Number(key, value, kNone); }
  template <typename Enum>
  Object& Code(const char* key, Enum value) {
    return Number(key, static_cast<std::uint64_t>(value));
  }
  Object& Flag(const char* key, bool value) {
    if (value) json_[key] = true;
    return *this;
  }
  Object& Array(const char* key, Json value) {
    if (!value.empty()) json_[key] = std::move(value);
    return *this;
  }
  Json Take() { return std::move(json_); }

 private:
  Json json_ = Json::object();
};

Json ToJson(const lockgraph::Run& run) {
  return Object()
      .Text("name", run.name)
      .Text("program", run.program)
      .Number("process", run.process)
      .Text("started", run.started)
      .Text("ended", run.ended)
      .Text("unfinished_since", run.unfinished_since)
      .Number("moments_dropped", run.moments_dropped)
      .Number("clocks_dropped", run.clocks_dropped)
      .Number("dependencies_dropped", run.dependencies_dropped)
      .Number("schedules", run.schedules, 1)
      .Take();
}

Json ToJson(const lockgraph::LockClass& c) {
  return Object()
      .Text("type", c.type)
      .Text("name", c.name)
      .Text("scope", c.scope)
      .Text("variable", c.variable)
      .Flag("member", c.member)
      .Text("file", c.file)
      .Number("line", c.line)
      .Number("column", c.column)
      .Text("made_file", c.made_file)
      .Number("made_line", c.made_line)
      .Code("kind", c.kind)
      .Flag("recursive", c.recursive)
      .Flag("reader_preference", c.reader_preference)
      .Take();
}

Json ToJson(const lockgraph::Lock& lock) {
  return Object()
      .Number("class", lock.lock_class, kNone)
      .Text("creator", lock.creator)
      .Text("test", lock.test)
      .Index("made", lock.made)
      .Text("object", lock.object)
      .Number("ordinal", lock.ordinal)
      .Number("siblings", lock.siblings, 1)
      .Number("older", lock.age)
      .Number("permits", lock.permits, 1)
      .Flag("signalled", lock.signalled)
      .Index("thread", lock.thread)
      .Take();
}

Json ToJson(const lockgraph::Thread& thread) {
  Json covers = Json::array();
  for (const lockgraph::Cover& cover : thread.covers) {
    covers.push_back(Object()
                         .Index("lock", cover.lock)
                         .Code("mode", cover.mode)
                         .Index("holder", cover.holder)
                         .Take());
  }
  Json passages = Json::array();
  for (const lockgraph::Passage& passage : thread.passages) {
    passages.push_back(Object().Index("once", passage.once).Number("from", passage.from).Take());
  }
  return Object()
      .Text("path", thread.path)
      .Text("name", thread.name)
      .Index("spawned_at", thread.spawned_at)
      .Index("spawn_stack", thread.spawn_stack)
      .Index("parent", thread.parent)
      .Number("forked_at", thread.forked_at)
      .Index("joiner", thread.joiner)
      .Number("joined_at", thread.joined_at)
      .Array("covers", std::move(covers))
      .Array("passages", std::move(passages))
      .Take();
}

Json ToJson(const lockgraph::SourceFrame& frame) {
  return Object()
      .Text("function", frame.function)
      .Text("file", frame.file)
      .Number("line", frame.line)
      .Take();
}

Json ToJson(const lockgraph::Stack& stack) { return Json(stack); }

Json ToJson(const lockgraph::Clock& clock) {
  Json json = Json::array();
  for (const lockgraph::ClockEntry& entry : clock) {
    json.push_back(Object()
                       .Index("thread", entry.thread)
                       .Number("strong", entry.strong)
                       .Number("observed", entry.observed)
                       .Take());
  }
  return json;
}

Json ToJson(const std::vector<lockgraph::HeldLock>& held) {
  Json json = Json::array();
  for (const lockgraph::HeldLock& one : held) {
    json.push_back(Object()
                       .Index("lock", one.lock)
                       .Code("mode", one.mode)
                       .Flag("fresh", one.fresh)
                       .Index("site", one.site)
                       .Index("stack", one.stack)
                       .Take());
  }
  return json;
}

Json ToJson(const std::vector<lockgraph::Moment>& moments) {
  Json json = Json::array();
  for (const lockgraph::Moment& moment : moments) {
    json.push_back(Object()
                       .Number("run", moment.run)
                       .Number("strong", moment.strong)
                       .Number("observed", moment.observed)
                       .Index("clock", moment.clock)
                       .Take());
  }
  return json;
}

Json ToJson(const lockgraph::Dependency& d) {
  return Object()
      .Index("thread", d.thread)
      .Array("held", ToJson(d.held))
      .Index("target", d.target)
      .Code("mode", d.mode)
      .Code("kind", d.kind)
      .Flag("fresh", d.fresh)
      .Index("site", d.site)
      .Index("stack", d.stack)
      .Number("count", d.count)
      .Array("moments", ToJson(d.moments))
      .Take();
}

Json ToJson(const lockgraph::Touch& touch) {
  return Object()
      .Index("thread", touch.thread)
      .Index("lock", touch.lock)
      .Code("mode", touch.mode)
      .Code("kind", touch.kind)
      .Flag("bare", touch.bare)
      .Number("at", touch.at)
      .Index("site", touch.site)
      .Index("stack", touch.stack)
      .Array("moments", ToJson(touch.moments))
      .Take();
}

Json ToJson(const lockgraph::Signal& signal) {
  return Object()
      .Index("thread", signal.thread)
      .Index("object", signal.object)
      .Number("before", signal.before)
      .Index("site", signal.site)
      .Index("stack", signal.stack)
      .Number("count", signal.count)
      .Take();
}

Json ToJson(const lockgraph::Occurrence& occurrence) {
  Json parts = Json::array();
  for (const lockgraph::OccurrencePart& part : occurrence.parts) {
    parts.push_back(Object()
                        .Index("thread", part.thread)
                        .Index("target", part.target)
                        .Code("mode", part.mode)
                        .Index("site", part.site)
                        .Index("stack", part.stack)
                        .Array("held", ToJson(part.held))
                        .Take());
  }
  return Object()
      .Code("kind", occurrence.kind)
      .Array("parts", std::move(parts))
      .Number("run", occurrence.run)
      .Index("signaller", occurrence.signaller)
      .Index("signal_site", occurrence.signal_site)
      .Take();
}

Json ToJson(const lockgraph::Confirmation& confirmation) {
  return Object()
      .Text("fingerprint", confirmation.fingerprint)
      .Text("replay_token", confirmation.replay_token)
      .Number("schedules", confirmation.schedules)
      .Text("not_tried", confirmation.not_tried)
      .Take();
}

// --- The analysis: for readers, with names instead of indices where that is what they want ---

class AnalysisWriter {
 public:
  explicit AnalysisWriter(const RecordedGraph& graph) : graph_(graph), names_(graph) {}

  Json Cycle(const lockgraph::Cycle& cycle) const {
    Json parts = Json::array();
    for (const lockgraph::CyclePart& part : cycle.parts) parts.push_back(Part(part));
    Json json = Json::object();
    json["verdict"] = lockgraph::VerdictName(cycle.verdict);
    json["fails"] = lockgraph::FailsByDefault(cycle.verdict);
    json["reason"] = cycle.reason;
    json["fingerprint"] = cycle.fingerprint;
    json["merged"] = cycle.merged;
    json["instances"] = cycle.instances;
    if (!cycle.others.empty()) {
      Json others = Json::array();
      for (const std::vector<lockgraph::LockIndex>& locks : cycle.others) {
        Json& names = others.emplace_back(Json::array());
        for (const lockgraph::LockIndex lock : locks) names.push_back(names_.Lock(lock));
      }
      json["others"] = std::move(others);
    }
    if (!cycle.replay_token.empty()) json["replay_token"] = cycle.replay_token;
    if (cycle.directed_schedules > 0) json["directed_schedules"] = cycle.directed_schedules;
    if (!cycle.not_tried.empty()) json["not_tried"] = cycle.not_tried;
    json["parts"] = std::move(parts);
    return json;
  }

  Json Violation(const lockgraph::OrderViolation& violation) const {
    const lockgraph::Dependency& d = graph_.dependencies[violation.dependency];
    Json json = Json::object();
    json["rule"] = violation.rule;
    json["thread"] = names_.Thread(d.thread);
    json["holds"] = names_.Lock(violation.held);
    json["asks"] = names_.Lock(violation.asked);
    json["asked_at"] = Place(CodePlace{d.site, d.stack});
    return json;
  }

  Json Turn(const lockgraph::Turn& turn) const {
    Json places = Json::array();
    for (const CodePlace& place : turn.places) places.push_back(Place(place));
    Json json = Json::object();
    json["from"] = names_.Class(turn.from);
    json["to"] = names_.Class(turn.to);
    json["breaks"] = turn.breaks;
    json["places"] = std::move(places);
    return json;
  }

  static Json Coverage(const lockgraph::Coverage& c) {
    Json json = Json::object();
    json["locks"] = c.locks;
    json["classes"] = c.classes;
    json["edges"] = c.edges;
    json["dependencies"] = c.dependencies;
    json["threads"] = c.threads;
    json["runs"] = c.runs;
    json["components"] = c.components;
    json["dropped"] = c.dropped;
    json["cut"] = c.cut;
    return json;
  }

 private:
  Json Part(const lockgraph::CyclePart& part) const {
    Json json = Json::object();
    json["thread"] = names_.Thread(part.thread);
    json[part.owes ? "owes" : "holds"] = names_.Lock(part.holds);
    json["holds_mode"] = lockgraph::ModeName(part.holds_mode);
    json["taken_at"] = Place(part.taken);
    json["asks"] = names_.Lock(part.asks);
    json["mode"] = lockgraph::ModeName(part.mode);
    json["kind"] = lockgraph::RequestKindName(part.kind);
    json["asked_at"] = Place(part.asked);
    Json held = Json::array();
    for (const lockgraph::HeldLock& one : part.held) held.push_back(names_.Lock(one.lock));
    json["held"] = std::move(held);
    json["count"] = part.count;
    Json runs = Json::array();
    for (const lockgraph::RunIndex run : part.runs) runs.push_back(names_.Run(run));
    json["runs"] = std::move(runs);
    if (!part.also.empty()) {
      Json also = Json::array();
      for (const CodePlace& place : part.also) also.push_back(Place(place));
      json["also_asked_at"] = std::move(also);
    }
    if (part.writer != kNone) {
      json["writer"] = names_.Thread(part.writer);
      json["writer_asked_at"] = Place(part.writer_asked);
    }
    return json;
  }

  static Json Place(const CodePlace& place) {
    return Object().Index("frame", place.site).Index("stack", place.stack).Take();
  }

  const RecordedGraph& graph_;
  const lockgraph::Names names_;
};

// An array with a line for each element.
template <typename Elements, typename Convert>
std::string Lines(const Elements& elements, const Convert& convert, const char* indent) {
  if (elements.empty()) return "[]";
  std::string out = "[\n";
  bool first = true;
  for (const auto& element : elements) {
    if (!first) out += ",\n";
    first = false;
    absl::StrAppend(&out, indent, Dump(convert(element)));
  }
  return out + "]";
}

}  // namespace

std::string LockOrderJson(const RecordedGraph& graph, const Analysis& analysis) {
  std::string out = absl::StrCat("{\n\"format\": \"", kLockOrderFormat,
                                 "\",\n\"version\": ", kLockOrderVersion, ",\n");
  const auto record = [](const auto& one) { return ToJson(one); };
  const auto add = [&](const char* key, const auto& elements) {
    absl::StrAppend(&out, "\"", key, "\": ", Lines(elements, record, " "), ",\n");
  };
  add("runs", graph.runs);
  add("classes", graph.classes);
  add("locks", graph.locks);
  add("threads", graph.threads);
  add("frames", graph.frames);
  add("stacks", graph.stacks);
  add("clocks", graph.clocks);
  add("dependencies", graph.dependencies);
  add("touches", graph.touches);
  add("signals", graph.signals);
  add("occurrences", graph.occurrences);
  add("confirmations", graph.confirmations);
  const AnalysisWriter writer(graph);
  absl::StrAppend(
      &out, "\"locks_seen\": ", graph.locks_seen, ",\n\"analysis\": {\n \"cycles\": ",
      Lines(
          analysis.cycles, [&](const auto& cycle) { return writer.Cycle(cycle); }, "  "),
      ",\n \"violations\": ",
      Lines(
          analysis.violations, [&](const auto& one) { return writer.Violation(one); }, "  "),
      ",\n \"turns\": ",
      Lines(
          analysis.turns, [&](const auto& turn) { return writer.Turn(turn); }, "  "),
      ",\n \"coverage\": ", Dump(AnalysisWriter::Coverage(analysis.coverage)), "\n}\n}\n");
  return out;
}

}  // namespace selvage::report
