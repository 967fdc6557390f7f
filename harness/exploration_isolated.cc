// Explorations whose schedules run in child processes.
//
// The parent runs no schedule. It forks a child, which is a copy of it and explores on from there,
// and tells of each schedule in a log that outlives it. When it has crashed, the parent counts
// what the log says, and the crash, and forks the next child for the schedules that follow. Faults
// are shrunk and explained in children of their own.

#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "selvage/harness/exploration.h"
#include "selvage/harness/hash.h"
#include "selvage/harness/output/silence.h"
#include "selvage/harness/report/user_frame.h"
#include "selvage/harness/runtime/exception_text.h"
#include "selvage/harness/schedule/replay.h"
#include "selvage/harness/schedule/shrink.h"
#include "selvage/harness/schedule/token.h"

namespace selvage {

using isolation::Child;
using isolation::LastWords;
using isolation::SharedMemory;
using schedule::Decision;
using schedule::Replay;

namespace {

// Each takes a process.
constexpr std::uint64_t kCrashShrinkRuns = 150;

// What the schedule has said that is about to end the process.
void TellOutput(void*) {
  output::Break();
  output::TellWhatWasSaid(output::Buffered::kIsLost);
}

enum class Message : std::uint8_t { kSchedule, kBeforeCrash, kRestart, kEnd, kExplanation };

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

void PutEnd(RecordWriter& writer, bool is_done, const Result& result) {
  writer.Put(Message::kEnd);
  writer.Put(is_done);
  writer.PutText(result.error);
  writer.PutText(result.nondeterminism);
  writer.Put(result.exhausted);
  writer.Put(result.preemption_bound);
  writer.Put(result.walked);
  writer.Put(result.walked_preemptions);
  writer.PutText(result.lock_order);
  writer.PutText(result.coverage);
  writer.Put(result.uncontrolled.size());
  for (const std::string& what : result.uncontrolled) writer.PutText(what);
  writer.Put(result.warnings.size());
  for (const std::string& warning : result.warnings) writer.PutText(warning);
  writer.Put(result.findings.size());
  for (const Finding& finding : result.findings) PutFinding(writer, finding);
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
      ExploreAsChild();
    });
    child_is_done_ = false;
    before_crash_.clear();
    ReadLog();
    if (const std::string_view learnt = child_->shared().learnt.Get(); !learnt.empty()) {
      strategy_->Learn(learnt);
    }
    if (ending == Child::Ending::kCrashed) {
      CountCrash();
      if (strategy_ == nullptr || Walks()) return;
    } else if (child_is_done_) {
      return;
    }
  }
}

void Exploration::ReadLog() {
  for (const std::string_view bytes : child_->shared().log.Records()) {
    RecordReader reader(bytes);
    const auto read_entries = [&reader](std::vector<ScheduleRecord::Entry>& entries) {
      for (auto left = reader.Get<std::size_t>(); left > 0; --left) {
        auto& entry = entries.emplace_back();
        entry.sighting = reader.Get<Sighting>();
        if (reader.Get<bool>()) entry.finding = GetFinding(reader);
      }
    };
    switch (reader.Get<Message>()) {
      case Message::kSchedule: {
        ScheduleRecord record;
        record.steps = reader.Get<std::uint64_t>();
        record.races = reader.Get<std::uint64_t>();
        record.behaviour = reader.Get<std::uint64_t>();
        record.tasks = reader.Get<std::uint32_t>();
        read_entries(record.entries);
        record.decisions = reader.GetList<Decision>();
        record.settings = reader.Get<schedule::ScheduleSettings>();
        CountFromChild(record);
        break;
      }
      case Message::kBeforeCrash:
        read_entries(before_crash_);
        break;
      case Message::kRestart:
        behaviours_ = Behaviours{};
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
        result_.uncontrolled.clear();
        for (auto left = reader.Get<std::size_t>(); left > 0; --left) {
          result_.uncontrolled.push_back(reader.GetText());
        }
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
  const LastWords words = child_->shared().last_words;
  const std::string what = child_->crash();
  ScheduleRecord record;
  Finding finding;
  finding.kind = words.stuck ? FindingKind::kStuck : FindingKind::kCrash;
  finding.summary = CrashSummary();
  record.steps = announcement.operations;
  record.behaviour = HashText(0, finding.summary);
  record.decisions = announcement.Decisions();
  record.tasks = announcement.tasks;
  record.ended_after = announcement.operations;
  record.entries = std::move(before_crash_);
  const Sighting sighting{.kind = finding.kind, .key = HashText(0, finding.summary)};
  const bool is_new_stuck_task = words.stuck && FindFault(sighting) == nullptr;
  record.entries.push_back({.sighting = sighting, .finding = std::move(finding)});
  record.settings = announcement.settings;
  if (strategy_ != nullptr) {
    strategy_->BeginSchedule(0);
    strategy_->EndSchedule({.steps = announcement.operations,
                            .tasks = announcement.tasks,
                            .choices = announcement.choices,
                            .failed = true});
  }
  CountFromChild(record);
  if (!is_new_stuck_task) return;
  // To have it stuck again would take as long as it took now.
  if (Fault* fault = FindFault(sighting)) {
    NarrateInChild(*fault, words, what, *record.ended_after);
  }
}

// What the child has learnt goes with the schedule: the next child continues with it.
void Exploration::CountFromChild(const ScheduleRecord& record) {
  if (strategy_ == nullptr) result_.schedules = 0;  // a replay is one, however often it is tried
  settings_.shared_stack_begin = record.settings.shared_stack_begin;
  settings_.shared_stack_end = record.settings.shared_stack_end;
  scheduler_.set_settings(settings_);
  Count(record);
}

void Exploration::ExplainIsolated(Fault& fault) {
  if (fault.finding.kind == FindingKind::kCrash) return ExplainCrash(fault);
  if (fault.ended_after) {
    // Whoever repeats it dies of it. What it showed before was described then.
    fault.finding.token = schedule::EncodeToken(
        {schedule::HashTestName(options_.name), fault.settings, fault.decisions});
    if (fault.finding.kind != FindingKind::kStuck) {
      const std::string details = std::move(fault.finding.details);
      NarrateInChild(fault, LastWords{}, "a crash", *fault.ended_after);
      fault.finding.details = details;
    }
    return;
  }
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
    if (std::exchange(shows_output_, false)) isolation::AlsoSayBeforeTheEnd({.say = &TellOutput});
    Replay replay(decisions, lenient ? Replay::Mode::kLenient : Replay::Mode::kStrict);
    RunUnrecorded(replay, 0);
  });
  return ending == Child::Ending::kCrashed && HashText(0, CrashSummary()) == fault.first.key;
}

