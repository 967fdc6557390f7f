// Where in the user's code something was made or asked for.
//
// clang 14 has no std::source_location; the builtins behind it are older, and as default arguments
// they name the caller in the same way.
#ifndef SELVAGE_HARNESS_SOURCE_LOCATION_H_
#define SELVAGE_HARNESS_SOURCE_LOCATION_H_

namespace selvage {

// A file and a line of the user's code; both from string literals, so copies are free and never
// dangle.
struct SourceLocation {
  const char* file = "";
  unsigned line = 0;

  // The location of the caller, when used as a default argument.
  static constexpr SourceLocation Current(const char* file = __builtin_FILE(),
                                          unsigned line = __builtin_LINE()) {
    return SourceLocation{file, line};
  }
};

}  // namespace selvage

#endif  // SELVAGE_HARNESS_SOURCE_LOCATION_H_
