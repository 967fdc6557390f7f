// The command as a person and a CI job call it, in a directory of its own.
#ifndef SELVAGE_TESTS_HARNESS_CLI_COMMAND_TEST_H_
#define SELVAGE_TESTS_HARNESS_CLI_COMMAND_TEST_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "selvage/harness/report/lock_order_json.h"
#include "selvage/tests/harness/lockgraph/simulation.h"
#include "selvage/tests/shell.h"

namespace selvage::cli {

class CommandTest : public testing::Test {
 protected:
  CommandTest() {
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory);
  }
  ~CommandTest() override { std::filesystem::remove_all(directory); }

  // Runs "selvage ARGUMENTS" in the directory.
  Ran Run(const std::string& arguments) { return Shell(SELVAGE_COMMAND " " + arguments); }

  Ran Shell(const std::string& command) {
    return RunInShell("cd '" + directory + "' && " + command);
  }

  void WriteFile(const std::string& name, const std::string& text) {
    std::ofstream(directory + "/" + name) << text;
  }
  std::string ReadFile(const std::string& name) const {
    std::ifstream file(directory + "/" + name);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // A thread for each list, concurrent, which nests locks of those names in that order; the text of
  // the report.
  static std::string Report(std::initializer_list<std::initializer_list<const char*>> threads,
                            const std::string& run = "run") {
    lockgraph::Simulation sim;
    lockgraph::Actor main = sim.Main();
    std::map<std::string, std::unique_ptr<lockgraph::Object>> locks;
    for (const auto& names : threads) {
      for (const char* name : names) {
        if (!locks.contains(name)) locks[name] = sim.Make(main, name);
      }
    }
    const char* const kThreads[] = {"transfer", "audit", "third", "fourth"};
    std::vector<lockgraph::Actor> actors;
    for (std::size_t i = 0; i < threads.size(); ++i) actors.push_back(main.Fork(kThreads[i]));
    std::size_t i = 0;
    for (const auto& names : threads) {
      for (const char* name : names) actors[i].Lock(*locks[name]);
      for (auto name = std::rbegin(names); name != std::rend(names); ++name) {
        actors[i].Unlock(*locks[*name]);
      }
      ++i;
    }
    const lockgraph::RecordedGraph graph = sim.Graph(run);
    return report::LockOrderJson(graph, Analyse(graph));
  }

  // A cycle that can deadlock, one that cannot, and none.
  static std::string Feasible() {
    return Report({{"accounts", "journal"}, {"journal", "accounts"}});
  }
  static std::string Guarded() {
    return Report({{"gate", "accounts", "journal"}, {"gate", "journal", "accounts"}});
  }
  static std::string Clean() { return Report({{"accounts", "journal"}}); }

  static std::string Fingerprint(const std::string& report) {
    return Analyse(*report::ReadLockOrderJson(report)).cycles.at(0).fingerprint;
  }

  const std::string directory = testing::TempDir() + "/" +
                                testing::UnitTest::GetInstance()->current_test_info()->name() +
                                "." + std::to_string(getpid());
};

}  // namespace selvage::cli

#endif  // SELVAGE_TESTS_HARNESS_CLI_COMMAND_TEST_H_
