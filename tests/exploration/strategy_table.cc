// Prints for each known program and each strategy how many schedules it takes to the bug: the mean
// over the seeds that find it within the limit, and how many of them do if not all.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "selvage/harness/explore.h"
#include "selvage/tests/exploration/programs.h"

ABSL_FLAG(std::vector<std::string>, strategies,
          (std::vector<std::string>{"default", "random", "sticky", "pct", "pos", "surw", "urw"}),
          "a column each");
ABSL_FLAG(std::string, program, "", "only those whose name has this in it");
ABSL_FLAG(std::uint64_t, seeds, 20, "explorations of each program with each strategy");
ABSL_FLAG(std::uint64_t, schedules, 10'000, "at most, in each exploration");
ABSL_FLAG(bool, long_programs, true, "those too that take very many schedules");

ABSL_FLAG(bool, show, false, "what was found with the first seed as well, on standard error");

namespace selvage::exploration {
namespace {

struct Cell {
  std::uint64_t seeds = 0;
  std::uint64_t found = 0;
  double mean = 0;  // of those found
};

Cell Measure(const Program& program, const std::string& strategy) {
  Cell cell{.seeds = absl::GetFlag(FLAGS_seeds)};
  std::uint64_t sum = 0;
  for (std::uint64_t seed = 1; seed <= cell.seeds; ++seed) {
    Options options;
    options.name = program.name;
    options.seed = seed;
    options.strategy = strategy;
    options.schedules = absl::GetFlag(FLAGS_schedules);
    options.shrink = false;
    options.lock_order = false;
    options.overridable = false;
    const Result result = Explore(program.body, options);
    if (!result.error.empty()) {
      std::fprintf(stderr, "%s\n", result.error.c_str());
      std::exit(2);
    }
    if (result.first_failure == 0) continue;
    if (seed == 1 && absl::GetFlag(FLAGS_show)) std::fputs(result.Text().c_str(), stderr);
    ++cell.found;
    sum += result.first_failure;
  }
  if (cell.found > 0) cell.mean = static_cast<double>(sum) / static_cast<double>(cell.found);
  return cell;
}

std::string TextOf(const Cell& cell) {
  if (cell.found == 0) return "-";
  std::string text = absl::StrFormat("%.*f", cell.mean < 10 ? 1 : 0, cell.mean);
  if (cell.found < cell.seeds) absl::StrAppend(&text, " (", cell.found, "/", cell.seeds, ")");
  return text;
}

void PrintTable() {
  const std::vector<std::string> strategies = absl::GetFlag(FLAGS_strategies);
  std::string header = "| program |";
  std::string rule = "|---|";
  for (const std::string& strategy : strategies) {
    absl::StrAppend(&header, " ", strategy, " |");
    absl::StrAppend(&rule, "---|");
  }
  std::printf("%s best known |\n%s---|\n", header.c_str(), rule.c_str());
  for (const auto& group : {OrderPrograms(), LockPrograms(), QueuePrograms(), LockFreePrograms()}) {
    for (const Program& program : group) {
      if (!absl::StrContains(program.name, absl::GetFlag(FLAGS_program))) continue;
      if (program.is_long && !absl::GetFlag(FLAGS_long_programs)) continue;
      std::printf("| %s |", program.name);
      for (const std::string& strategy : strategies) {
        std::printf(" %s |", TextOf(Measure(program, strategy)).c_str());
        std::fflush(stdout);
      }
      std::printf(" %s |\n",
                  program.best_known == 0 ? "" : absl::StrCat(program.best_known).c_str());
    }
  }
}

}  // namespace
}  // namespace selvage::exploration

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  selvage::exploration::PrintTable();
  return 0;
}
