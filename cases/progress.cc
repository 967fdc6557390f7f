#include "selvage/cases/progress.h"

#include <unistd.h>

#include <utility>

#include "selvage/cases/table.h"

namespace selvage::cases {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(100);
// "Carriage return, erase to the end of the line": ECMA-48, EL.
constexpr char kRewrite[] = "\r\x1b[K";

}  // namespace

Progress::Progress(std::FILE* terminal)
    : terminal_(terminal), shown_(isatty(fileno(terminal)) != 0) {}

void Progress::Start(std::string what) {
  what_ = std::move(what);
  last_ = Clock::now();
}

void Progress::Update(std::uint64_t done, std::uint64_t most) {
  const auto now = Clock::now();
  if (!shown_ || now - last_ < kInterval) return;
  last_ = now;
  std::fprintf(terminal_, "%s%s  %s of %s schedule%s", kRewrite, what_.c_str(),
               Thousands(done).c_str(), Thousands(most).c_str(), most == 1 ? "" : "s");
  std::fflush(terminal_);
}

void Progress::Clear() {
  if (!shown_) return;
  std::fputs(kRewrite, terminal_);
  std::fflush(terminal_);
}

}  // namespace selvage::cases
