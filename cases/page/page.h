// The results as one page for a browser.
#ifndef SELVAGE_CASES_PAGE_PAGE_H_
#define SELVAGE_CASES_PAGE_PAGE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "selvage/cases/runner.h"

namespace selvage::cases {

// One file that asks for nothing else: the table, the story and the traces of each variant, and the
// lock-order graph. `dot`: that graph in Graphviz's language; `drawing`: an <svg> element of it, or
// why there is none, which the page then says instead. Without scripts it shows the table as text.
std::string Page(const std::vector<VariantResult>& results, const std::string& dot,
                 const absl::StatusOr<std::string>& drawing);

}  // namespace selvage::cases

#endif  // SELVAGE_CASES_PAGE_PAGE_H_
