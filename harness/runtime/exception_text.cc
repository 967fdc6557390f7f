#include "selvage/harness/runtime/exception_text.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <typeinfo>

#include "absl/strings/str_cat.h"

namespace selvage::runtime {

std::string DescribeException(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> type(
        abi::__cxa_demangle(typeid(e).name(), nullptr, nullptr, &status), &std::free);
    return absl::StrCat(status == 0 ? type.get() : typeid(e).name(), ": ", e.what());
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

}  // namespace selvage::runtime
