// A file is closed before another thread has written to it.

#include <memory>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"

namespace selvage::cases::file_after_close {
namespace {

// Each operation is indivisible, as the system's are; the order of the operations is the user's.
class File {
 public:
  void Write() {
    Guard guard(lock_);
    SELVAGE_EXPECT(open_);
    if (open_) records_ = records_ + 1;
  }
  void Close() {
    Guard guard(lock_);
    open_ = false;
  }
  int records() const { return records_; }

 private:
  Lock lock_{"file"};
  Shared<bool> open_{true, "open"};
  Shared<int> records_{0, "records"};
};

enum class Close { kAtOnce, kAfterJoin };

template <Close close>
void Run() {
  const auto file = std::make_unique<File>();
  Thread writer("writer", [&shared = *file] { shared.Write(); });
  if (close == Close::kAtOnce) file->Close();
  writer.join();
  if (close == Close::kAfterJoin) file->Close();
  SELVAGE_EXPECT(file->records() == 1);
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "file_after_close",
      .documents = {"003"},
      .goes_wrong =
          "Main closes the file while the writer still has something to write, and the write fails "
          "or goes to another file that got the same handle.",
      .order_of_events = "Main starts the writer and closes the file, the writer writes.",
      .why_fixed = "Main joins the writer first, and closes the file when nobody uses it any more.",
      .variants = {{"buggy", Role::kBuggy, Run<Close::kAtOnce>, {FindingKind::kFailedExpectation}},
                   {"fixed", Role::kFixed, Run<Close::kAfterJoin>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::file_after_close
