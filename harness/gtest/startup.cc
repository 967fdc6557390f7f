#include "selvage/harness/gtest/startup.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "selvage/harness/gtest/lock_order_checks.h"
#include "selvage/harness/settings/command_line.h"
#include "selvage/harness/settings/settings.h"

namespace selvage {
namespace {

// An environment: GoogleTest has read its own flags when this is asked, and no test has run.
class SettingsCheck : public testing::Environment {
 public:
  void SetUp() override {
    Options of_no_test;
    const absl::Status status = settings::Apply(of_no_test);
    if (!status.ok()) ExitForUsage(std::string(status.message()));
  }
};

void PrintHelp() {
  const std::string help = settings::Help();
  std::fwrite(help.data(), 1, help.size(), stdout);
  std::fflush(stdout);
}

// As GoogleTest spells it.
bool IsAskedForHelp() {
  const std::vector<std::string>& arguments = settings::ProcessArguments();
  return std::any_of(arguments.begin(), arguments.end(), [](const std::string& argument) {
    return argument == "--help" || argument == "-h" || argument == "-?" || argument == "/?";
  });
}

// Flags that ask for what selvage::gtest_main does: they are heeded in a binary with another main()
// as well, that of GTest::gtest_main for one.
bool AsksForLockOrders() {
  const std::vector<std::string>& arguments = settings::ProcessArguments();
  return std::any_of(arguments.begin(), arguments.end(), [](const std::string& argument) {
    return settings::IsFlagOf("lock_order", argument) || settings::IsFlagOf("baseline", argument);
  });
}

// GoogleTest prints its help while the program starts, so this one's follows at the end.
[[maybe_unused]] const bool started = [] {
  testing::AddGlobalTestEnvironment(new SettingsCheck);
  if (AsksForLockOrders()) CheckLockOrdersAsAsked();
  if (IsAskedForHelp()) std::atexit(&PrintHelp);
  return true;
}();

}  // namespace

void ExitForUsage(const std::string& message) {
  std::fflush(stdout);
  std::fprintf(stderr, "selvage: %s\n", message.c_str());
  std::_Exit(2);
}

void LinkStartup() {}

}  // namespace selvage
