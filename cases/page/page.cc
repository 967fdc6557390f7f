#include "selvage/cases/page/page.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "selvage/cases/json.h"
#include "selvage/cases/page/page_files.h"
#include "selvage/cases/table.h"

namespace selvage::cases {
namespace {

std::string Escape(const std::string& text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}});
}

// Inside a script element only "</script" and "<!--" mean anything; in JSON "<" is in strings.
std::string ScriptData(const std::string& json) {
  return absl::StrReplaceAll(json, {{"<", "\\u003c"}});
}

std::string TableText(const std::vector<VariantResult>& results) {
  std::vector<std::pair<const Case*, const Variant*>> variants;
  for (const VariantResult& result : results) variants.emplace_back(result.owner, result.variant);
  const Table table(variants);
  std::string text = table.Header() + "\n";
  for (const VariantResult& result : results) absl::StrAppend(&text, table.Row(result), "\n");
  return text;
}

std::string GraphText(const std::string& dot, const absl::StatusOr<std::string>& drawing) {
  if (drawing.ok()) return absl::StrCat("<div class=\"drawing\">", *drawing, "</div>");
  return absl::StrCat(
      "<p id=\"no-drawing\">There is no drawing: ", Escape(std::string(drawing.status().message())),
      "</p><details><summary>The graph in Graphviz's language</summary><pre>", Escape(dot),
      "</pre></details>");
}

}  // namespace

std::string Page(const std::vector<VariantResult>& results, const std::string& dot,
                 const absl::StatusOr<std::string>& drawing) {
  return absl::StrReplaceAll(kPageHtml, {{"@style@", kPageCss},
                                         {"@script@", kPageJs},
                                         {"@table@", Escape(TableText(results))},
                                         {"@graph@", GraphText(dot, drawing)},
                                         {"@data@", ScriptData(ToJson(results))}});
}

}  // namespace selvage::cases
