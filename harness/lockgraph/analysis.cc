#include "selvage/harness/lockgraph/analysis.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "selvage/harness/lockgraph/advice.h"
#include "selvage/harness/lockgraph/components.h"
#include "selvage/harness/lockgraph/context_search.h"
#include "selvage/harness/lockgraph/cycles.h"
#include "selvage/harness/lockgraph/exhausted_pools.h"
#include "selvage/harness/lockgraph/explain.h"
#include "selvage/harness/lockgraph/fingerprint.h"
#include "selvage/harness/lockgraph/names.h"
#include "selvage/harness/lockgraph/pools.h"

namespace selvage::lockgraph {
namespace {

std::vector<RunIndex> RunsOf(const std::vector<Moment>& moments) {
  std::vector<RunIndex> runs;
  for (const Moment& moment : moments) runs.push_back(moment.run);
  std::sort(runs.begin(), runs.end());
  runs.erase(std::unique(runs.begin(), runs.end()), runs.end());
  return runs;
}

bool IsLeftHeld(OccurrenceKind kind) {
  return kind == OccurrenceKind::kEndedHolding || kind == OccurrenceKind::kDestroyedHeld;
}

Verdict VerdictOf(OccurrenceKind kind) {
  if (kind == OccurrenceKind::kLostWakeup) return Verdict::kCommunication;
  return IsLeftHeld(kind) ? Verdict::kHazard : Verdict::kOccurred;
}

class Analyser {
 public:
  Analyser(const RecordedGraph& graph, const AnalysisOptions& options)
      : graph_(graph),
        options_(options),
        names_(graph),
        asks_(graph),
        order_(graph),
        judge_(asks_, order_),
        budget_(options.steps) {}

  Analysis Run() {
    for (const Occurrence& occurrence : graph_.occurrences) AddOccurrence(occurrence);
    AddRepeatedRequests();
    AddCycles();
    AddPools();
    Confirm();
    analysis_.violations = FindViolations(graph_, options_.declared);
    Sort();
    analysis_.turns = FindTurns(graph_, names_, analysis_.cycles);
    Count();
    return std::move(analysis_);
  }

 private:
  void AddOccurrence(const Occurrence& occurrence) {
    Cycle cycle;
    cycle.verdict = VerdictOf(occurrence.kind);
    cycle.reason = Explain(graph_, names_, occurrence);
    const std::size_t parts = occurrence.parts.size();
    for (std::size_t i = 0; i < parts; ++i) {
      const OccurrencePart& from = occurrence.parts[i];
      CyclePart part;
      part.thread = from.thread;
      const bool in_ring = occurrence.kind == OccurrenceKind::kDeadlock;
      part.holds = in_ring ? occurrence.parts[(i + parts - 1) % parts].target : from.target;
      part.waits = !IsLeftHeld(occurrence.kind);
      part.asks = from.target;
      part.mode = from.mode;
      part.asked = CodePlace{from.site, from.stack};
      part.held = from.held;
      part.count = 1;
      part.runs = {occurrence.run};
      Taken(part);
      if (!part.waits) {
        part.holds_mode = from.mode;
        part.taken = part.asked;
      }
      cycle.parts.push_back(std::move(part));
    }
    Add(std::move(cycle));
  }

  // Threads that ask again for what they hold, without a deadlock so far.
  void AddRepeatedRequests() {
    for (const Ask& ask : asks_.all()) {
      if (ask.dependency == kNone) continue;
      const auto judgement = judge_.Again(ask);
      if (judgement) AddJudged({Link{ask, ask.target}}, *judgement, {});
    }
  }

  void AddCycles() {
    const std::vector<Component> components = FindComponents(asks_);
    analysis_.coverage.components = components.size();
    for (const Component& component : components) {
      ContextSearch contexts(asks_, judge_, component, budget_);
      std::uint32_t found = 0;
      const Completeness completeness = EnumerateCycles(
          component, options_.max_length, budget_, [&](const std::vector<std::uint32_t>& edges) {
            const auto best = contexts.Strongest(edges);
            if (!best) return Visit::kContinue;
            AddJudged(best->links, best->judgement, contexts.Places(edges));
            return ++found < options_.max_cycles ? Visit::kContinue : Visit::kStop;
          });
      if (completeness == Completeness::kCut || contexts.cut()) ++analysis_.coverage.cut;
    }
  }

