// From the recorder's records to a graph without addresses.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "selvage/harness/lockgraph/declaration.h"
#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/slow_scope.h"
#include "selvage/harness/report/borrowed_symbolizer.h"
#include "selvage/harness/report/user_frame.h"

namespace selvage::lockgraph {
namespace {

std::string PathOf(const ThreadRecord& thread) {
  if (thread.parent == nullptr) return absl::StrCat(thread.child_index);
  return absl::StrCat(PathOf(*thread.parent), ".", thread.child_index);
}

SourceFrame Plain(const report::Frame& frame) {
  return SourceFrame{frame.function, frame.file, frame.line};
}

std::string Text(const char* text) { return text == nullptr ? std::string() : std::string(text); }

}  // namespace

class Snapshotter {
 public:
  Snapshotter(Recorder& recorder, const Recorder::Resolver& resolve, report::Symbolizer* symbolizer)
      : recorder_(recorder), resolve_(resolve), declarations_(origins_, symbolizer) {}

  RecordedGraph Take(const std::string& run_name) {
    Run run;
    run.name = run_name;
    if (recorder_.runs_ == Recorder::Runs::kRepeated) test_ = run_name;
    run.schedules = std::max<std::uint64_t>(1, recorder_.run_count_);
    run.clocks_dropped = recorder_.clocks_dropped_;
    run.dependencies_dropped = recorder_.dependencies_dropped_;
    graph_.runs.push_back(run);
    graph_.locks_seen = recorder_.lock_count_;
    std::vector<ThreadRecord*> threads;
    {
      runtime::SpinLockHolder guard(recorder_.lock_);
      for (OriginRecord* origin : recorder_.origins_) origins_.push_back(origin);
      for (ThreadRecord* thread : recorder_.threads_) threads.push_back(thread);
    }
    ChooseRun(threads);
    for (ThreadRecord* thread : threads) AddThread(*thread);
    for (ThreadRecord* thread : threads) AddEvents(*thread);
    {
      runtime::SpinLockHolder guard(recorder_.lock_);
      for (const auto& occurrence : recorder_.occurrences_) AddOccurrence(occurrence);
    }
    AddHoldStacks();
    Identify();
    Canonicalise(graph_);
    return std::move(graph_);
  }

 private:
  // By index: a thread's index in the graph is its record's, until Canonicalise().
  void AddThread(ThreadRecord& from) {
    runtime::SpinLockHolder guard(recorder_.lock_);
    Thread thread;
    thread.path = PathOf(from);
    thread.name = Text(from.name);
    thread.spawned_at = Site(from.spawn_site, from.spawn_stack);
    thread.spawn_stack = AddStack(from.spawn_stack);
    thread.forked_at = from.forked_at;
    if (from.parent != nullptr) thread.parent = from.parent->index;
    // Joined in each run that it was seen in, and by the same thread.
    if (from.joiner != nullptr && !from.join_varies && from.joined_run == from.run) {
      thread.joiner = from.joiner->index;
      thread.joined_at = from.joined_at;
    }
    for (const CoverRecord& cover : *from.covers) {
      thread.covers.push_back(Cover{LockOf(*cover.record), cover.mode, cover.holder->index});
    }
    from.passages->ForEach([&](const PassageRecord& passage) {
      // It came by in each run, and no later than here.
      if (passage.runs != from.runs) return;
      thread.passages.push_back(Passage{LockOf(*passage.once), passage.from});
    });
    graph_.threads.push_back(std::move(thread));
  }

