// Reading a lock-order report back, from anybody.
#include <cstdint>
#include <limits>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"
#include "selvage/harness/report/lock_order_json.h"

namespace selvage::report {
namespace {

using lockgraph::kNone;
using lockgraph::RecordedGraph;
using ParsedJson = nlohmann::json;

// The first thing found wrong, and where: "dependencies[3].held[0].lock: expected an index".
class Failure {
 public:
  void Set(const std::string& where, const std::string& what) {
    if (text_.empty()) text_ = absl::StrCat(where, ": ", what);
  }
  bool failed() const { return !text_.empty(); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// The members of one object, each asked for once; what nobody has asked for is an error.
class Members {
 public:
  Members(const ParsedJson& json, std::string where, Failure& failure)
      : json_(json), where_(std::move(where)), failure_(failure) {
    if (!json.is_object()) failure_.Set(where_, "expected an object");
  }
  // Reports members that were not asked for.
  void Done() {
    if (!json_.is_object() || asked_ == json_.size()) return;
    for (const auto& [key, value] : json_.items()) {
      if (!known_.contains(key)) failure_.Set(where_ + "." + key, "unknown member");
    }
  }

  void Text(const char* key, std::string& value) {
    const ParsedJson* member = Find(key);
    if (member == nullptr) return;
    if (!member->is_string()) return Wrong(key, "expected a string");
    value = member->get_ref<const std::string&>();
  }
  template <typename Integer>
  void Number(const char* key, Integer& value) {
    const ParsedJson* member = Find(key);
    if (member == nullptr) return;
    if (!member->is_number_unsigned()) return Wrong(key, "expected a number, not negative");
    const auto number = member->get<std::uint64_t>();
    if (number > std::numeric_limits<Integer>::max()) return Wrong(key, "number too large");
    value = static_cast<Integer>(number);
  }
  // An index that may be absent; then kNone.
  void Index(const char* key, std::uint32_t& value) {
    value = kNone;
    Number(key, value);
  }
  template <typename Enum>
  void Code(const char* key, Enum& value, int count) {
    std::uint32_t number = 0;
    Number(key, number);
    if (number >= static_cast<std::uint32_t>(count)) return Wrong(key, "unknown value");
    value = static_cast<Enum>(number);
  }
  void Flag(const char* key, bool& value) {
    const ParsedJson* member = Find(key);
    if (member == nullptr) return;
    if (!member->is_boolean()) return Wrong(key, "expected true or false");
    value = member->get<bool>();
  }
  template <typename Element, typename Read>
  void Array(const char* key, std::vector<Element>& elements, const Read& read) {
    const ParsedJson* member = Find(key);
    if (member == nullptr) return;
    if (!member->is_array()) return Wrong(key, "expected an array");
    elements.reserve(member->size());
    for (std::size_t i = 0; i < member->size() && !failure_.failed(); ++i) {
      Members inner((*member)[i], absl::StrCat(where_, ".", key, "[", i, "]"), failure_);
      read(inner, elements.emplace_back());
      inner.Done();
    }
  }

 private:
  const ParsedJson* Find(const char* key) {
    known_.insert(key);
    if (!json_.is_object()) return nullptr;
    const auto found = json_.find(key);
    if (found == json_.end()) return nullptr;
    ++asked_;
    return &*found;
  }
  void Wrong(const char* key, const char* what) { failure_.Set(where_ + "." + key, what); }

  const ParsedJson& json_;
  const std::string where_;
  Failure& failure_;
  std::set<std::string> known_;
  std::size_t asked_ = 0;
};

void Read(Members& m, lockgraph::Run& run) {
  m.Text("name", run.name);
  m.Text("program", run.program);
  m.Number("process", run.process);
  m.Text("started", run.started);
  m.Text("ended", run.ended);
  m.Text("unfinished_since", run.unfinished_since);
  m.Number("moments_dropped", run.moments_dropped);
  m.Number("clocks_dropped", run.clocks_dropped);
  m.Number("dependencies_dropped", run.dependencies_dropped);
  m.Number("schedules", run.schedules);
}

void Read(Members& m, lockgraph::LockClass& c) {
  m.Text("type", c.type);
  m.Text("name", c.name);
  m.Text("scope", c.scope);
  m.Text("variable", c.variable);
  m.Flag("member", c.member);
  m.Text("file", c.file);
  m.Number("line", c.line);
  m.Number("column", c.column);
  m.Text("made_file", c.made_file);
  m.Number("made_line", c.made_line);
  m.Code("kind", c.kind, lockgraph::kObjectKindCount);
  m.Flag("recursive", c.recursive);
  m.Flag("reader_preference", c.reader_preference);
}

void Read(Members& m, lockgraph::Lock& lock) {
  m.Index("class", lock.lock_class);
  m.Text("creator", lock.creator);
  m.Text("test", lock.test);
  m.Index("made", lock.made);
  m.Text("object", lock.object);
  m.Number("ordinal", lock.ordinal);
  m.Number("siblings", lock.siblings);
  m.Number("older", lock.age);
  m.Number("permits", lock.permits);
  m.Flag("signalled", lock.signalled);
  m.Index("thread", lock.thread);
}

void Read(Members& m, lockgraph::Cover& cover) {
  m.Index("lock", cover.lock);
  m.Code("mode", cover.mode, 2);
  m.Index("holder", cover.holder);
}

void Read(Members& m, lockgraph::Passage& passage) {
  m.Index("once", passage.once);
  m.Number("from", passage.from);
}

void Read(Members& m, lockgraph::Thread& thread) {
  m.Text("path", thread.path);
  m.Text("name", thread.name);
  m.Index("spawned_at", thread.spawned_at);
  m.Index("spawn_stack", thread.spawn_stack);
  m.Index("parent", thread.parent);
  m.Number("forked_at", thread.forked_at);
  m.Index("joiner", thread.joiner);
  m.Number("joined_at", thread.joined_at);
  m.Array("covers", thread.covers, [](Members& inner, lockgraph::Cover& c) { Read(inner, c); });
  m.Array("passages", thread.passages,
          [](Members& inner, lockgraph::Passage& p) { Read(inner, p); });
}

void Read(Members& m, lockgraph::SourceFrame& frame) {
  m.Text("function", frame.function);
  m.Text("file", frame.file);
  m.Number("line", frame.line);
}

void Read(Members& m, lockgraph::ClockEntry& entry) {
  m.Index("thread", entry.thread);
  m.Number("strong", entry.strong);
  m.Number("observed", entry.observed);
}

void Read(Members& m, lockgraph::HeldLock& held) {
  m.Index("lock", held.lock);
  m.Code("mode", held.mode, 2);
  m.Flag("fresh", held.fresh);
  m.Index("site", held.site);
  m.Index("stack", held.stack);
}

void Read(Members& m, lockgraph::Moment& moment) {
  m.Number("run", moment.run);
  m.Number("strong", moment.strong);
  m.Number("observed", moment.observed);
  m.Index("clock", moment.clock);
}

constexpr auto kHeld = [](Members& m, lockgraph::HeldLock& held) { Read(m, held); };
constexpr auto kMoment = [](Members& m, lockgraph::Moment& moment) { Read(m, moment); };

void Read(Members& m, lockgraph::Dependency& d) {
  m.Index("thread", d.thread);
  m.Array("held", d.held, kHeld);
  m.Index("target", d.target);
  m.Code("mode", d.mode, 2);
  m.Code("kind", d.kind, 4);
  m.Flag("fresh", d.fresh);
  m.Index("site", d.site);
  m.Index("stack", d.stack);
  m.Number("count", d.count);
  m.Array("moments", d.moments, kMoment);
}

void Read(Members& m, lockgraph::Touch& touch) {
  m.Index("thread", touch.thread);
  m.Index("lock", touch.lock);
  m.Code("mode", touch.mode, 2);
  m.Code("kind", touch.kind, 4);
  m.Flag("bare", touch.bare);
  m.Number("at", touch.at);
  m.Index("site", touch.site);
  m.Index("stack", touch.stack);
  m.Array("moments", touch.moments, kMoment);
}

void Read(Members& m, lockgraph::Signal& signal) {
  m.Index("thread", signal.thread);
  m.Index("object", signal.object);
  m.Number("before", signal.before);
  m.Index("site", signal.site);
  m.Index("stack", signal.stack);
  m.Number("count", signal.count);
}

void Read(Members& m, lockgraph::OccurrencePart& part) {
  m.Index("thread", part.thread);
  m.Index("target", part.target);
  m.Code("mode", part.mode, 2);
  m.Index("site", part.site);
  m.Index("stack", part.stack);
  m.Array("held", part.held, kHeld);
}

void Read(Members& m, lockgraph::Occurrence& occurrence) {
  m.Code("kind", occurrence.kind, lockgraph::kOccurrenceKindCount);
  m.Array("parts", occurrence.parts,
          [](Members& inner, lockgraph::OccurrencePart& part) { Read(inner, part); });
  m.Number("run", occurrence.run);
  m.Index("signaller", occurrence.signaller);
  m.Index("signal_site", occurrence.signal_site);
}

void Read(Members& m, lockgraph::Confirmation& confirmation) {
  m.Text("fingerprint", confirmation.fingerprint);
  m.Text("replay_token", confirmation.replay_token);
  m.Number("schedules", confirmation.schedules);
  m.Text("not_tried", confirmation.not_tried);
}

// How many bytes of `text`, from its front, are UTF-8 (RFC 3629).
std::size_t ValidUtf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  std::size_t at = 0;
  while (at < text.size()) {
    const unsigned char first = byte(at);
    const std::size_t length = first < 0x80   ? 1
                               : first < 0xc2 ? 0
                               : first < 0xe0 ? 2
                               : first < 0xf0 ? 3
                               : first < 0xf5 ? 4
                                              : 0;
    if (length == 0 || text.size() - at < length) return at;
    for (std::size_t i = 1; i < length; ++i) {
      // Neither longer than need be, nor a surrogate, nor past U+10FFFF.
      const unsigned char least = i > 1 ? 0x80 : first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
      const unsigned char most = i > 1 ? 0xbf : first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
      if (byte(at + i) < least || byte(at + i) > most) return at;
    }
    at += length;
  }
  return at;
}

// Takes the records one by one out of the parser's hands, so that the whole text is never a tree in
// memory.
class Reader {
 public:
  absl::StatusOr<RecordedGraph> Run(std::string_view text) {
    ParsedJson root;
    std::string syntax;
    try {
      root = ParsedJson::parse(text.begin(), text.end(),
                               [this](int depth, ParsedJson::parse_event_t event,
                                      ParsedJson& parsed) { return Event(depth, event, parsed); });
    } catch (const ParsedJson::exception& error) {
      syntax = error.what();
    }
    // Another version may look wrong in any way; that it is another is the reason.
    if (!wrong_version_.empty()) {
      return absl::UnimplementedError(absl::StrCat("lock-order report of version ", wrong_version_,
                                                   "; this program reads versions 1 to ",
                                                   kLockOrderVersion));
    }
    if (!syntax.empty()) {
      if (const std::size_t valid = ValidUtf8(text); valid < text.size()) {
        return absl::InvalidArgumentError(
            absl::StrFormat("not UTF-8, as every report is: byte 0x%02x at offset %d",
                            static_cast<unsigned char>(text[valid]), valid));
      }
      return absl::DataLossError(
          absl::StrCat("not a complete JSON text of ", text.size(), " bytes: ", syntax));
    }
    if (!root.is_object() || format_ != kLockOrderFormat) {
      return absl::InvalidArgumentError(
          absl::StrCat("not a lock-order report: no \"format\": \"", kLockOrderFormat, "\""));
    }
    if (!seen_.contains("version")) {
      failure_.Set("version",
                   absl::StrCat("missing; this program reads versions 1 to ", kLockOrderVersion));
    }
    for (const char* key : {"runs", "classes", "locks", "threads", "dependencies"}) {
      if (!seen_.contains(key)) failure_.Set(key, "missing");
    }
    if (graph_.runs.empty()) failure_.Set("runs", "empty");
    if (!failure_.failed()) {
      const std::string invalid = lockgraph::Invalid(graph_);
      if (invalid.empty()) return std::move(graph_);
      return absl::DataLossError(absl::StrCat("lock-order report: ", invalid));
    }
    return absl::DataLossError(absl::StrCat("lock-order report: ", failure_.text()));
  }

