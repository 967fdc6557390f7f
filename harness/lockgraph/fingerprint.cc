#include "selvage/harness/lockgraph/fingerprint.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"

namespace selvage::lockgraph {
namespace {

std::string Stable(const RecordedGraph& graph, LockIndex index) {
  const Lock& lock = graph.locks[index];
  return absl::StrCat(StableClass(graph.classes[lock.lock_class]), "\n", lock.object, "\n");
}

// The user's functions active at the request, innermost first: those that take locks for others,
// and who calls them. One that calls itself counts once.
std::string Calls(const Names& names, const RecordedGraph& graph, const CodePlace& place) {
  std::string calls = absl::StrCat(names.Function(place.site), "\n");
  if (place.stack == kNone) return calls;
  std::string last = calls;
  for (const FrameIndex frame : graph.stacks[place.stack]) {
    if (!IsUserFrame(graph.frames[frame])) continue;
    std::string call = absl::StrCat(names.Function(frame), "\n");
    if (call == last) continue;
    calls += call;
    last = std::move(call);
  }
  return calls;
}

}  // namespace

std::string Fingerprint(const Names& names, const RecordedGraph& graph,
                        const std::vector<CyclePart>& parts) {
  std::vector<std::string> edges;
  for (const CyclePart& part : parts) {
    edges.push_back(absl::StrCat(Stable(graph, part.holds), Stable(graph, part.asks),
                                 ModeName(part.mode), "\n", Calls(names, graph, part.asked)));
  }
  // The least rotation as a whole: equal parts do not make it ambiguous.
  std::vector<std::string> least = edges;
  for (std::size_t i = 1; i < edges.size(); ++i) {
    std::rotate(edges.begin(), edges.begin() + 1, edges.end());
    least = std::min(least, edges);
  }
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const std::string& edge : least) {
    for (const char c : edge) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  }
  return absl::StrCat(absl::Hex(hash, absl::kZeroPad16));
}

}  // namespace selvage::lockgraph