  void AddEvents(ThreadRecord& from) {
    runtime::SpinLockHolder guard(from.lock);
    std::unordered_map<const DependencyRecord*, std::uint64_t> uncounted;
    if (from.context != nullptr) {
      for (auto& entry : from.context->cache_) {
        if (entry.dependency == nullptr) continue;
        uncounted[entry.dependency] += std::atomic_ref(entry.count).load(std::memory_order_relaxed);
      }
    }
    FindWrappedSites(from);
    from.dependencies->ForEach([&](DependencyRecord& record) {
      if (DependsOnVarying(record) && IsOfOtherRuns(record.runs)) return;
      if (record.kind == RequestKind::kTry && !BacksOff(record.site, record.stack)) return;
      Dependency dependency;
      dependency.thread = from.index;
      AddHeld(from, record, dependency.held);
      dependency.target = LockOf(*record.target);
      dependency.mode = record.mode;
      dependency.kind = Waits(record.kind);
      dependency.fresh = IsUnknown(*record.target, record.fresh);
      dependency.site = Site(record.site, record.stack);
      dependency.stack = AddStack(record.stack);
      dependency.count = record.count;
      if (const auto found = uncounted.find(&record); found != uncounted.end()) {
        dependency.count += found->second;
      }
      for (std::uint32_t i = 0; i < record.moment_count; ++i) {
        const MomentRecord& moment = record.moments[i];
        dependency.moments.push_back(
            Moment{0, moment.strong, moment.observed, ClockOf(moment.clock)});
      }
      graph_.runs[0].moments_dropped += record.moments_dropped;
      graph_.dependencies.push_back(std::move(dependency));
    });
    from.touches->ForEach([&](TouchRecord& record) {
      // Of a lock that is gone, and took part in nothing.
      if (record.id != record.record->id) return;
      if (Varies(*record.record) && IsOfOtherRuns(record.runs)) return;
      if (record.kind == RequestKind::kTry && !BacksOff(record.site, record.stack)) return;
      Touch touch;
      touch.thread = from.index;
      touch.lock = LockOf(*record.record);
      touch.mode = record.mode;
      touch.kind = Waits(record.kind);
      touch.bare = record.bare;
      touch.at = record.at;
      touch.site = Site(record.site, record.own_stack ? record.stack : nullptr);
      touch.stack = AddStack(record.stack);
      for (std::uint32_t i = 0; i < record.moment_count; ++i) {
        const MomentRecord& moment = record.moments[i];
        touch.moments.push_back(Moment{0, moment.strong, moment.observed, ClockOf(moment.clock)});
      }
      graph_.touches.push_back(std::move(touch));
    });
    from.signals->ForEach([&](SignalRecord& record) {
      if (Varies(*record.record) && IsOfOtherRuns(record.runs)) return;
      graph_.signals.push_back(Signal{.thread = from.index,
                                      .object = LockOf(*record.record),
                                      .before = record.before,
                                      .site = Site(record.site, record.stack),
                                      .stack = AddStack(record.stack),
                                      .count = record.count});
    });
  }

  // Whether it may stand for several locks.
  bool Varies(const LockRecord& lock) const {
    return lock.first_used && recorder_.first_uses_vary_[MetKind(lock.origin->properties.kind)];
  }
  bool DependsOnVarying(DependencyRecord& record) const {
    bool found = Varies(*record.target);
    for (std::uint32_t i = 0; i < record.held_count; ++i) {
      found |= Varies(*record.held()[i].record);
    }
    return found;
  }

  // Where records may stand for several locks, only what was met in one run is told of them: in the
  // one that has most.
  void ChooseRun(const std::vector<ThreadRecord*>& threads) {
    if (!recorder_.first_uses_vary_[0] && !recorder_.first_uses_vary_[1]) return;
    std::array<std::uint64_t, kRunsTold> met = {};
    for (ThreadRecord* thread : threads) {
      runtime::SpinLockHolder guard(thread->lock);
      thread->dependencies->ForEach([&](DependencyRecord& record) {
        if (!DependsOnVarying(record)) return;
        for (std::uint32_t run = 0; run < kRunsTold; ++run) met[run] += record.runs >> run & 1;
      });
    }
    chosen_ = std::uint64_t{1} << (std::max_element(met.begin(), met.end()) - met.begin());
  }
  bool IsOfOtherRuns(std::uint64_t runs) const { return chosen_ && (runs & *chosen_) == 0; }