  void AddPools() {
    PoolSearch pools(asks_, judge_, budget_);
    ExhaustedPoolSearch exhausted(asks_, judge_, budget_);
    FindAll(pools);
    FindAll(exhausted);
  }

  template <typename Search>
  void FindAll(Search& search) {
    std::uint32_t found = 0;
    const Completeness completeness =
        search.Find([&](const std::vector<Link>& links, const Judgement& judgement) {
          AddJudged(links, judgement, {});
          return ++found < options_.max_cycles ? Visit::kContinue : Visit::kStop;
        });
    if (found != 0) ++analysis_.coverage.components;
    if (completeness == Completeness::kCut) ++analysis_.coverage.cut;
  }

  // `places`: for each link, everywhere its edge was seen.
  void AddJudged(const std::vector<Link>& links, const Judgement& judgement,
                 const std::vector<std::vector<CodePlace>>& places) {
    Cycle cycle;
    cycle.verdict = judgement.verdict;
    cycle.reason = Explain(asks_, names_, links, judgement);
    cycle.merged = judgement.merged;
    cycle.not_tried = WhyNotTried(links, judgement);
    for (std::size_t i = 0; i < links.size(); ++i) {
      const Ask& ask = links[i].ask;
      CyclePart part;
      part.thread = ask.thread;
      part.holds = links[i].holds;
      part.owes = ask.owes != kNone;
      part.asks = ask.target;
      part.mode = ask.mode;
      part.kind = ask.kind;
      part.asked = CodePlace{asks_.Site(ask), asks_.Stack(ask)};
      part.held = asks_.Held(ask);
      part.count = asks_.Count(ask);
      part.runs = RunsOf(asks_.Moments(ask));
      Taken(part);
      if (ask.owes != kNone && ask.signal != kNone) {
        const Signal& signal = graph_.signals[ask.signal];
        part.taken = CodePlace{signal.site, signal.stack};
      }
      if (!places.empty()) {
        for (const CodePlace& place : places[i]) {
          if (place.site != part.asked.site) part.also.push_back(place);
        }
      }
      for (const QueuedWriter& writer : judgement.writers) {
        if (writer.link != i) continue;
        part.writer = writer.ask.thread;
        part.writer_asked = CodePlace{asks_.Site(writer.ask), asks_.Stack(writer.ask)};
      }
      cycle.parts.push_back(std::move(part));
    }
    Add(std::move(cycle));
  }

  // As long as no exploration tells.
  const char* WhyNotTried(const std::vector<Link>& links, const Judgement& judgement) const {
    if (!FailsByDefault(judgement.verdict) || HasHappened(judgement.verdict)) return "";
    if (judgement.merged) return "no run has all of it; a SELVAGE_TEST that does the same would";
    const bool of_a_test = std::any_of(links.begin(), links.end(), [&](const Link& link) {
      return !graph_.locks[link.holds].test.empty() || !graph_.locks[link.ask.target].test.empty();
    });
    if (of_a_test) return "no schedule was directed at it";
    return "it is of ordinary threads, which no schedule controls; run the same code in a "
           "SELVAGE_TEST, which tries it";
  }

  void Taken(CyclePart& part) {
    for (const HeldLock& held : part.held) {
      if (held.lock != part.holds) continue;
      part.holds_mode = held.mode;
      part.taken = CodePlace{held.site, held.stack};
    }
  }

  // Cycles of one fingerprint are one entry, with the strongest verdict.
  void Add(Cycle cycle) {
    cycle.fingerprint = Fingerprint(names_, graph_, cycle.parts);
    const auto [found, added] =
        by_fingerprint_.try_emplace(cycle.fingerprint, analysis_.cycles.size());
    if (added) {
      analysis_.cycles.push_back(std::move(cycle));
      return;
    }
    Cycle& known = analysis_.cycles[found->second];
    // An occurrence is no further instance: it is the same deadlock, foreseen and happened.
    const bool further = cycle.verdict != Verdict::kOccurred && known.verdict != Verdict::kOccurred;
    if (cycle.verdict < known.verdict) {
      std::swap(cycle.instances, known.instances);
      std::swap(cycle.others, known.others);
      std::swap(cycle, known);
    }
    if (!further) return;
    ++known.instances;
    std::vector<LockIndex>& locks = known.others.emplace_back();
    for (const CyclePart& part : cycle.parts) locks.push_back(part.holds);
  }

