// Explorations whose schedules run in child processes.
//
// The parent runs no schedule. It forks a child, which is a copy of it and explores on from there,
// and tells of each schedule in a log that outlives it. When it has crashed, the parent counts
// what the log says, and the crash, and forks the next child for the schedules that follow. Faults
// are shrunk and explained in children of their own.

#include <utility>

#include "absl/strings/str_cat.h"
#include "selvage/harness/exploration.h"
#include "selvage/harness/report/user_frame.h"
#include "selvage/harness/schedule/random.h"
#include "selvage/harness/schedule/replay.h"
#include "selvage/harness/schedule/shrink.h"
#include "selvage/harness/schedule/token.h"

namespace selvage {

using isolation::Child;
using isolation::LastWords;
using isolation::RecordReader;
using isolation::RecordWriter;
using isolation::SharedMemory;
using schedule::Decision;
using schedule::Replay;

namespace {

// Each takes a process.
constexpr std::uint64_t kCrashShrinkRuns = 150;

enum class Message : std::uint8_t { kSchedule, kRestart, kEnd, kExplanation };

void PutFinding(RecordWriter& writer, const Finding& finding) {
  writer.Put(finding.kind);
  writer.PutText(finding.summary);
  writer.PutText(finding.details);
  writer.PutText(finding.trace);
  writer.PutText(finding.token);
}

Finding GetFinding(RecordReader& reader) {
  Finding finding;
  finding.kind = reader.Get<FindingKind>();
  finding.summary = reader.GetText();
  finding.details = reader.GetText();
  finding.trace = reader.GetText();
  finding.token = reader.GetText();
  return finding;
}

std::uint64_t HashOf(std::string_view text) {
  std::uint64_t hash = 0;
  for (const char c : text) {
    hash = schedule::SplitMix64::Mix(hash ^ static_cast<unsigned char>(c));
  }
  return hash;
}

}  // namespace

// --- The parent ---

void Exploration::RunIsolated() {
  ExploreInChildren();
  if (result_.coverage.empty()) result_.coverage = Coverage();
}

void Exploration::ExploreInChildren() {
  if (!Child::SingleThreaded()) {
    result_.error = "an isolated exploration forks, and this process has other threads";
    return;
  }
  child_ = std::make_unique<Child>();
  while (GoesOn()) {
    const auto ending = child_->Run([this](SharedMemory& shared) {
      BeginChild(shared);
      RunSchedulesAsChild();
    });
    child_is_done_ = false;
    ReadLog();
    if (ending == Child::Ending::kCrashed) {
      CountCrash();
      if (strategy_ == nullptr || strategy_->name().starts_with("exhaustive")) return;
    } else if (child_is_done_) {
      return;
    }
  }
}

void Exploration::ReadLog() {
  for (const std::string_view bytes : child_->shared().log.Records()) {
    RecordReader reader(bytes);
    switch (reader.Get<Message>()) {
      case Message::kSchedule: {
        ScheduleRecord record;
        record.steps = reader.Get<std::uint64_t>();
        record.races = reader.Get<std::uint64_t>();
        record.behaviour = reader.Get<std::uint64_t>();
        record.tasks = reader.Get<std::uint32_t>();
        for (auto left = reader.Get<std::size_t>(); left > 0; --left) {
          auto& entry = record.entries.emplace_back();
          entry.sighting = reader.Get<Sighting>();
          if (reader.Get<bool>()) entry.finding = GetFinding(reader);
        }
        record.decisions = reader.GetList<Decision>();
        record.settings = reader.Get<schedule::ScheduleSettings>();
        CountFromChild(record);
        break;
      }
      case Message::kRestart:
        ForgetResults();
        break;
      case Message::kEnd:
        child_is_done_ = reader.Get<bool>();
        result_.error = reader.GetText();
        result_.nondeterminism = reader.GetText();
        result_.exhausted = reader.Get<bool>();
        result_.preemption_bound = reader.Get<int>();
        result_.walked = reader.Get<std::uint64_t>();
        result_.walked_preemptions = reader.Get<int>();
        result_.lock_order = reader.GetText();
        result_.coverage = reader.GetText();
        result_.warnings.clear();
        for (auto left = reader.Get<std::size_t>(); left > 0; --left) {
          result_.warnings.push_back(reader.GetText());
        }
        result_.findings.clear();
        for (auto left = reader.Get<std::size_t>(); left > 0; --left) {
          result_.findings.push_back(GetFinding(reader));
        }
        break;
      case Message::kExplanation:
        break;
    }
  }
}

// "SIGSEGV in Work (file.cc:31)"
std::string Exploration::CrashSummary() {
  const report::Frame frame =
      report::FirstUserFrame(symbolizer_->ResolveStack(child_->shared().last_words.stack.span()));
  std::string summary = child_->crash();
  if (frame.function.empty()) return summary;
  absl::StrAppend(&summary, " in ", frame.function);
  if (frame.line != 0) absl::StrAppend(&summary, " (", report::ShortLocation(frame), ")");
  return summary;
}

void Exploration::CountCrash() {
  const runtime::Announcement& announcement = child_->shared().announcement;
  ScheduleRecord record;
  Finding finding;
  finding.kind = FindingKind::kCrash;
  finding.summary = CrashSummary();
  record.steps = announcement.operations;
  record.behaviour = HashOf(finding.summary);
  record.decisions = announcement.Decisions();
  record.entries.push_back(
      {.sighting = {.kind = FindingKind::kCrash, .key = HashOf(finding.summary)},
       .finding = std::move(finding)});
  record.settings = announcement.settings;
  CountFromChild(record);
}

// What the child has learnt goes with the schedule: the next child continues with it.
void Exploration::CountFromChild(const ScheduleRecord& record) {
  if (strategy_ == nullptr) {
    result_.schedules = 0;  // a replay is one schedule, however often it is tried
  } else {
    strategy_->BeginSchedule(0);  // of strategies that take turns, the next one's
  }
  settings_.shared_stack_begin = record.settings.shared_stack_begin;
  settings_.shared_stack_end = record.settings.shared_stack_end;
  scheduler_.set_settings(settings_);
  Count(record);
}

void Exploration::ExplainIsolated(Fault& fault) {
  if (fault.finding.kind == FindingKind::kCrash) return ExplainCrash(fault);
  const auto ending = child_->Run([&](SharedMemory& shared) {
    BeginChild(shared);
    Explain(fault);
    RecordWriter writer;
    writer.Put(Message::kExplanation);
    PutFinding(writer, fault.finding);
    writer.PutText(result_.nondeterminism);
    shared.log.Append(writer.bytes());
  });
  const auto records = child_->shared().log.Records();
  if (ending == Child::Ending::kCrashed || records.empty()) {
    // Shrinking or repeating it has crashed: what is known is the schedule as it was found.
    fault.finding.token = schedule::EncodeToken(
        {schedule::HashTestName(options_.name), fault.settings, fault.decisions});
    return;
  }
  RecordReader reader(records.front());
  reader.Get<Message>();
  Finding explained = GetFinding(reader);
  explained.schedules = fault.finding.schedules;
  explained.first_schedule = fault.finding.first_schedule;
  fault.finding = std::move(explained);
  result_.nondeterminism = reader.GetText();
}

// Whether a schedule of these decisions ends the process in the same way. What the child left
// behind is then in child_.
bool Exploration::CrashesAgain(const Fault& fault, const std::vector<Decision>& decisions,
                               bool lenient) {
  const auto ending = child_->Run([&](SharedMemory& shared) {
    BeginChild(shared);
    scheduler_.set_settings(fault.settings);
    Replay replay(decisions, lenient ? Replay::Mode::kLenient : Replay::Mode::kStrict);
    RunUnrecorded(replay, 0);
  });
  return ending == Child::Ending::kCrashed && HashOf(CrashSummary()) == fault.key;
}

void Exploration::ExplainCrash(Fault& fault) {
  if (options_.shrink && options_.replay.empty()) {
    const auto shrunk = schedule::Shrink(
        fault.decisions,
        [&](const std::vector<Decision>& candidate) -> std::optional<std::vector<Decision>> {
          if (!CrashesAgain(fault, candidate, /*lenient=*/true)) return std::nullopt;
          return child_->shared().announcement.Decisions();
        },
        schedule::ShrinkLimits{.max_runs = kCrashShrinkRuns});
    if (shrunk.reproduced) fault.decisions = shrunk.decisions;
  }
  fault.finding.token = schedule::EncodeToken(
      {schedule::HashTestName(options_.name), fault.settings, fault.decisions});
  if (!CrashesAgain(fault, fault.decisions, /*lenient=*/false)) {
    if (result_.nondeterminism.empty()) {
      result_.nondeterminism =
          absl::StrCat("a schedule that crashed, run again, did not crash in the same way: ",
                       fault.finding.summary);
    }
    return;
  }
  const LastWords words = child_->shared().last_words;
  const std::string what = child_->crash();
  const std::uint64_t operations = child_->shared().announcement.operations;
  child_->Run([&](SharedMemory& shared) {
    BeginChild(shared);
    NarrateCrash(fault, words, what, operations);
  });
  const auto records = child_->shared().log.Records();
  if (records.empty()) return;
  RecordReader reader(records.front());
  reader.Get<Message>();
  Finding narrated = GetFinding(reader);
  fault.finding.details = std::move(narrated.details);
  fault.finding.trace = std::move(narrated.trace);
}

// --- The child ---

void Exploration::BeginChild(SharedMemory& shared) {
  shared_ = &shared;
  scheduler_.set_announcement(&shared.announcement);
  StartWatchdog();
}

void Exploration::RunSchedulesAsChild() {
  RunSchedules();
  result_.coverage = Coverage();
  ConfirmCycles();
  result_.findings.clear();
  if (options_.lock_order) AnalyseLockOrder();
  TellOfInversions();
  WarnOfUnseenCode();
  RecordWriter writer;
  writer.Put(Message::kEnd);
  writer.Put(!shared_->log.nearly_full());
  writer.PutText(result_.error);
  writer.PutText(result_.nondeterminism);
  writer.Put(result_.exhausted);
  writer.Put(result_.preemption_bound);
  writer.Put(result_.walked);
  writer.Put(result_.walked_preemptions);
  writer.PutText(result_.lock_order);
  writer.PutText(result_.coverage);
  writer.Put(result_.warnings.size());
  for (const std::string& warning : result_.warnings) writer.PutText(warning);
  writer.Put(result_.findings.size());
  for (const Finding& finding : result_.findings) PutFinding(writer, finding);
  shared_->log.Append(writer.bytes());
}

void Exploration::TellOfSchedule(const ScheduleRecord& record) {
  RecordWriter writer;
  writer.Put(Message::kSchedule);
  writer.Put(record.steps);
  writer.Put(record.races);
  writer.Put(record.behaviour);
  writer.Put(record.tasks);
  writer.Put(record.entries.size());
  for (const ScheduleRecord::Entry& entry : record.entries) {
    writer.Put(entry.sighting);
    writer.Put(entry.finding.has_value());
    if (entry.finding) PutFinding(writer, *entry.finding);
  }
  writer.PutList(record.decisions);
  writer.Put(record.settings);
  shared_->log.Append(writer.bytes());
}

void Exploration::TellOfRestart() {
  RecordWriter writer;
  writer.Put(Message::kRestart);
  shared_->log.Append(writer.bytes());
}

// Runs the schedule up to the last operation before the crash, whose names and places can then be
// told by a process that lives.
void Exploration::NarrateCrash(const Fault& fault, const LastWords& words, const std::string& what,
                               std::uint64_t operations) {
  scheduler_.set_settings(fault.settings);
  scheduler_.set_capture_stacks(true);
  scheduler_.set_stop_after(operations);
  Replay replay(fault.decisions, Replay::Mode::kStrict);
  RunUnrecorded(replay, 0);
  if (scheduler_.trace().entries.empty()) return;
  Finding finding;
  absl::StrAppend(&finding.details, "  in ",
                  narrator_.TaskName(scheduler_.trace().entries.back().op.task), "\n",
                  narrator_.Stack(words.stack.span(), 4));
  if (words.freed.depth > 0) {
    absl::StrAppend(&finding.details, "  the memory was released at\n",
                    narrator_.Stack(words.freed.span(), 4));
  }
  if (words.allocated.depth > 0) {
    absl::StrAppend(&finding.details, "  and allocated at\n",
                    narrator_.Stack(words.allocated.span(), 4));
  }
  const std::string place = narrator_.Place(words.stack.span(), 0);
  finding.trace = report::TraceText(narrator_, kMostTraceRows,
                                    absl::StrCat(what, place.empty() ? "" : "  ", place));
  RecordWriter writer;
  writer.Put(Message::kExplanation);
  PutFinding(writer, finding);
  shared_->log.Append(writer.bytes());
}

}  // namespace selvage