 private:
  // False if the parser need not keep what it has parsed.
  bool Event(int depth, ParsedJson::parse_event_t event, ParsedJson& parsed) {
    using E = ParsedJson::parse_event_t;
    if (depth == 1 && event == E::key) {
      key_ = parsed.get<std::string>();
      // No two readings of one report.
      if (!seen_.insert(key_).second) failure_.Set(key_, "given twice");
      return true;
    }
    if (key_ == "analysis") return depth == 0 || event == E::key;
    if (depth == 1 && event == E::value) Scalar(parsed);
    const bool element =
        depth == 2 && (event == E::object_end || event == E::array_end || event == E::value);
    if (!element) return true;
    if (!failure_.failed()) Element(parsed);
    return false;
  }

  void Scalar(const ParsedJson& value) {
    if (key_ == "format") {
      if (value.is_string()) format_ = value.get<std::string>();
    } else if (key_ == "version") {
      if (!value.is_number_unsigned() || value == 0 || value > kLockOrderVersion) {
        wrong_version_ = value.dump(-1, ' ', false, ParsedJson::error_handler_t::replace);
      }
    } else if (key_ == "locks_seen") {
      if (!value.is_number_unsigned()) return failure_.Set(key_, "expected a number");
      graph_.locks_seen = value.get<std::uint64_t>();
    } else {
      failure_.Set(key_, "unknown member, or not an array");
    }
  }