  // Whether a try was made by std::lock, which would have let go of its other locks and waited for
  // this one if that had failed. Without any names of functions, every one may have been.
  bool BacksOff(std::uintptr_t site, StackRecord* stack) {
    const auto [found, added] = backs_off_.try_emplace({site, stack}, true);
    if (!added) return found->second;
    std::vector<report::Frame> frames = Resolved(site);
    for (std::uint32_t i = 0; stack != nullptr && i < stack->size; ++i) {
      const auto& resolved = Resolved(stack->pcs()[i]);
      frames.insert(frames.end(), resolved.begin(), resolved.end());
    }
    const bool known = std::any_of(frames.begin(), frames.end(),
                                   [](const auto& frame) { return !frame.function.empty(); });
    return found->second = !known || report::IsTryOfStdLock(frames);
  }
  static RequestKind Waits(RequestKind kind) {
    return kind == RequestKind::kTry ? RequestKind::kBlocking : kind;
  }

  void AddOccurrence(const Recorder::OccurrenceRecord& from) {
    Occurrence occurrence;
    occurrence.kind = from.kind;
    for (std::size_t i = 0; i < from.requests.size(); ++i) {
      DependencyRecord& request = *from.requests[i];
      OccurrencePart part;
      part.thread = from.threads[i]->index;
      part.target = LockOf(*request.target);
      part.mode = request.mode;
      part.site = Site(request.site, request.stack);
      part.stack = AddStack(request.stack);
      AddHeld(*from.threads[i], request, part.held);
      occurrence.parts.push_back(std::move(part));
    }
    if (from.signaller != nullptr) occurrence.signaller = from.signaller->index;
    occurrence.signal_site = Site(from.signal_site, nullptr);
    graph_.occurrences.push_back(std::move(occurrence));
  }

  void AddHeld(const ThreadRecord& thread, DependencyRecord& record, std::vector<HeldLock>& held) {
    for (std::uint32_t i = 0; i < record.held_count; ++i) {
      const DependencyRecord::HeldLock& one = record.held()[i];
      StackRecord* stack = nullptr;
      if (const auto found = wrapped_.find({&thread, one.record, one.site});
          found != wrapped_.end()) {
        stack = found->second;
      }
      held.push_back(HeldLock{LockOf(*one.record), one.mode, IsUnknown(*one.record, one.fresh),
                              Site(one.site, stack), kNone});
    }
  }

  // Where no code of the user is at the site, it is in a function that was called to take the lock,
  // such as std::lock_guard's constructor in a build that inlines nothing. Who called that, a stack
  // knows that was captured when the thread asked for the same lock there.
  void FindWrappedSites(ThreadRecord& from) {
    const auto add = [&](const LockRecord& lock, std::uintptr_t site, StackRecord* stack) {
      if (stack == nullptr || Site(site, nullptr) != kNone) return;
      wrapped_.try_emplace({&from, &lock, site}, stack);
    };
    from.dependencies->ForEach(
        [&](DependencyRecord& record) { add(*record.target, record.site, record.stack); });
    from.touches->ForEach([&](TouchRecord& record) {
      if (record.own_stack) add(*record.record, record.site, record.stack);
    });
  }

  // Whether nobody but its maker could know the lock, which had published nothing since.
  static bool IsUnknown(const LockRecord& record, bool fresh) {
    return fresh && record.publication.state != Publication::State::kUnseen;
  }

