// Two threads append records to a file in two writes each.

#include <memory>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"

namespace selvage::cases::file_append {
namespace {

constexpr int kWrites = 4;

// Each write is indivisible, as the system's are; what a record is, only the user knows.
class File {
 public:
  void Write(int author) {
    Guard guard(lock_);
    const int end = end_;
    authors_[end] = author;
    end_ = end + 1;
  }
  // Who wrote the piece at `position`.
  int AuthorOf(int position) const { return authors_[position]; }

 private:
  Lock lock_{"file"};
  Shared<int> end_{0, "end"};
  int authors_[kWrites] = {};
};

class Journal {
 public:
  void Append(int author) {
    file_.Write(author);
    file_.Write(author);
  }
  void LockedAppend(int author) {
    Guard guard(lock_);
    Append(author);
  }
  const File& file() const { return file_; }

 private:
  File file_;
  Lock lock_{"journal lock"};
};

template <void (Journal::*append)(int author)>
void Run() {
  const auto journal = std::make_unique<Journal>();
  Thread first("first", [&shared = *journal] { (shared.*append)(1); });
  Thread second("second", [&shared = *journal] { (shared.*append)(2); });
  first.join();
  second.join();
  const File& file = journal->file();
  for (int record = 0; record < kWrites; record += 2) {
    SELVAGE_EXPECT(file.AuthorOf(record) == file.AuthorOf(record + 1));
  }
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "file_append",
      .documents = {"002"},
      .goes_wrong =
          "A record is written in two pieces, and another thread's piece gets between them.",
      .order_of_events =
          "The first thread writes half of its record, the second writes half of its own, and both "
          "records are torn.",
      .why_fixed = "A lock is held over both writes of a record.",
      .variants =
          {{"buggy", Role::kBuggy, Run<&Journal::Append>, {FindingKind::kFailedExpectation}},
           {"fixed", Role::kFixed, Run<&Journal::LockedAppend>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::file_append