  void Element(const ParsedJson& json) {
    if (key_ == "runs") return Add(json, graph_.runs);
    if (key_ == "classes") return Add(json, graph_.classes);
    if (key_ == "locks") return Add(json, graph_.locks);
    if (key_ == "threads") return Add(json, graph_.threads);
    if (key_ == "frames") return Add(json, graph_.frames);
    if (key_ == "dependencies") return Add(json, graph_.dependencies);
    if (key_ == "touches") return Add(json, graph_.touches);
    if (key_ == "signals") return Add(json, graph_.signals);
    if (key_ == "occurrences") return Add(json, graph_.occurrences);
    if (key_ == "confirmations") return Add(json, graph_.confirmations);
    if (key_ == "stacks") return AddStack(json);
    if (key_ == "clocks") return AddClock(json);
    failure_.Set(key_, "unknown member");
  }

  template <typename Record>
  void Add(const ParsedJson& json, std::vector<Record>& records) {
    Members members(json, absl::StrCat(key_, "[", records.size(), "]"), failure_);
    Read(members, records.emplace_back());
    members.Done();
  }

  void AddStack(const ParsedJson& json) {
    const std::string where = absl::StrCat("stacks[", graph_.stacks.size(), "]");
    if (!json.is_array()) return failure_.Set(where, "expected an array");
    lockgraph::Stack& stack = graph_.stacks.emplace_back();
    for (const ParsedJson& frame : json) {
      if (!frame.is_number_unsigned() || frame.get<std::uint64_t>() >= kNone) {
        return failure_.Set(where, "expected indices of frames");
      }
      stack.push_back(frame.get<std::uint32_t>());
    }
  }

  void AddClock(const ParsedJson& json) {
    const std::string where = absl::StrCat("clocks[", graph_.clocks.size(), "]");
    if (!json.is_array()) return failure_.Set(where, "expected an array");
    lockgraph::Clock& clock = graph_.clocks.emplace_back();
    for (std::size_t i = 0; i < json.size(); ++i) {
      Members members(json[i], absl::StrCat(where, "[", i, "]"), failure_);
      Read(members, clock.emplace_back());
      members.Done();
    }
  }

  RecordedGraph graph_;
  Failure failure_;
  std::string key_;
  std::set<std::string> seen_;
  std::string format_;
  std::string wrong_version_;
};

}  // namespace

absl::StatusOr<RecordedGraph> ReadLockOrderJson(std::string_view text) {
  return Reader().Run(text);
}

}  // namespace selvage::report