  LockIndex LockOf(const LockRecord& record) {
    const auto [found, added] =
        locks_.try_emplace(&record, static_cast<LockIndex>(graph_.locks.size()));
    if (added) {
      Lock lock;
      lock.creator = record.creator == nullptr ? "-" : PathOf(*record.creator);
      // Another run may use another lock first.
      if (record.first_used) {
        lock.creator = absl::StrCat(kFirstUsedBy, lock.creator, " in recording ", getpid(), ".",
                                    recorder_.number_);
      }
      lock.permits = record.permits;
      lock.signalled = record.signalled.load(std::memory_order_relaxed);
      if (record.thread != nullptr) lock.thread = record.thread->index;
      graph_.locks.push_back(std::move(lock));
      records_.push_back(&record);
    }
    return found->second;
  }

  // What each lock is: its class, and which one of that class.
  void Identify() {
    for (LockIndex i = 0; i < graph_.locks.size(); ++i) {
      const LockRecord& record = *records_[i];
      const Origin& origin = OriginOf(*record.origin);
      Lock& lock = graph_.locks[i];
      lock.lock_class = origin.lock_class;
      lock.object = origin.object;
      lock.made = origin.made;
      lock.ordinal = record.ordinal;
      lock.age = record.age;
      lock.siblings = Siblings(record);
      if (record.creator != nullptr && record.thread == nullptr) lock.test = test_;
    }
    NumberApart();
  }

  // How many locks the creator of `record` has made of its origin.
  std::uint32_t Siblings(const LockRecord& record) {
    if (record.thread != nullptr) return 1;
    runtime::SpinLockHolder guard(recorder_.lock_);
    if (record.creator == nullptr) return record.origin->outside;
    const CreatedRecord* created = record.creator->created->Find(
        Spread(record.origin->index), [](const CreatedRecord&) { return true; });
    return created == nullptr ? 1 : created->most;
  }

  // Where the code is not known well enough, several origins look like one; their locks are several
  // all the same.
  void NumberApart() {
    std::map<std::tuple<ClassIndex, StackIndex, std::string>, std::vector<const OriginRecord*>>
        alike;
    for (const auto& [record, origin] : known_origins_) {
      alike[{origin.lock_class, origin.made, origin.object}].push_back(record);
    }
    std::unordered_map<const OriginRecord*, std::pair<std::uint32_t, std::uint32_t>> ranks;
    for (auto& [key, records] : alike) {
      std::sort(records.begin(), records.end(), [](const auto* a, const auto* b) {
        return std::tie(a->variable, a->index) < std::tie(b->variable, b->index);
      });
      for (std::uint32_t i = 0; i < records.size(); ++i) {
        ranks[records[i]] = {i, static_cast<std::uint32_t>(records.size())};
      }
    }
    for (LockIndex i = 0; i < graph_.locks.size(); ++i) {
      const auto [rank, of] = ranks[records_[i]->origin];
      graph_.locks[i].ordinal = graph_.locks[i].ordinal * of + rank;
      graph_.locks[i].siblings *= of;
    }
  }

  struct Origin {
    ClassIndex lock_class = 0;
    StackIndex made = kNone;
    std::string object;
  };

  const Origin& OriginOf(OriginRecord& record) {
    const auto [found, added] = known_origins_.try_emplace(&record);
    if (!added) return found->second;
    Declaration declared = declarations_.Of(record);
    LockClass lock_class{.type = record.type,
                         .name = Text(record.name),
                         .scope = std::move(declared.scope),
                         .variable = std::move(declared.variable),
                         .member = declared.member,
                         .file = std::move(declared.file),
                         .line = declared.line,
                         .column = declared.column,
                         .made_file = {},
                         .made_line = 0,
                         .kind = record.properties.kind,
                         .recursive = record.properties.recursive,
                         .reader_preference = record.properties.reader_preference};
    if (lock_class.file != record.made_at.file || lock_class.line != record.made_at.line) {
      lock_class.made_file = record.made_at.file;
      lock_class.made_line = record.made_at.line;
    }
    found->second.object = std::move(declared.object);
    found->second.made = AddStack(record.stack);
    found->second.lock_class = AddClass(std::move(lock_class));
    return found->second;
  }

