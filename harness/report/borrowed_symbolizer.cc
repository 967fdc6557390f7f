#include "selvage/harness/report/borrowed_symbolizer.h"

#include <utility>
#include <vector>

#include "selvage/harness/report/loaded_modules.h"
#include "selvage/harness/runtime/forking.h"
#include "selvage/harness/runtime/spin_lock.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::report {
namespace {

constinit runtime::SpinLock shelf_lock;
[[maybe_unused]] const bool kShelfLockIsHeldWhileForking =
    (runtime::HoldWhileForking(shelf_lock), true);

// What nobody has borrowed at the moment, and as of when its answers hold.
struct Shelf {
  ModuleChanges as_of;
  std::vector<std::unique_ptr<Symbolizer>> symbolizers;
};

// Never destroyed: an exploration may end in a destructor of the program's last statics.
Shelf& TheShelf() {
  static Shelf& shelf = *new Shelf;
  const ModuleChanges now = CountModuleChanges();
  if (shelf.as_of != now) shelf.symbolizers.clear();
  shelf.as_of = now;
  return shelf;
}

}  // namespace

BorrowedSymbolizer::BorrowedSymbolizer() {
  const tsan::IgnoreScope unseen;
  const runtime::SpinLockHolder holder(shelf_lock);
  Shelf& shelf = TheShelf();
  if (shelf.symbolizers.empty()) {
    symbolizer_ = std::make_unique<Symbolizer>();
  } else {
    symbolizer_ = std::move(shelf.symbolizers.back());
    shelf.symbolizers.pop_back();
  }
}

BorrowedSymbolizer::~BorrowedSymbolizer() {
  const tsan::IgnoreScope unseen;
  const runtime::SpinLockHolder holder(shelf_lock);
  TheShelf().symbolizers.push_back(std::move(symbolizer_));
}

}  // namespace selvage::report
