// What a subcommand accepts, and what it was given.
#ifndef SELVAGE_HARNESS_CLI_ARGUMENTS_H_
#define SELVAGE_HARNESS_CLI_ARGUMENTS_H_

#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace selvage::cli {

struct Flag {
  std::string name;   // "output", for --output
  std::string value;  // what its value is called in the help, "FILE"
  std::string help;
  char letter = 0;  // 'o', for -o
};

inline constexpr std::size_t kAnyNumber = std::numeric_limits<std::size_t>::max();

// What is after "--", for a subcommand that starts a program.
enum class Rest { kOperands, kCommand };

// The command line of one subcommand.
struct Usage {
  std::string name;
  std::string operands;  // "REPORT...", as the help shows them
  std::size_t min_operands = 1;
  std::size_t max_operands = 1;
  std::string summary;  // one line
  std::string details;  // lines, each ending with a newline
  std::vector<Flag> flags;
  Rest rest = Rest::kOperands;
};

class Arguments {
 public:
  // In any order: operands, "--flag=value", "--flag value", "-f value" for a flag with a letter,
  // "--help". What follows "--" is never a flag. InvalidArgument, with a sentence for the user that
  // names the nearest flag, for what `usage` does not have, a flag that is given twice or without a
  // value, and a wrong number of operands.
  static absl::StatusOr<Arguments> Parse(std::span<const std::string> arguments,
                                         const Usage& usage);

  // If so, nothing else was checked.
  bool help() const { return help_; }
  const std::vector<std::string>& operands() const { return operands_; }
  // The flag's value, if it was given.
  std::optional<std::string> Get(const std::string& flag) const;
  // With Rest::kCommand, what came after "--".
  const std::vector<std::string>& command() const { return command_; }

 private:
  bool help_ = false;
  std::vector<std::string> operands_;
  std::map<std::string, std::string> values_;
  std::vector<std::string> command_;
};

// The help of the subcommand, ending with a newline.
std::string Help(const Usage& usage);

}  // namespace selvage::cli

#endif  // SELVAGE_HARNESS_CLI_ARGUMENTS_H_
