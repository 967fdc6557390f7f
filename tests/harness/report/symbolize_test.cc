#include "selvage/harness/report/symbolize.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "selvage/harness/report/function_name.h"
#include "selvage/harness/report/stack.h"
#include "selvage/harness/report/user_frame.h"

namespace selvage::report {
namespace {

constexpr std::string_view kThisFile = "symbolize_test.cc";

std::array<std::uintptr_t, 64> pcs;
int pc_count = 0;

unsigned inner_line = 0;
unsigned middle_line = 0;
unsigned outer_line = 0;

__attribute__((always_inline)) inline void InlinedInner() {
  pc_count = CaptureStack(pcs.data(), static_cast<int>(pcs.size()), 0), inner_line = __LINE__;
}

__attribute__((always_inline)) inline void InlinedMiddle() {
  InlinedInner(), middle_line = __LINE__;
}

__attribute__((noinline)) void NotInlined() { InlinedMiddle(), outer_line = __LINE__; }

template <typename T>
struct Widget {
  __attribute__((noinline)) static void Capture(T) {
    pc_count = CaptureStack(pcs.data(), static_cast<int>(pcs.size()), 0);
    asm volatile("");
  }
};

std::span<const std::uintptr_t> Captured() { return std::span(pcs.data(), pc_count); }

std::string Location(const Frame& frame) { return frame.function + " " + ShortLocation(frame); }

std::string Expected(std::string_view function, unsigned line) {
  return std::string(function) + " " + std::string(kThisFile) + ":" + std::to_string(line);
}

// An address inside the C library's qsort. Not `&qsort`, which a sanitizer or the executable's own
// jump table may stand for.
std::uintptr_t LibraryFunction() {
  void* const libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
  return libc != nullptr ? reinterpret_cast<std::uintptr_t>(dlsym(libc, "qsort")) : 0;
}

TEST(Symbolizer, InlinedFunctionsComeInnermostFirstEachWithItsOwnLine) {
  NotInlined();
  Symbolizer symbolizer;
  const std::vector<Frame> frames = symbolizer.Resolve(pcs[0]);
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(Location(frames[0]), Expected("selvage::report::InlinedInner", inner_line));
  EXPECT_EQ(Location(frames[1]), Expected("selvage::report::InlinedMiddle", middle_line));
  EXPECT_EQ(Location(frames[2]), Expected("selvage::report::NotInlined", outer_line));
}

TEST(Symbolizer, LambdaIsNamedAfterTheFunctionAroundIt) {
  unsigned line = 0;
  auto lambda = [&line]() __attribute__((noinline)) { Widget<int>::Capture(1), line = __LINE__; };
  lambda();
  Symbolizer symbolizer;
  const std::vector<Frame> frames = symbolizer.Resolve(pcs[1]);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_TRUE(frames[0].function.ends_with(
      "LambdaIsNamedAfterTheFunctionAroundIt_Test::TestBody::{lambda}"))
      << frames[0].function;
  EXPECT_EQ(ShortLocation(frames[0]), std::string(kThisFile) + ":" + std::to_string(line));
}

TEST(Symbolizer, TemplateAndArgumentListsAreLeftOut) {
  Widget<std::vector<int>>::Capture({});
  Symbolizer symbolizer;
  EXPECT_EQ(symbolizer.Resolve(pcs[0]).back().function, "selvage::report::Widget::Capture");
}

TEST(Symbolizer, FileIsAPathThatEndsInTheSource) {
  NotInlined();
  Symbolizer symbolizer;
  EXPECT_TRUE(
      symbolizer.Resolve(pcs[0]).back().file.ends_with("tests/harness/report/symbolize_test.cc"));
}

TEST(Symbolizer, FunctionWithoutDebugInformationFallsBackToItsSymbol) {
  void* const library = dlopen("libstdc++.so.6", RTLD_NOW | RTLD_NOLOAD);
  if (library == nullptr) GTEST_SKIP() << "libstdc++ is not a shared library here";
  const auto address = reinterpret_cast<std::uintptr_t>(dlsym(library, "_ZSt9terminatev"));
  Symbolizer symbolizer;
  const std::vector<Frame> frames = symbolizer.Resolve(address + 1);
  EXPECT_EQ(frames.back().function, "std::terminate");
  EXPECT_NE(frames.back().module.find("/libstdc++.so.6"), std::string::npos)
      << frames.back().module;
}

TEST(Symbolizer, AddressWithoutSymbolFallsBackToModuleAndOffset) {
  Dl_info info{};
  ASSERT_NE(dladdr(reinterpret_cast<void*>(LibraryFunction()), &info), 0);
  Symbolizer symbolizer;
  const std::vector<Frame> frames =
      symbolizer.Resolve(reinterpret_cast<std::uintptr_t>(info.dli_fbase) + 0x11);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].function, "libc.so.6+0x10");
  EXPECT_EQ(frames[0].file, "");
  EXPECT_EQ(frames[0].line, 0u);
}