  ClassIndex AddClass(LockClass c) {
    const auto [found, added] =
        classes_.try_emplace(std::tuple(c.type, c.name, c.scope, c.variable, c.file, c.line,
                                        c.column, c.made_file, c.made_line),
                             static_cast<ClassIndex>(graph_.classes.size()));
    if (added) graph_.classes.push_back(std::move(c));
    return found->second;
  }

  ClockIndex ClockOf(ClockRecord* record) {
    if (record == nullptr) return kNone;
    const auto [found, added] =
        clocks_.try_emplace(record, static_cast<ClockIndex>(graph_.clocks.size()));
    if (added) {
      Clock clock;
      for (std::uint32_t i = 0; i < record->size; ++i) {
        const ClockRecord::Entry& entry = record->entries()[i];
        clock.push_back(ClockEntry{entry.thread, static_cast<std::uint32_t>(entry.position >> 32),
                                   static_cast<std::uint32_t>(entry.position)});
      }
      graph_.clocks.push_back(std::move(clock));
    }
    return found->second;
  }

  FrameIndex AddFrame(const SourceFrame& frame) {
    const auto [found, added] =
        frames_.try_emplace(absl::StrCat(frame.function, "\n", frame.file, "\n", frame.line),
                            static_cast<FrameIndex>(graph_.frames.size()));
    if (added) graph_.frames.push_back(frame);
    return found->second;
  }

  const std::vector<report::Frame>& Resolved(std::uintptr_t pc) {
    const auto [found, added] = resolved_.try_emplace(pc);
    if (added) found->second = resolve_(pc);
    return found->second;
  }

  // The user's code at `pc`; where there is none, the innermost one on `stack`, which may be null.
  FrameIndex Site(std::uintptr_t pc, StackRecord* stack) {
    if (pc == 0) return kNone;
    FrameIndex site = UserFrame(pc);
    if (stack == nullptr) return site;
    for (std::uint32_t i = 0; site == kNone && i < stack->size; ++i) {
      site = UserFrame(stack->pcs()[i]);
    }
    return site;
  }

  FrameIndex UserFrame(std::uintptr_t pc) {
    const auto [found, added] = sites_.try_emplace(pc, kNone);
    if (added) {
      const SourceFrame frame = Plain(report::FirstUserFrame(Resolved(pc)));
      if (frame != SourceFrame()) found->second = AddFrame(frame);
    }
    return found->second;
  }

  // From the innermost frame of the user's code outwards; all of it, if there is none.
  StackIndex AddStack(StackRecord* record) {
    if (record == nullptr || record->size == 0) return kNone;
    const auto [found, added] =
        stacks_.try_emplace(record, static_cast<StackIndex>(graph_.stacks.size()));
    if (!added) return found->second;
    std::vector<report::Frame> frames;
    for (std::uint32_t i = 0; i < record->size; ++i) {
      const auto& resolved = Resolved(record->pcs()[i]);
      frames.insert(frames.end(), resolved.begin(), resolved.end());
    }
    auto first = std::find_if(frames.begin(), frames.end(), report::IsUserFrame);
    if (first == frames.end()) first = frames.begin();
    Stack stack;
    for (; first != frames.end(); ++first) stack.push_back(AddFrame(Plain(*first)));
    // What looks alike is one: it is by this that locks are told apart.
    const auto [alike, is_new] = stacks_by_content_.try_emplace(stack, found->second);
    if (is_new) {
      graph_.stacks.push_back(std::move(stack));
    } else {
      found->second = alike->second;
    }
    return found->second;
  }

