#include "selvage/harness/lockgraph/names.h"

#include <algorithm>
#include <functional>
#include <map>

#include "absl/strings/str_cat.h"
#include "selvage/harness/printable.h"
#include "selvage/harness/report/user_frame.h"

namespace selvage::lockgraph {
namespace {

// Gives those of one name another one, until all differ or no more is known of them.
void TellApart(std::vector<std::string>& names,
               const std::vector<std::function<std::string(std::uint32_t)>>& additions) {
  for (const auto& addition : additions) {
    std::map<std::string, std::vector<std::uint32_t>> same;
    for (std::uint32_t i = 0; i < names.size(); ++i) same[names[i]].push_back(i);
    for (const auto& [name, members] : same) {
      if (members.size() == 1) continue;
      const std::string first = addition(members.front());
      if (std::all_of(members.begin(), members.end(),
                      [&](std::uint32_t member) { return addition(member) == first; })) {
        continue;
      }
      for (const std::uint32_t member : members) names[member] += addition(member);
    }
  }
}

std::string OfObject(const Lock& lock) {
  return lock.object.empty() ? "" : absl::StrCat(" of ", PrintableName(lock.object));
}

}  // namespace

std::string BaseName(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

bool IsUserFrame(const SourceFrame& frame) {
  // "libstdc++.so.6.0.30+0xd44a2": a graph keeps no module.
  if (frame.file.empty() && frame.function.find(".so") != std::string::npos &&
      frame.function.find("+0x") != std::string::npos) {
    return false;
  }
  return report::IsUserFrame(report::Frame{.function = frame.function, .file = frame.file});
}

std::string StableClass(const LockClass& c) {
  std::string text = absl::StrCat(c.type, " ", c.name, "\n", c.scope, "\n", c.variable);
  if (c.name.empty() && c.variable.empty()) {
    absl::StrAppend(&text, "\n", BaseName(c.file), ":", c.line, ":", c.column);
  }
  return text;
}

Names::Names(const RecordedGraph& graph) : graph_(graph), path_is_shared_(graph.threads.size()) {
  for (std::size_t i = 1; i < graph.threads.size(); ++i) {
    if (graph.threads[i].path == graph.threads[i - 1].path) {
      path_is_shared_[i] = path_is_shared_[i - 1] = true;
    }
  }
  NameClasses();
  NameLocks();
  NameRuns();
}

std::string Names::BareClass(ClassIndex lock_class) const {
  const LockClass& c = graph_.classes[lock_class];
  if (!c.name.empty()) return c.name;
  if (!c.variable.empty()) {
    if (c.scope.empty()) return c.variable;
    return c.member ? absl::StrCat(c.scope, "::", c.variable)
                    : absl::StrCat(c.variable, " in ", c.scope);
  }
  if (c.file.empty()) return c.type;
  return absl::StrCat(c.type, " at ", BaseName(c.file), ":", c.line);
}

void Names::NameClasses() {
  for (ClassIndex i = 0; i < graph_.classes.size(); ++i) {
    classes_.push_back(PrintableName(BareClass(i)));
  }
  TellApart(classes_, {
                          [&](ClassIndex i) {
                            const LockClass& c = graph_.classes[i];
                            if (c.scope.empty() || c.name.empty()) return std::string();
                            return absl::StrCat(" in ", PrintableName(c.scope));
                          },
                          [&](ClassIndex i) {
                            const LockClass& c = graph_.classes[i];
                            if (c.file.empty()) return std::string();
                            return absl::StrCat(" at ", PrintableName(BaseName(c.file)), ":",
                                                c.line);
                          },
                          [&](ClassIndex i) {
                            const LockClass& c = graph_.classes[i];
                            return c.column == 0 ? "" : absl::StrCat(":", c.column);
                          },
                          [&](ClassIndex i) {
                            return absl::StrCat(" (", PrintableName(graph_.classes[i].type), ")");
                          },
                          [&](ClassIndex i) { return absl::StrCat(" (class ", i, ")"); },
                      });
}

void Names::NameLocks() {
  for (const lockgraph::Lock& lock : graph_.locks) {
    std::string name = lock.thread != kNone ? absl::StrCat("end of ", Thread(lock.thread))
                                            : Class(lock.lock_class);
    if (graph_.classes[lock.lock_class].name.empty()) name += OfObject(lock);
    locks_.push_back(std::move(name));
  }
  TellApart(
      locks_,
      {
          [&](LockIndex i) {
            const lockgraph::Lock& lock = graph_.locks[i];
            return graph_.classes[lock.lock_class].name.empty() ? "" : OfObject(lock);
          },
          [&](LockIndex i) {
            return graph_.locks[i].siblings == 1 ? "" : absl::StrCat("#", graph_.locks[i].ordinal);
          },
          [&](LockIndex i) {
            const lockgraph::Lock& lock = graph_.locks[i];
            return lock.test.empty() ? "" : absl::StrCat(" of ", PrintableName(lock.test));
          },
          [&](LockIndex i) {
            const lockgraph::Lock& lock = graph_.locks[i];
            return lock.IsKnownByFirstUse() ? absl::StrCat(", ", PrintableName(lock.FirstUser()))
                                            : absl::StrCat(" of ", PrintableName(lock.creator));
          },
          [&](LockIndex i) {
            const StackIndex made = graph_.locks[i].made;
            return made == kNone || graph_.stacks[made].empty()
                       ? ""
                       : absl::StrCat(", made at ", Place(graph_.stacks[made].front()));
          },
          [&](LockIndex i) { return absl::StrCat(" (lock ", i, ")"); },
      });
}

void Names::NameRuns() {
  for (const lockgraph::Run& run : graph_.runs) runs_.push_back(PrintableName(run.name));
  const auto after = [](const char* before, const std::string& text) {
    return text.empty() ? "" : absl::StrCat(before, PrintableName(text));
  };
  TellApart(runs_, {
                       [&](RunIndex i) { return after(" of ", graph_.runs[i].program); },
                       [&](RunIndex i) {
                         const std::uint64_t process = graph_.runs[i].process;
                         return process == 0 ? "" : absl::StrCat(", process ", process);
                       },
                       [&](RunIndex i) { return after(", begun ", graph_.runs[i].started); },
                       [&](RunIndex i) { return absl::StrCat(", run ", i); },
                   });
}

std::string Names::Thread(ThreadIndex index) const {
  const lockgraph::Thread& thread = graph_.threads[index];
  std::string path = PrintableName(thread.path);
  if (path_is_shared_[index]) absl::StrAppend(&path, "/", index);
  if (thread.name.empty()) return absl::StrCat("thread ", path);
  return absl::StrCat(PrintableName(thread.name), " (thread ", path, ")");
}

std::string Names::Place(FrameIndex index) const {
  if (index == kNone) return "?";
  const SourceFrame& frame = graph_.frames[index];
  if (!frame.file.empty())
    return absl::StrCat(PrintableName(BaseName(frame.file)), ":", frame.line);
  return frame.function.empty() ? "?" : PrintableName(frame.function);
}

std::string Names::Function(FrameIndex index) const {
  if (index == kNone || graph_.frames[index].function.empty()) return "?";
  return graph_.frames[index].function;
}

}  // namespace selvage::lockgraph
