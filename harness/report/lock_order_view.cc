#include "selvage/harness/report/lock_order_view.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "nlohmann/json.hpp"
#include "selvage/harness/lockgraph/names.h"
#include "selvage/harness/report/lock_order_table.h"
#include "selvage/harness/report/lock_order_words.h"
#include "selvage/harness/report/user_frame.h"

namespace selvage::report {
namespace {

using lockgraph::Analysis;
using lockgraph::CodePlace;
using lockgraph::Cycle;
using lockgraph::CyclePart;
using lockgraph::Dependency;
using lockgraph::HeldLock;
using lockgraph::kNone;
using lockgraph::Names;
using lockgraph::RecordedGraph;
using Json = nlohmann::ordered_json;

class Viewer {
 public:
  Viewer(const RecordedGraph& graph, const Analysis& analysis, const DrawnGraph& drawn)
      : graph_(graph), analysis_(analysis), drawn_(drawn), names_(graph) {}

  Json View() {
    Json view = Json::object();
    view["headline"] = Headline(analysis_);
    view["fails"] = analysis_.Fails();
    view["runs"] = Runs();
    view["cycles"] = Json::array();
    for (const Cycle& cycle : analysis_.cycles) view["cycles"].push_back(ToJson(cycle));
    view["edges"] = Edges();
    view["violations"] = Violations();
    view["advice"] = AdviceGiven();
    view["coverage"] = Coverage();
    view["locks"] = std::move(locks_);
    view["threads"] = std::move(threads_);
    view["stacks"] = std::move(stacks_);
    view["frames"] = std::move(frames_);
    return view;
  }

 private:
  // A reference to what is shown once, by the index it has in the graph; described when first met.
  std::uint32_t Lock(lockgraph::LockIndex lock) {
    if (known_locks_.insert(lock).second) {
      locks_[std::to_string(lock)] = {{"name", names_.Lock(lock)},
                                      {"origin", Origin(graph_, lock)}};
    }
    return lock;
  }

  std::uint32_t Thread(lockgraph::ThreadIndex thread) {
    if (known_threads_.insert(thread).second) {
      Json& json = threads_[std::to_string(thread)] = {{"name", names_.Thread(thread)}};
      const lockgraph::FrameIndex spawned = graph_.threads[thread].spawned_at;
      if (spawned != kNone) json["started"] = Describe(graph_, spawned);
    }
    return thread;
  }

  std::uint32_t Frame(lockgraph::FrameIndex index) {
    const auto [found, added] = frame_numbers_.try_emplace(index, frames_.size());
    if (added) {
      const lockgraph::SourceFrame& frame = graph_.frames[index];
      frames_.push_back(
          Json{{"function", frame.function},
               {"place",
                frame.file.empty() ? "" : absl::StrCat(DisplayPath(frame.file), ":", frame.line)},
               {"user", IsUserFrame(frame)}});
    }
    return static_cast<std::uint32_t>(found->second);
  }

  std::uint32_t Stack(lockgraph::StackIndex index) {
    const auto [found, added] = stack_numbers_.try_emplace(index, stacks_.size());
    if (added) {
      Json stack = Json::array();
      for (const lockgraph::FrameIndex frame : graph_.stacks[index]) {
        if (graph_.frames[frame] != lockgraph::SourceFrame()) stack.push_back(Frame(frame));
      }
      stacks_.push_back(std::move(stack));
    }
    return static_cast<std::uint32_t>(found->second);
  }

  Json Place(const CodePlace& place) {
    Json json = {{"at", Describe(graph_, place.site)}};
    if (place.stack != kNone) json["stack"] = Stack(place.stack);
    return json;
  }

  Json Held(const HeldLock& held) {
    Json json = {{"lock", Lock(held.lock)}, {"taken", Place(CodePlace{held.site, held.stack})}};
    if (held.mode == lockgraph::Mode::kShared) json["shared"] = true;
    return json;
  }

  Json ToJson(const CyclePart& part) {
    Json json = {{"thread", Thread(part.thread)},
                 {"holds", Lock(part.holds)},
                 {"asks", Lock(part.asks)},
                 {"asked", Place(part.asked)},
                 {"kind", lockgraph::RequestKindName(part.kind)},
                 {"count", part.count}};
    if (part.owes) json["owes"] = Place(part.taken);
    if (part.mode == lockgraph::Mode::kShared) json["shared"] = true;
    json["held"] = Json::array();
    for (const HeldLock& held : part.held) json["held"].push_back(Held(held));
    if (part.writer != kNone) {
      json["writer"] = {{"thread", Thread(part.writer)}, {"asked", Place(part.writer_asked)}};
    }
    return json;
  }

