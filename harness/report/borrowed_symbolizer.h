// Symbolizers that serve one exploration after the other.
#ifndef SELVAGE_HARNESS_REPORT_BORROWED_SYMBOLIZER_H_
#define SELVAGE_HARNESS_REPORT_BORROWED_SYMBOLIZER_H_

#include <memory>

#include "selvage/harness/report/symbolize.h"

namespace selvage::report {

// A symbolizer of one's own for a while. Those given back are lent again, with all that they have
// read of the debug information, until a module is loaded or unloaded: its addresses then stand
// for something else. As many are kept as were borrowed at one time, to the end of the process.
//
// Different instances may be used by different threads at once.
class BorrowedSymbolizer {
 public:
  BorrowedSymbolizer();
  ~BorrowedSymbolizer();
  BorrowedSymbolizer(const BorrowedSymbolizer&) = delete;
  BorrowedSymbolizer& operator=(const BorrowedSymbolizer&) = delete;

  Symbolizer& operator*() const { return *symbolizer_; }
  Symbolizer* operator->() const { return symbolizer_.get(); }

 private:
  std::unique_ptr<Symbolizer> symbolizer_;
};

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_BORROWED_SYMBOLIZER_H_
