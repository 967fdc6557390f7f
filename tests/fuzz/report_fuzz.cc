// The reader of lock-order reports: refuses or understands, and what it understands can be judged,
// merged and written in every format that needs no other program.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/declared_order.h"
#include "selvage/harness/lockgraph/merge.h"
#include "selvage/harness/report/lock_order_dot.h"
#include "selvage/harness/report/lock_order_json.h"
#include "selvage/harness/report/lock_order_sarif.h"
#include "selvage/harness/report/lock_order_text.h"
#include "selvage/harness/report/lock_order_view.h"

namespace {

using selvage::lockgraph::Analysis;
using selvage::lockgraph::RecordedGraph;

void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::abort();
}

void Use(const RecordedGraph& graph) {
  selvage::lockgraph::AnalysisOptions options;
  options.steps = 20'000;
  const Analysis analysis = Analyse(graph, options);
  const std::string json = selvage::report::LockOrderJson(graph, analysis);
  const auto again = selvage::report::ReadLockOrderJson(json);
  Require(again.ok(), "what is written is read again");
  Require(*again == graph, "and is the same graph");
  Require(!selvage::report::LockOrderText(graph, analysis).empty(), "there is text");
  Require(!selvage::report::LockOrderDot(graph, analysis).empty(), "there is a drawing");
  Require(!selvage::report::LockOrderSarif(graph, analysis).empty(), "there is SARIF");
  const std::string view = selvage::report::LockOrderView(
      graph, analysis, selvage::report::EdgesToDraw(graph, analysis));
  Require(view.find('<') == std::string::npos, "a page's data is no markup");
  const std::string order = selvage::lockgraph::ExportSeenOrder(graph);
  const std::vector<RecordedGraph> twice{graph, graph};
  const RecordedGraph merged = selvage::lockgraph::Merge(twice);
  Require(selvage::lockgraph::Invalid(merged).empty(), "a merged graph is valid");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto graph = selvage::report::ReadLockOrderJson(
      std::string_view(reinterpret_cast<const char*>(data), size));
  if (graph.ok()) Use(*graph);
  return 0;
}
