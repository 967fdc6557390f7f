#include "selvage/harness/lockgraph/fingerprint.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"

namespace selvage::lockgraph {

std::string Fingerprint(const Names& names, const RecordedGraph& graph,
                        const std::vector<CyclePart>& parts) {
  std::vector<std::string> edges;
  for (const CyclePart& part : parts) {
    edges.push_back(absl::StrCat(names.StableClass(graph.locks[part.holds].lock_class), "\n",
                                 names.StableClass(graph.locks[part.asks].lock_class), "\n",
                                 ModeName(part.mode), "\n", names.Function(part.asked.site), "\n"));
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