TEST(Symbolizer, AddressInNoModuleGivesOneEmptyFrame) {
  Symbolizer symbolizer;
  int on_stack = 0;
  for (const std::uintptr_t garbage :
       {std::uintptr_t{0}, std::uintptr_t{1}, std::uintptr_t{0x1234}, ~std::uintptr_t{0},
        std::uintptr_t{0x5151515151515151}, reinterpret_cast<std::uintptr_t>(&on_stack)}) {
    EXPECT_EQ(symbolizer.Resolve(garbage), std::vector<Frame>{Frame{}}) << garbage;
  }
}

TEST(Symbolizer, SecondLookupGivesTheSameAnswer) {
  NotInlined();
  Symbolizer symbolizer;
  const std::vector<Frame> first = symbolizer.Resolve(pcs[0]);
  EXPECT_EQ(symbolizer.Resolve(pcs[0]), first);
}

TEST(Symbolizer, ModuleLoadedLaterIsNoticed) {
  Symbolizer symbolizer;
  symbolizer.Resolve(LibraryFunction() + 1);
  void* const library = dlopen("libBrokenLocale.so.1", RTLD_NOW);
  if (library == nullptr) GTEST_SKIP() << dlerror();
  const auto address = reinterpret_cast<std::uintptr_t>(dlsym(library, "__ctype_get_mb_cur_max"));
  const std::vector<Frame> frames = symbolizer.Resolve(address + 1);
  EXPECT_EQ(frames.back().function, "__ctype_get_mb_cur_max");
  EXPECT_NE(frames.back().module.find("libBrokenLocale"), std::string::npos);
  dlclose(library);
  EXPECT_EQ(symbolizer.Resolve(LibraryFunction() + 1).back().function, "qsort");
  EXPECT_EQ(symbolizer.Resolve(LibraryFunction() + 2).back().function, "qsort");
}

TEST(Symbolizer, FileMappedForReadingIsNotTakenForTheModule) {
  Dl_info info{};
  ASSERT_NE(dladdr(reinterpret_cast<void*>(LibraryFunction()), &info), 0);
  const auto base = reinterpret_cast<std::uintptr_t>(info.dli_fbase);
  // As libelf maps the files it reads.
  const int file = open(info.dli_fname, O_RDONLY);
  ASSERT_GE(file, 0);
  std::vector<void*> copies(4);
  for (void*& copy : copies) copy = mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE, file, 0);
  Symbolizer symbolizer;
  EXPECT_EQ(symbolizer.Resolve(base + 0x11).front().function, "libc.so.6+0x10");
  for (void* copy : copies) {
    EXPECT_EQ(symbolizer.Resolve(reinterpret_cast<std::uintptr_t>(copy) + 0x11),
              std::vector<Frame>{Frame{}});
    munmap(copy, 4096);
  }
  close(file);
}

TEST(Symbolizer, FirstUserFrameOfAWholeStackIsTheTestItself) {
  NotInlined();
  Symbolizer symbolizer;
  const std::vector<Frame> stack = symbolizer.ResolveStack(Captured());
  EXPECT_GT(stack.size(), static_cast<std::size_t>(pc_count));
  EXPECT_EQ(Location(FirstUserFrame(stack)), Expected("selvage::report::InlinedInner", inner_line));
}

TEST(ShortFunctionName, KeepsTheQualifiedNameOnly) {
  const std::vector<std::pair<std::string, std::string>> names = {
      {"main", "main"},
      {"worker.part.0", "worker"},
      {"__GI_qsort", "qsort"},
      {"memcpy@@GLIBC_2.14", "memcpy"},
      {"_ZNSt6vectorIiSaIiEE9push_backEOi", "std::vector::push_back"},
      {"_ZN12_GLOBAL__N_13fooEv", "foo"},
      {"void bank::Transfer<int, std::less<int> >(int, bool (*)(int)) [clone .cold]",
       "bank::Transfer"},
      {"Foo::Get() const::{lambda(int)#1}::operator()(int) const", "Foo::Get::{lambda}"},
      {"void Foo::Run<int>()::{lambda()#1}::operator()<char>(char) "
       "const::{lambda()#2}::operator()() const",
       "Foo::Run::{lambda}::{lambda}"},
      {"Foo()::$_0::operator()() const", "Foo::{lambda}"},
      {"ns::Foo()::'lambda'(int)::operator()(int) const", "ns::Foo::{lambda}"},
      {"ns::Foo::<lambda(int)>::operator()", "ns::Foo::{lambda}"},
      {"ns::Foo::{unnamed}::operator()", "ns::Foo::{lambda}"},
      {"bool operator< <int>(A<int> const&, A<int> const&)", "operator<"},
      {"std::ostream& std::operator<< <std::char_traits<char> >(std::ostream&, char)",
       "std::operator<<"},
      {"A::operator->() const", "A::operator->"},
      {"A::operator()(int) &&", "A::operator()"},
      {"A<(3>2)>::operator bool() const", "A::operator bool"},
      {"operator new[](unsigned long)", "operator new[]"},
      {"operator delete(void*)", "operator delete"},
      {"operators::Run(int)", "operators::Run"},
      {"decltype (a->b) ns::f<&A::operator> >(A)", "ns::f"},
      {"Foo[abi:cxx11](int)", "Foo"},
      {"(anonymous namespace)::Foo::~Foo()", "Foo::~Foo"},
      {"", ""},
  };
  for (const auto& [name, expected] : names) EXPECT_EQ(ShortFunctionName(name), expected) << name;
}

