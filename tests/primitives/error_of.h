// How the primitives refuse misuse outside a schedule.
#ifndef SELVAGE_TESTS_PRIMITIVES_ERROR_OF_H_
#define SELVAGE_TESTS_PRIMITIVES_ERROR_OF_H_

#include <functional>
#include <string>
#include <system_error>

namespace selvage {

// The code of the std::system_error that `operation` throws, and its text.
inline std::error_code ErrorOf(const std::function<void()>& operation,
                               std::string* text = nullptr) {
  try {
    operation();
  } catch (const std::system_error& error) {
    if (text != nullptr) *text = error.what();
    return error.code();
  }
  return {};
}

}  // namespace selvage

#endif  // SELVAGE_TESTS_PRIMITIVES_ERROR_OF_H_