void Exploration::ExplainCrash(Fault& fault) {
  if (MayShrink()) {
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
  shows_output_ = true;
  const bool crashes = CrashesAgain(fault, fault.decisions, /*lenient=*/false);
  shows_output_ = false;
  if (!crashes) {
    if (fault.finding.kind == FindingKind::kCrash && fault.finding.summary.starts_with("SIG")) {
      // A wrong access does what it finds in memory, and another process finds something else.
      fault.finding.details =
          "  run again, the schedule did not crash in the same way: that depends on what lies in "
          "memory, as after a use of what was freed; AddressSanitizer says which it was\n";
    } else if (result_.nondeterminism.empty()) {
      result_.nondeterminism =
          absl::StrCat("a schedule that crashed, run again, did not crash in the same way: ",
                       fault.finding.summary);
    }
    return;
  }
  const LastWords words = child_->shared().last_words;
  const std::string what = child_->crash();
  NarrateInChild(fault, words, what, child_->shared().announcement.operations);
}

// Fills in details and trace.
void Exploration::NarrateInChild(Fault& fault, const LastWords& words, const std::string& what,
                                 std::uint64_t operations) {
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

// No exception leaves the child.
void Exploration::ExploreAsChild() {
  isolation::AlsoSayBeforeTheEnd(
      {.say = [](void* self) { static_cast<Exploration*>(self)->TellBeforeTheEnd(); }, .of = this});
  try {
    RunSchedulesAsChild();
  } catch (...) {
    result_.error =
        absl::StrCat("on_schedule threw ", runtime::DescribeException(std::current_exception()));
    result_.findings.clear();
    RecordWriter writer;
    PutEnd(writer, /*is_done=*/true, result_);
    shared_->log.Append(writer.bytes());
  }
}

void Exploration::RunSchedulesAsChild() {
  RunSchedules();
  NoteUncontrolled();
  result_.coverage = Coverage();
  ConfirmCycles();
  result_.findings.clear();
  if (options_.lock_order) AnalyseLockOrder();
  TellOfInversions();
  TellOfUncontrolled();
  WarnOfUnseenCode();
  RecordWriter writer;
  PutEnd(writer, !shared_->log.nearly_full(), result_);
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
  for (const ScheduleRecord::Entry& entry : record.entries) PutEntry(writer, entry);
  writer.PutList(record.decisions);
  writer.Put(record.settings);
  shared_->log.Append(writer.bytes());
  if (strategy_ != nullptr) shared_->learnt.Set(strategy_->Learnt());
}

void Exploration::PutEntry(RecordWriter& writer, const ScheduleRecord::Entry& entry) {
  writer.Put(entry.sighting);
  writer.Put(entry.finding.has_value());
  if (entry.finding) PutFinding(writer, *entry.finding);
}

// Of a schedule that ends the process, what it has shown until then.
void Exploration::TellBeforeTheEnd() {
  if (repeats_ || (scheduler_.incidents().empty() && races_.count() == 0)) return;
  const ScheduleRecord record = Record(Observe(runtime::Outcome::kCompleted));
  RecordWriter writer;
  writer.Put(Message::kBeforeCrash);
  writer.Put(record.entries.size());
  for (const ScheduleRecord::Entry& entry : record.entries) PutEntry(writer, entry);
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
  shows_output_ = words.stuck;  // nobody repeats it to its end
  Replay replay(fault.decisions, Replay::Mode::kStrict);
  RunUnrecorded(replay, 0);
  if (scheduler_.trace().entries.empty()) return;
  Finding finding;
  absl::StrAppend(&finding.details, "  in ",
                  narrator_.TaskName(scheduler_.trace().entries.back().op.task), "\n",
                  narrator_.Stack(words.stack.span(), 4));
  if (words.stack_overflow) {
    absl::StrAppend(&finding.details, "  its stack has ", options_.stack_size,
                    " bytes; Options::stack_size asks for more\n");
  }
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