TEST(ShortFunctionName, SurvivesUnbalancedBrackets) {
  for (const char* name :
       {"f<", "f(", "f>)", "{lambda", "operator", "_Z", "$_", "f<operator", "(", "[", " "}) {
    ShortFunctionName(name);
  }
}

TEST(IsUserFrame, LibrariesRuntimesAndTheHarnessAreNot) {
  const std::vector<Frame> others = {
      {},
      {"std::thread::_State_impl::_M_run", "/opt/gcc/include/c++/12/bits/std_thread.h", 210},
      {"helper", "/usr/bin/../lib/gcc/x86_64-linux-gnu/12/../../../../include/c++/12/thread", 3},
      {"testing::Test::Run", "/home/me/googletest/src/gtest.cc", 2600},
      {"qsort", "./stdlib/msort.c", 12, "/usr/lib/x86_64-linux-gnu/libc.so.6"},
      {"__interceptor_pthread_create"},
      {"__tsan::RunThread"},
      {"_start", "", 0, "/home/me/bank_test"},
      {"[vdso]+0x10", "", 0, "[vdso: 12]"},
      {"selvage::runtime::Yield", "/home/me/selvage/harness/runtime/task.cc", 3},
      {"selvage::Lock::Acquire", "primitives/lock.h", 3},
      {"selvage::Lock::Acquire"},
  };
  for (const Frame& frame : others) EXPECT_FALSE(IsUserFrame(frame)) << Location(frame);
}

TEST(IsUserFrame, UserCodeCasesAndTestsAre) {
  const std::vector<Frame> users = {
      {"bank::Transfer", "/home/me/bank/account.cc", 31},
      {"bank::Transfer", "", 0, "/home/me/bank_test"},
      {"bank_test+0x1f", "", 0, "/home/me/bank_test"},
      {"standard::Run", "src/standard.cc", 1},
      {"selvage::cases::Counter", "/work/cases/counter.cc", 5},
      {"selvage::report::Thing_Test::TestBody", "/work/tests/harness/report/thing_test.cc", 5},
      {"selvage::report::Thing_Test::TestBody", "tests/harness/report/thing_test.cc", 5},
  };
  for (const Frame& frame : users) EXPECT_TRUE(IsUserFrame(frame)) << Location(frame);
}

TEST(FirstUserFrame, PrefersAFrameWithALineAndIsEmptyWithoutAny) {
  const Frame library{"std::sort", "/usr/include/c++/12/algorithm", 1};
  const Frame no_line{"plugin::Call", "", 0, "/opt/plugin.so"};
  const Frame user{"bank::Transfer", "account.cc", 31};
  EXPECT_EQ(FirstUserFrame({library, no_line, user}), user);
  EXPECT_EQ(FirstUserFrame({library, no_line}), no_line);
  EXPECT_EQ(FirstUserFrame({library}), Frame{});
  EXPECT_EQ(FirstUserFrame({}), Frame{});
}

TEST(ShortLocation, IsBaseNameAndLineOrTheBestThatIsKnown) {
  EXPECT_EQ(ShortLocation({"Count", "/src/counter.cc", 31}), "counter.cc:31");
  EXPECT_EQ(ShortLocation({"Count", "/src/counter.cc", 0}), "counter.cc");
  EXPECT_EQ(ShortLocation({"libm.so.6+0x10", "", 0}), "libm.so.6+0x10");
  EXPECT_EQ(ShortLocation({}), "unknown location");
}

TEST(DisplayPath, IsRelativeOnlyBelowTheCurrentDirectory) {
  const std::string here = std::filesystem::current_path().string();
  EXPECT_EQ(DisplayPath(here + "/src/a.cc"), "src/a.cc");
  EXPECT_EQ(DisplayPath(here + "/build/../src/a.cc"), "src/a.cc");
  EXPECT_EQ(DisplayPath(here + "-other/a.cc"), here + "-other/a.cc");
  EXPECT_EQ(DisplayPath(here + "/../a.cc"), here + "/../a.cc");
  EXPECT_EQ(DisplayPath("src/a.cc"), "src/a.cc");
  EXPECT_EQ(DisplayPath(""), "");
}

}  // namespace
}  // namespace selvage::report
