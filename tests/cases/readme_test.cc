// cases/README.md says what is there: each case, each header, and nothing else.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "selvage/cases/registry.h"

namespace selvage::cases {
namespace {

using testing::IsSupersetOf;

const std::filesystem::path kSource = SELVAGE_SOURCE_DIR;

std::string Section(const std::string& title) {
  std::ifstream file(kSource / "cases/README.md");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const std::size_t begin = text.find("\n## " + title + "\n");
  EXPECT_NE(begin, std::string::npos) << title;
  return text.substr(begin, text.find("\n## ", begin + 1) - begin);
}

// What stands between back quotes in the last column of a table's rows.
std::set<std::string> QuotedInLastColumn(const std::string& section) {
  std::set<std::string> quoted;
  for (std::size_t end = 0; (end = section.find(" |\n", end)) != std::string::npos; ++end) {
    const std::size_t begin = section.rfind(" | ", end - 1);
    const std::string cell = section.substr(begin, end - begin);
    for (std::size_t open = cell.find('`'); open != std::string::npos;) {
      const std::size_t close = cell.find('`', open + 1);
      quoted.insert(cell.substr(open + 1, close - open - 1));
      open = cell.find('`', close + 1);
    }
  }
  return quoted;
}

TEST(CasesReadme, NamesEachCaseAndNoOther) {
  std::set<std::string> registered;
  for (const Case* owner : AllCases()) registered.emplace(owner->name);
  EXPECT_EQ(QuotedInLastColumn(Section("From the documents to the cases")), registered);
}

TEST(CasesReadme, NamesOnlyHeadersThatExist) {
  const std::set<std::string> headers = QuotedInLastColumn(Section("Names"));
  EXPECT_GT(headers.size(), 10U);
  for (const std::string& header : headers) {
    EXPECT_TRUE(std::filesystem::exists(kSource / header)) << header;
  }
}

// A case is of the documents that its rows name.
TEST(CasesReadme, EachDocumentOfACaseHasARow) {
  const std::string section = Section("From the documents to the cases");
  for (const Case* owner : AllCases()) {
    std::set<std::string> documents;
    const std::string quoted = "`" + std::string(owner->name) + "`";
    for (std::size_t at = 0; (at = section.find(quoted, at)) != std::string::npos; ++at) {
      const std::size_t line = section.rfind('\n', at) + 1;
      const std::string first = section.substr(line + 2, section.find(" |", line) - line - 2);
      for (std::size_t i = 0; i + 3 <= first.size(); i += 4) documents.insert(first.substr(i, 3));
    }
    const std::vector<std::string> expected(owner->documents.begin(), owner->documents.end());
    EXPECT_THAT(documents, IsSupersetOf(expected)) << owner->name;
  }
}

}  // namespace
}  // namespace selvage::cases