  // Where a held lock was taken is known as one address. Its whole stack is that of the dependency
  // or touch that was recorded at that place; better, while the function that took it is still
  // active at the request: what the request's stack has from there outwards, which is exact.
  void AddHoldStacks() {
    std::unordered_map<std::uint64_t, StackIndex> taken;
    const auto key = [](ThreadIndex thread, FrameIndex site) {
      return std::uint64_t{thread} << 32 | site;
    };
    for (const Dependency& d : graph_.dependencies)
      taken.try_emplace(key(d.thread, d.site), d.stack);
    for (const Touch& t : graph_.touches) taken.try_emplace(key(t.thread, t.site), t.stack);
    std::unordered_map<std::uint64_t, StackIndex> cut;
    const auto complete = [&](ThreadIndex thread, StackIndex request, HeldLock& held) {
      if (held.site == kNone) return;
      if (request != kNone) {
        const auto [found, added] = cut.try_emplace(key(held.site, request), kNone);
        if (added) found->second = Outwards(held.site, request);
        held.stack = found->second;
      }
      if (held.stack != kNone) return;
      const auto found = taken.find(key(thread, held.site));
      if (found != taken.end()) held.stack = found->second;
    };
    for (Dependency& d : graph_.dependencies) {
      for (HeldLock& held : d.held) complete(d.thread, d.stack, held);
    }
    for (Occurrence& occurrence : graph_.occurrences) {
      for (OccurrencePart& part : occurrence.parts) {
        for (HeldLock& held : part.held) complete(part.thread, part.stack, held);
      }
    }
  }

  StackIndex Outwards(FrameIndex site, StackIndex request) {
    const SourceFrame& taken = graph_.frames[site];
    if (taken.function.empty()) return kNone;
    const Stack& active = graph_.stacks[request];
    for (std::size_t i = 0; i < active.size(); ++i) {
      const SourceFrame& frame = graph_.frames[active[i]];
      if (frame.function != taken.function || frame.file != taken.file) continue;
      Stack stack(active.begin() + static_cast<std::ptrdiff_t>(i), active.end());
      stack.front() = site;
      graph_.stacks.push_back(std::move(stack));
      return static_cast<StackIndex>(graph_.stacks.size() - 1);
    }
    return kNone;
  }

  Recorder& recorder_;
  const Recorder::Resolver& resolve_;
  std::vector<OriginRecord*> origins_;
  Declarations declarations_;
  std::string test_;                     // whose schedules were recorded
  std::optional<std::uint64_t> chosen_;  // RunBit() of the only run told of; nothing: all are
  RecordedGraph graph_;
  std::vector<const LockRecord*> records_;  // of the locks of the graph
  std::unordered_map<const OriginRecord*, Origin> known_origins_;
  std::map<std::tuple<std::string, std::string, std::string, std::string, std::string, unsigned,
                      unsigned, std::string, unsigned>,
           ClassIndex>
      classes_;
  std::unordered_map<const LockRecord*, LockIndex> locks_;
  std::unordered_map<const ClockRecord*, ClockIndex> clocks_;
  std::unordered_map<const StackRecord*, StackIndex> stacks_;
  std::map<Stack, StackIndex> stacks_by_content_;
  std::unordered_map<std::string, FrameIndex> frames_;
  std::unordered_map<std::uintptr_t, std::vector<report::Frame>> resolved_;
  std::unordered_map<std::uintptr_t, FrameIndex> sites_;
  std::map<std::pair<std::uintptr_t, const StackRecord*>, bool> backs_off_;
  std::map<std::tuple<const ThreadRecord*, const LockRecord*, std::uintptr_t>, StackRecord*>
      wrapped_;
};

RecordedGraph Recorder::Snapshot(const Resolver& resolve, const std::string& run_name,
                                 report::Symbolizer* declarations) {
  const SlowScope inside;
  NoteLostWakeups();
  return Snapshotter(*this, resolve, declarations).Take(run_name);
}

RecordedGraph Recorder::Snapshot(const std::string& run_name) {
  const SlowScope inside;
  const report::BorrowedSymbolizer symbolizer;
  return Snapshot([&](std::uintptr_t pc) { return symbolizer->Resolve(pc); }, run_name,
                  &*symbolizer);
}

}  // namespace selvage::lockgraph
