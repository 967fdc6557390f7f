#include "selvage/harness/report/borrowed_symbolizer.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

namespace selvage::report {
namespace {

TEST(BorrowedSymbolizer, GivenBack_IsLentAgain) {
  const Symbolizer* first;
  {
    const BorrowedSymbolizer borrowed;
    first = &*borrowed;
  }
  const BorrowedSymbolizer again;
  EXPECT_EQ(&*again, first);
}

TEST(BorrowedSymbolizer, BorrowedAtTheSameTime_AreDifferent) {
  const BorrowedSymbolizer one;
  const BorrowedSymbolizer other;
  EXPECT_NE(&*one, &*other);
}

TEST(BorrowedSymbolizer, AfterAModuleWasUnloaded_ForgetsWhereItWas) {
  void* const library = dlopen("libBrokenLocale.so.1", RTLD_NOW);
  ASSERT_NE(library, nullptr) << dlerror();
  void* const function = dlsym(library, "__ctype_get_mb_cur_max");
  ASSERT_NE(function, nullptr);
  const std::uintptr_t address = reinterpret_cast<std::uintptr_t>(function) + 1;
  EXPECT_EQ(BorrowedSymbolizer()->Resolve(address).front().function, "__ctype_get_mb_cur_max");
  dlclose(library);
  EXPECT_EQ(BorrowedSymbolizer()->Resolve(address).front(), Frame{});
}

}  // namespace
}  // namespace selvage::report
