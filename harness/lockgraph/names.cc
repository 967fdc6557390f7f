#include "selvage/harness/lockgraph/names.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include "absl/strings/str_cat.h"

namespace selvage::lockgraph {

std::string BaseName(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

Names::Names(const RecordedGraph& graph)
    : graph_(graph),
      members_(graph.classes.size()),
      several_creators_(graph.classes.size()),
      path_is_shared_(graph.threads.size()),
      stable_(graph.classes.size()) {
  std::vector<const std::string*> creator(graph.classes.size());
  for (const lockgraph::Lock& lock : graph.locks) {
    ++members_[lock.lock_class];
    const std::string*& first = creator[lock.lock_class];
    if (first == nullptr) first = &lock.creator;
    if (*first != lock.creator) several_creators_[lock.lock_class] = true;
  }
  for (std::size_t i = 1; i < graph.threads.size(); ++i) {
    if (graph.threads[i].path == graph.threads[i - 1].path) {
      path_is_shared_[i] = path_is_shared_[i - 1] = true;
    }
  }
  std::vector<ClassIndex> order(graph.classes.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](ClassIndex a, ClassIndex b) {
    const LockClass& x = graph.classes[a];
    const LockClass& y = graph.classes[b];
    return std::tie(x.type, x.file, x.line) < std::tie(y.type, y.file, y.line);
  });
  std::map<std::string, int> used;
  for (const ClassIndex c : order) {
    const LockClass& one = graph.classes[c];
    const std::string base = one.name.empty() ? absl::StrCat(one.type, "@", BaseName(one.file))
                                              : absl::StrCat(one.type, " ", one.name);
    const int before = used[base]++;
    stable_[c] = before == 0 ? base : absl::StrCat(base, "/", before + 1);
  }
}

std::string Names::Class(ClassIndex lock_class) const {
  const LockClass& one = graph_.classes[lock_class];
  if (!one.name.empty()) return one.name;
  if (one.file.empty()) return one.type;
  return absl::StrCat(one.type, " at ", BaseName(one.file), ":", one.line);
}

std::string Names::Lock(LockIndex index) const {
  const lockgraph::Lock& lock = graph_.locks[index];
  if (lock.thread != kNone) return absl::StrCat("end of ", Thread(lock.thread));
  std::string name = Class(lock.lock_class);
  if (members_[lock.lock_class] == 1) return name;
  absl::StrAppend(&name, "#", lock.ordinal);
  if (several_creators_[lock.lock_class]) absl::StrAppend(&name, " of ", lock.creator);
  return name;
}

std::string Names::Thread(ThreadIndex index) const {
  const lockgraph::Thread& thread = graph_.threads[index];
  std::string path = thread.path;
  if (path_is_shared_[index]) absl::StrAppend(&path, "/", index);
  if (thread.name.empty()) return absl::StrCat("thread ", path);
  return absl::StrCat(thread.name, " (thread ", path, ")");
}

std::string Names::Place(FrameIndex index) const {
  if (index == kNone) return "?";
  const SourceFrame& frame = graph_.frames[index];
  if (!frame.file.empty()) return absl::StrCat(BaseName(frame.file), ":", frame.line);
  return frame.function.empty() ? "?" : frame.function;
}

std::string Names::Function(FrameIndex index) const {
  if (index == kNone || graph_.frames[index].function.empty()) return "?";
  return graph_.frames[index].function;
}

}  // namespace selvage::lockgraph
