#include "selvage/harness/cli/command.h"

namespace selvage::cli {

std::vector<const Command*> Commands() {
  return {&ReportCommand(), &MergeCommand(), &DiffCommand(),
          &CheckCommand(),  &OrderCommand(), &ConfirmCommand()};
}

}  // namespace selvage::cli
