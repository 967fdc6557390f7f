#include "selvage/harness/report/function_name.h"

#include <cxxabi.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

namespace selvage::report {
namespace {

// Longest first, so that the first match is the whole operator.
constexpr std::array<std::string_view, 44> kOperators = {
    "<=>", "<<=", ">>=", "->*",  "()", "[]", "->", "<<",  ">>",     "<=",       ">=",
    "==",  "!=",  "&&",  "||",   "++", "--", "+=", "-=",  "*=",     "/=",       "%=",
    "^=",  "&=",  "|=",  "\"\"", "<",  ">",  "=",  "!",   "+",      "-",        "*",
    "/",   "%",   "^",   "&",    "|",  "~",  ",",  "new", "delete", "co_await", "{}"};

bool IsIdentifier(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$';
}

// Reads a demangled name from left to right, appending what stays to `out_`.
class Shortener {
 public:
  explicit Shortener(std::string_view rest) : rest_(rest) {}

  std::string Shorten() {
    while (!rest_.empty()) Step();
    return std::move(out_);
  }

 private:
  void Step() {
    if (Skip("(anonymous namespace)") || Skip("{anonymous}")) {
      Skip("::");
    } else if (rest_.starts_with("<lambda") && AtComponentStart()) {  // GCC's debug information
      SkipBalanced();
      AppendLambda();
    } else if (Skip("{unnamed}::operator()")) {  // GCC's debug information has closure types
                                                 // without a name, too
      out_ += "{lambda}";
    } else if (rest_.starts_with("{lambda")) {
      SkipBalanced();
      AppendLambda();
    } else if (rest_.starts_with("'lambda") ||
               rest_.starts_with("$_")) {  // LLVM's demangler; clang's internal lambdas
      rest_.remove_prefix(1);
      while (!rest_.empty() && IsIdentifier(rest_.front())) rest_.remove_prefix(1);
      if (Skip("'") && rest_.starts_with('(')) SkipBalanced();
      AppendLambda();
    } else if (rest_.starts_with("operator") && AtComponentStart() &&
               (rest_.size() == 8 || !IsIdentifier(rest_[8]))) {
      AppendOperator();
    } else if (rest_.front() == '(') {
      SkipBalanced();
      SkipQualifiers();
    } else if (rest_.front() == '<' || rest_.front() == '[') {
      SkipBalanced();
    } else if (rest_.starts_with(" [")) {  // [clone .cold], [abi:cxx11]
      rest_.remove_prefix(1);
      SkipBalanced();
    } else if (rest_.front() == '{') {  // {unnamed}, {default arg#1}: one word, whatever is inside
      const std::size_t length = rest_.size();
      const std::string_view whole = rest_;
      SkipBalanced();
      out_ += whole.substr(0, length - rest_.size());
    } else if (rest_.front() == ' ') {  // what stood before was a return type, or "vtable for"
      rest_.remove_prefix(1);
      out_.clear();
    } else {
      out_ += rest_.front();
      rest_.remove_prefix(1);
    }
  }

  bool Skip(std::string_view prefix) {
    if (!rest_.starts_with(prefix)) return false;
    rest_.remove_prefix(prefix.size());
    return true;
  }

  bool AtComponentStart() const { return out_.empty() || out_.ends_with("::"); }

  // Drops a bracketed part with all it contains. Inside parentheses '<' and '>' may be operators of
  // an expression and do not count; neither does the '>' of "->", nor an angle bracket that is part
  // of an operator's name.
  void SkipBalanced() {
    std::string open;
    while (!rest_.empty()) {
      if (Skip("->")) continue;
      if (rest_.starts_with("operator") && rest_.size() > 8 && !IsIdentifier(rest_[8])) {
        rest_.remove_prefix(8);
        SkipOperatorSymbol();
        continue;
      }
      const char c = rest_.front();
      const bool angles_count = open.empty() || open.back() == '<';
      rest_.remove_prefix(1);
      if (c == '(' || c == '[' || c == '{' || (c == '<' && angles_count)) {
        open += c;
      } else if (c == ')' || c == ']' || c == '}' || (c == '>' && angles_count)) {
        if (!open.empty()) open.pop_back();
        if (open.empty()) return;
      }
    }
  }

  void SkipQualifiers() {
    while (Skip(" const") || Skip(" volatile") || Skip(" noexcept") || Skip(" &&") || Skip(" &")) {
    }
  }

  // The closure type's call operator is the lambda itself, to its author.
  void AppendLambda() {
    out_ += "{lambda}";
    if (!Skip("::operator()")) Skip("::__invoke");
  }

  std::string_view SkipOperatorSymbol() {
    std::string_view start = rest_;
    if (rest_.starts_with(" new") || rest_.starts_with(" delete") ||
        rest_.starts_with(" co_await")) {
      rest_.remove_prefix(1);
    }
    const auto* const symbol =
        std::find_if(kOperators.begin(), kOperators.end(),
                     [this](std::string_view s) { return rest_.starts_with(s); });
    if (symbol != kOperators.end()) rest_.remove_prefix(symbol->size());
    if (start.starts_with(" new") || start.starts_with(" delete")) Skip("[]");
    return start.substr(0, start.size() - rest_.size());
  }

  void AppendOperator() {
    out_ += rest_.substr(0, 8);
    rest_.remove_prefix(8);
    const std::string_view symbol = SkipOperatorSymbol();
    out_ += symbol;
    if (symbol == "\"\"" ||
        symbol.empty()) {  // a literal's suffix, a conversion's target type: to the argument list
      while (!rest_.empty() && rest_.front() != '(') {
        if (rest_.front() == '<') {
          SkipBalanced();
        } else {
          out_ += rest_.front();
          rest_.remove_prefix(1);
        }
      }
    } else {
      Skip(" ");  // the demangler's way to keep "operator<" and "<int>" apart
    }
  }

  std::string_view rest_;
  std::string out_;
};

}  // namespace

std::string ShortFunctionName(std::string_view name) {
  if (!name.starts_with("_Z")) {
    // A C name, perhaps with a symbol version (name@@V) or GCC's suffix for a clone (name.part.0),
    // or a name from the debug information. '.' and '@' are in no C++ name outside template and
    // argument lists.
    if (name.starts_with("__GI_"))
      name.remove_prefix(5);  // glibc's spelling of a function it calls itself
    if (name.find_first_of("(<:") == std::string_view::npos)
      name = name.substr(0, name.find_first_of(".@", 1));
    return Shortener(name).Shorten();
  }
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> demangled(
      abi::__cxa_demangle(std::string(name).c_str(), nullptr, nullptr, &status), std::free);
  return demangled == nullptr ? std::string(name) : Shortener(demangled.get()).Shorten();
}

}  // namespace selvage::report
