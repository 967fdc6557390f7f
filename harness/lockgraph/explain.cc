#include "selvage/harness/lockgraph/explain.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "selvage/harness/printable.h"

namespace selvage::lockgraph {
namespace {

std::string Number(std::size_t n) {
  static constexpr const char* kWords[] = {"no",   "one", "two",   "three", "four",
                                           "five", "six", "seven", "eight", "nine"};
  return n < 10 ? std::string(kWords[n]) : absl::StrCat(n);
}

const char* SignalVerb(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kCondition:
      return "notifies";
    case ObjectKind::kEvent:
      return "sets";
    case ObjectKind::kFuture:
      return "completes";
    case ObjectKind::kBarrier:
      return "arrives at";
    case ObjectKind::kSemaphore:
      return "releases";
    default:
      return "serves";
  }
}

}  // namespace

std::string Explain(const Asks& asks, const Names& names, const std::vector<Link>& links,
                    const Judgement& judgement) {
  const RecordedGraph& graph = asks.graph();
  const Ask& first = links[judgement.first].ask;
  const Ask& second = links[judgement.second].ask;
  const auto thread = [&](const Ask& ask) { return names.Thread(ask.thread); };
  const std::string seen =
      judgement.merged ? "; its parts were seen in different runs (merged)" : "";
  switch (judgement.verdict) {
    case Verdict::kOccurred:
    case Verdict::kConfirmed:
      return "";
    case Verdict::kFeasible:
      return absl::StrCat(Number(links.size()), " threads, concurrent, no common guard", seen,
                          kNotReplayed);
    case Verdict::kHazard: {
      std::vector<std::string> writers;
      for (const QueuedWriter& writer : judgement.writers) {
        writers.push_back(
            absl::StrCat(thread(writer.ask), " asks to write ", names.Lock(writer.ask.target)));
      }
      return absl::StrCat("readers queue behind writers: a deadlock if ",
                          absl::StrJoin(writers, " and "), " in between", seen);
    }
    case Verdict::kCommunication:
      for (const Link& link : links) {
        if (link.ask.owes == kNone) continue;
        const ObjectKind kind = graph.classes[graph.locks[link.ask.owes].lock_class].kind;
        const std::string needs =
            absl::StrCat("needs ", names.Lock(link.ask.target), " before it ");
        if (kind == ObjectKind::kThread) {
          return absl::StrCat(thread(link.ask), " ", needs, "ends, and is joined by a thread that ",
                              "holds it or waits for its holder", seen);
        }
        return absl::StrCat(thread(link.ask), " ", needs, SignalVerb(kind), " ",
                            names.Lock(link.ask.owes),
                            ", and a thread that waits for that keeps it", seen);
      }
      return absl::StrCat("each waits for what nobody does without having had one of the ",
                          graph.locks[links.front().holds].permits, " permits of ",
                          names.Lock(links.front().holds), ", and they have all of them", seen);
    case Verdict::kOrderedObserved:
      return absl::StrCat("ordered in this run by a signal, which another run need not repeat",
                          seen);
    case Verdict::kInitialization:
      return absl::StrCat(
          thread(first), " did its part before anybody else could know ",
          names.Lock(links[judgement.first].ask.fresh ? links[judgement.first].ask.target
                                                      : links[judgement.first].holds));
    case Verdict::kTimed:
      return absl::StrCat(thread(first), " gives up when its deadline has passed; until then ",
                          links.size() == 1 ? "it waits for itself" : "the others wait", seen);
    case Verdict::kGuarded: {
      std::vector<std::string> guards;
      for (const LockIndex guard : judgement.guards) guards.push_back(names.Lock(guard));
      if (judgement.cover_holder != kNone) {
        return absl::StrCat(guards.front(), " is held by ", names.Thread(judgement.cover_holder),
                            " around the whole life of ", thread(first), ", and by ",
                            thread(second), " around its part");
      }
      return absl::StrCat(absl::StrJoin(guards, " and "), guards.size() == 1 ? " is" : " are",
                          " held around its parts");
    }
    case Verdict::kOrdered:
      return absl::StrCat("fork, join or call_once orders ", thread(first), " and ",
                          thread(second));
    case Verdict::kSingleThread:
      return absl::StrCat("all parts were made by ", thread(links.front().ask));
  }
  return "";
}

std::string Explain(const RecordedGraph& graph, const Names& names, const Occurrence& occurrence) {
  const OccurrencePart& first = occurrence.parts.front();
  const std::string thread = names.Thread(first.thread);
  const std::string target = names.Lock(first.target);
  switch (occurrence.kind) {
    case OccurrenceKind::kDeadlock:
      return absl::StrCat(Number(occurrence.parts.size()),
                          " threads wait for each other: it happened in run ",
                          PrintableName(graph.runs[occurrence.run].name));
    case OccurrenceKind::kRelock:
      return absl::StrCat(thread, " asks for ", target, ", which it holds");
    case OccurrenceKind::kUpgrade:
      return absl::StrCat(thread, " asks to write ", target, ", which it reads");
    case OccurrenceKind::kLostWakeup:
      return absl::StrCat(
          "lost wakeup: ", thread, " waits for ", target, ", which ",
          occurrence.signaller == kNone ? "somebody" : names.Thread(occurrence.signaller),
          " had notified at ", names.Place(occurrence.signal_site), " when nobody waited");
    case OccurrenceKind::kAllWait:
      return occurrence.parts.size() == 1
                 ? absl::StrCat("the only thread waits for ", target,
                                ", and none is left to wake it")
                 : absl::StrCat("all ", Number(occurrence.parts.size()),
                                " threads wait, and none is left to wake them");
    case OccurrenceKind::kOwnerEnded:
      return absl::StrCat(thread, " waits for ", target, ", and ",
                          occurrence.signaller == kNone ? "the thread that holds it"
                                                        : names.Thread(occurrence.signaller),
                          " ended without giving it back");
    case OccurrenceKind::kEndedHolding:
      return absl::StrCat(thread, " ended while it held ", target,
                          ": whoever asks for it waits for ever");
    case OccurrenceKind::kDestroyedHeld:
      return absl::StrCat(target, " was destroyed while ", thread, " held it");
  }
  return "";
}

}  // namespace selvage::lockgraph
