// Where answers go.
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "selvage/harness/cli/command.h"
#include "selvage/harness/report/lock_order_json.h"

namespace selvage::cli {

absl::Status Write(const std::optional<std::string>& path, std::string_view text) {
  if (path && *path != "-") {
    const absl::Status written = report::WriteReportFile(*path, text);
    // A path that cannot be is as wrong as a flag that cannot be.
    if (written.code() != absl::StatusCode::kNotFound) return written;
    return absl::InvalidArgumentError(
        absl::StrCat(written.message(), "\n  the directory has to be there"));
  }
  while (!text.empty()) {
    const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      return absl::CancelledError("nobody reads the standard output any more");
    } else if (errno != EINTR) {
      return absl::DataLossError(
          absl::ErrnoToStatus(errno, "cannot write to the standard output").message());
    }
  }
  return absl::OkStatus();
}

}  // namespace selvage::cli