  void Confirm() {
    std::map<std::string, std::size_t> alternatives;
    for (const Confirmation& confirmation : graph_.confirmations) {
      auto found = by_fingerprint_.find(confirmation.fingerprint);
      if (found == by_fingerprint_.end()) {
        if (confirmation.replay_token.empty()) continue;
        if (alternatives.empty()) AddAlternatives(alternatives);
        found = alternatives.find(confirmation.fingerprint);
        if (found == alternatives.end()) continue;
      }
      Cycle& cycle = analysis_.cycles[found->second];
      cycle.directed_schedules += confirmation.schedules;
      cycle.not_tried = confirmation.not_tried;
      if (confirmation.replay_token.empty()) {
        // What was tried, or why not, is told by itself.
        if (const std::size_t end = cycle.reason.rfind(kNotReplayed); end != std::string::npos) {
          cycle.reason.erase(end);
        }
        continue;
      }
      cycle.replay_token = confirmation.replay_token;
      if (cycle.verdict <= Verdict::kConfirmed) continue;
      cycle.verdict = Verdict::kConfirmed;
      cycle.reason = "a schedule made it happen; replay it with the token below";
    }
  }

  // A cycle is known by the places that one of its contexts has. Merged with others its report may
  // show another one first: what was confirmed by any of its places is confirmed.
  void AddAlternatives(std::map<std::string, std::size_t>& alternatives) {
    constexpr std::size_t kMost = 256;
    for (std::size_t i = 0; i < analysis_.cycles.size(); ++i) {
      std::vector<std::vector<CyclePart>> made{analysis_.cycles[i].parts};
      for (std::size_t part = 0; part < made.front().size(); ++part) {
        const std::size_t before = made.size();
        for (std::size_t one = 0; one < before; ++one) {
          for (const CodePlace& place : analysis_.cycles[i].parts[part].also) {
            if (made.size() == kMost) break;
            made.push_back(made[one]);
            made.back()[part].asked = place;
          }
        }
      }
      for (const std::vector<CyclePart>& parts : made) {
        alternatives.try_emplace(Fingerprint(names_, graph_, parts), i);
      }
    }
  }

  void Sort() {
    std::stable_sort(
        analysis_.cycles.begin(), analysis_.cycles.end(), [](const Cycle& a, const Cycle& b) {
          return std::tuple(a.verdict, a.parts.size(), std::string_view(a.fingerprint)) <
                 std::tuple(b.verdict, b.parts.size(), std::string_view(b.fingerprint));
        });
  }

  void Count() {
    Coverage& coverage = analysis_.coverage;
    coverage.locks = std::max<std::uint64_t>(graph_.locks_seen, graph_.locks.size());
    coverage.classes = graph_.classes.size();
    coverage.dependencies = graph_.dependencies.size();
    coverage.threads = graph_.threads.size();
    coverage.runs = graph_.runs.size();
    std::vector<std::uint64_t> edges;
    for (const Dependency& dependency : graph_.dependencies) {
      for (const HeldLock& held : dependency.held) {
        edges.push_back(std::uint64_t{held.lock} << 32 | dependency.target);
      }
    }
    std::sort(edges.begin(), edges.end());
    coverage.edges =
        static_cast<std::uint64_t>(std::unique(edges.begin(), edges.end()) - edges.begin());
    for (const lockgraph::Run& run : graph_.runs) {
      coverage.dropped += run.moments_dropped + run.clocks_dropped + run.dependencies_dropped;
    }
  }

  const RecordedGraph& graph_;
  const AnalysisOptions& options_;
  const Names names_;
  const Asks asks_;
  const Order order_;
  const Judge judge_;
  Budget budget_;
  Analysis analysis_;
  std::map<std::string, std::size_t> by_fingerprint_;
};

}  // namespace

std::size_t Cycle::HolderFor(std::size_t part) const {
  const auto has = [&](const CyclePart& other) {
    if (other.holds == parts[part].asks) return true;
    return std::any_of(other.held.begin(), other.held.end(),
                       [&](const HeldLock& held) { return held.lock == parts[part].asks; });
  };
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::size_t other = (part + i) % parts.size();
    if (has(parts[other])) return other;
  }
  return (part + 1) % parts.size();
}

bool Analysis::Fails() const {
  return !violations.empty() || std::any_of(cycles.begin(), cycles.end(), [](const Cycle& cycle) {
    return FailsByDefault(cycle.verdict);
  });
}

Analysis Analyse(const RecordedGraph& graph, const AnalysisOptions& options) {
  return Analyser(graph, options).Run();
}

}  // namespace selvage::lockgraph
