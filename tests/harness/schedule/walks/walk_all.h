// Runs a body under all schedules that a strategy walks through, and says what they were like.
#ifndef SELVAGE_TESTS_HARNESS_SCHEDULE_WALKS_WALK_ALL_H_
#define SELVAGE_TESTS_HARNESS_SCHEDULE_WALKS_WALK_ALL_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/runtime/steps.h"
#include "selvage/harness/schedule/dpor.h"
#include "selvage/harness/schedule/exhaustive.h"
#include "selvage/harness/schedule/happens_before.h"
#include "selvage/harness/schedule/settings.h"
#include "selvage/harness/tsan/race.h"

namespace selvage::schedule {

// The plain walk, which needs to know nothing of what steps touch, and has it written down.
class PlainWalk : public Exhaustive {
 public:
  runtime::StepLog* steps() override { return &log_; }

 private:
  runtime::StepLog log_;
};

// A walk, and what is needed to tell its schedules apart.
template <typename Base>
class Watched : public Base {
 public:
  void BeginSchedule(std::uint64_t seed) override {
    spawned_by_.clear();
    values_.clear();
    Base::BeginSchedule(seed);
  }
  std::uint32_t NextValue(ValueKind kind, std::uint32_t bound) override {
    const std::uint32_t value = Base::NextValue(kind, bound);
    const tsan::IgnoreScope unseen;
    values_.emplace_back(this->steps()->size(), value);
    return value;
  }
  void TaskSpawned(const runtime::Task* parent, const runtime::Task& child) override {
    spawned_by_.push_back(parent == nullptr ? std::nullopt
                                            : std::optional(this->steps()->size() - 1));
    Base::TaskSpawned(parent, child);
  }

  // The same for schedules that differ only in the order of steps that do not conflict, and for no
  // others.
  std::string Class(const runtime::Trace& trace) {
    const runtime::StepLog& log = *this->steps();
    std::vector<const runtime::TraceEntry*> entries;
    for (const runtime::TraceEntry& entry : trace.entries) {
      if (entry.op.kind != runtime::OpKind::kEnd) entries.push_back(&entry);
    }
    HappensBefore order;
    order.Begin(log, spawned_by_);
    std::vector<std::string> steps;
    std::size_t value = 0;
    for (std::size_t i = 0; i < log.size(); ++i) {
      order.AddStep();
      std::string step = std::to_string(static_cast<std::uint32_t>(log.step(i).task)) + ":";
      for (const std::uint32_t clock : order.clock()) step += std::to_string(clock) + ",";
      step += std::to_string(static_cast<int>(entries[i]->op.kind));
      step += entries[i]->timed_out ? "t" : "";
      for (; value < values_.size() && values_[value].first == i + 1; ++value) {
        step += "=" + std::to_string(values_[value].second);
      }
      steps.push_back(step);
    }
    std::sort(steps.begin(), steps.end());
    std::string all;
    for (const std::string& step : steps) all += step + " ";
    return all;
  }

 private:
  std::vector<std::optional<std::size_t>> spawned_by_;
  std::vector<std::pair<std::size_t, std::uint32_t>> values_;
};

struct Walked {
  std::set<std::string> behaviours;  // what each schedule has shown
  std::set<std::string> classes;
  std::uint64_t schedules = 0;
  std::uint64_t walked = 0;  // without repeats
  std::uint64_t repeats = 0;
  bool complete = false;
  bool doubtful = false;
  std::string nondeterminism;
};

struct Body {
  std::function<void()> run;
  // What the schedule that ran last has shown, besides how it ended.
  std::function<std::string()> result = [] { return std::string(); };
};

inline ScheduleSettings TestSettings() {
  ScheduleSettings settings;
  settings.max_steps = 2'000;
  settings.spurious_wakeups = 0;
  settings.early_timeouts = false;
  return settings;
}

template <typename Base>
Walked WalkAll(const Body& body, const ScheduleSettings& settings = TestSettings(),
               std::uint64_t most = 100'000) {
  runtime::Scheduler scheduler(settings, 256 * 1024);
  tsan::RaceCollector races;
  scheduler.set_race_collector(&races);
  Watched<Base> strategy;
  Walked walked;
  while (!strategy.walk()->done && walked.schedules < most) {
    const runtime::Outcome outcome =
        scheduler.Run({.run = [](void* it) { static_cast<const Body*>(it)->run(); },
                       .argument = const_cast<Body*>(&body)},
                      strategy, 0);
    if (strategy.walk()->nondeterminism) break;
    ++walked.schedules;
    std::string behaviour = std::to_string(static_cast<int>(outcome)) + " " + body.result();
    std::vector<std::string> incidents;
    for (const runtime::Incident& incident : scheduler.incidents()) {
      incidents.push_back(incident.message);
    }
    std::sort(incidents.begin(), incidents.end());
    for (const std::string& incident : incidents) behaviour += " | " + incident;
    walked.behaviours.insert(behaviour);
    walked.classes.insert(strategy.Class(scheduler.trace()));
  }
  const WalkProgress progress = *strategy.walk();
  walked.walked = progress.walked;
  walked.repeats = progress.repeats;
  walked.complete = progress.complete;
  walked.doubtful = progress.doubtful;
  walked.nondeterminism = progress.nondeterminism.value_or("");
  return walked;
}

}  // namespace selvage::schedule

#endif  // SELVAGE_TESTS_HARNESS_SCHEDULE_WALKS_WALK_ALL_H_