  Json ToJson(const Cycle& cycle) {
    Json json = {{"verdict", lockgraph::VerdictName(cycle.verdict)},
                 {"fails", lockgraph::FailsByDefault(cycle.verdict)},
                 {"reason", cycle.reason},
                 {"fingerprint", cycle.fingerprint},
                 {"merged", cycle.merged},
                 {"instances", cycle.instances}};
    if (!cycle.replay_token.empty()) json["replay"] = cycle.replay_token;
    if (cycle.directed_schedules != 0) json["directed"] = cycle.directed_schedules;
    if (!cycle.not_tried.empty()) json["not_tried"] = cycle.not_tried;
    json["parts"] = Json::array();
    for (const CyclePart& part : cycle.parts) json["parts"].push_back(ToJson(part));
    const Interleaving woven = DeadlockInterleaving(graph_, names_, cycle);
    Json& table = json["interleaving"] = {{"columns", Json::array()}, {"steps", Json::array()}};
    table["title"] = InterleavingTitle(cycle);
    table["letters"] = woven.HasColumns();
    for (const lockgraph::ThreadIndex thread : woven.threads) {
      table["columns"].push_back(Thread(thread));
    }
    for (const InterleavingStep& step : woven.steps) {
      table["steps"].push_back(Json::array({step.column, step.text}));
    }
    return json;
  }

  Json Request(const Dependency& dependency) {
    Json json = {{"thread", Thread(dependency.thread)},
                 {"asked", Place(CodePlace{dependency.site, dependency.stack})},
                 {"kind", lockgraph::RequestKindName(dependency.kind)},
                 {"count", dependency.count}};
    if (dependency.mode == lockgraph::Mode::kShared) json["shared"] = true;
    json["held"] = Json::array();
    for (const HeldLock& held : dependency.held) json["held"].push_back(Held(held));
    return json;
  }

  Json Edges() {
    std::map<std::pair<lockgraph::LockIndex, lockgraph::LockIndex>, const DrawnEdge*> drawn;
    for (const DrawnEdge& edge : drawn_.edges) drawn[{edge.from, edge.to}] = &edge;
    std::map<const DrawnEdge*, std::pair<Json, std::size_t>> requests;
    for (const Dependency& dependency : graph_.dependencies) {
      for (const HeldLock& held : dependency.held) {
        const auto edge = drawn.find({held.lock, dependency.target});
        if (edge == drawn.end()) continue;
        auto& [shown, more] = requests[edge->second];
        if (shown.size() == kMaxRequestsShown) {
          ++more;
        } else {
          shown.push_back(Request(dependency));
        }
      }
    }
    Json edges = Json::array();
    for (const DrawnEdge& edge : drawn_.edges) {
      Json threads = Json::array();
      for (const lockgraph::ThreadIndex thread : edge.threads) threads.push_back(Thread(thread));
      Json json = {{"id", edge.Id()},     {"from", Lock(edge.from)},       {"to", Lock(edge.to)},
                   {"count", edge.count}, {"threads", std::move(threads)}, {"cycles", edge.cycles}};
      auto& [shown, more] = requests[&edge];
      json["requests"] = shown.is_null() ? Json::array() : std::move(shown);
      if (more != 0) json["more"] = more;
      edges.push_back(std::move(json));
    }
    return edges;
  }

  Json Runs() const {
    Json runs = Json::array();
    for (lockgraph::RunIndex i = 0; i < graph_.runs.size(); ++i) runs.push_back(names_.Run(i));
    return runs;
  }

  Json Violations() {
    Json violations = Json::array();
    for (const lockgraph::OrderViolation& violation : analysis_.violations) {
      Json json = Request(graph_.dependencies[violation.dependency]);
      json["rule"] = violation.rule;
      json["holds"] = Lock(violation.held);
      json["asks"] = Lock(violation.asked);
      violations.push_back(std::move(json));
    }
    return violations;
  }

  Json AdviceGiven() const {
    Json advice = Json::array();
    for (const lockgraph::Turn& turn : analysis_.turns) {
      Json places = Json::array();
      for (const CodePlace& place : turn.places) places.push_back(Describe(graph_, place.site));
      advice.push_back(Json{{"text", Advice(graph_, names_, turn)}, {"places", std::move(places)}});
    }
    return advice;
  }

  Json Coverage() const {
    const lockgraph::Coverage& c = analysis_.coverage;
    return Json{{"locks", c.locks}, {"classes", c.classes},
                {"edges", c.edges}, {"threads", c.threads},
                {"runs", c.runs},   {"dropped", c.dropped},
                {"cut", c.cut},     {"undrawn", drawn_.left_out}};
  }

  const RecordedGraph& graph_;
  const Analysis& analysis_;
  const DrawnGraph& drawn_;
  const Names names_;
  std::set<lockgraph::LockIndex> known_locks_;
  std::set<lockgraph::ThreadIndex> known_threads_;
  std::map<lockgraph::FrameIndex, std::size_t> frame_numbers_;
  std::map<lockgraph::StackIndex, std::size_t> stack_numbers_;
  Json locks_ = Json::object();
  Json threads_ = Json::object();
  Json stacks_ = Json::array();
  Json frames_ = Json::array();
};

}  // namespace

std::string LockOrderView(const RecordedGraph& graph, const Analysis& analysis,
                          const DrawnGraph& drawn) {
  const Json view = Viewer(graph, analysis, drawn).View();
  // "<" only stands inside strings, where JSON has another spelling for it.
  return absl::StrReplaceAll(view.dump(-1, ' ', false, Json::error_handler_t::replace),
                             {{"<", "\\u003c"}});
}

}  // namespace selvage::report
