#include "selvage/harness/crash/alternative_stack.h"

#include <signal.h>

namespace selvage::crash {

AlternativeStack::AlternativeStack() {
  stack_t present = {};
  if (sigaltstack(nullptr, &present) != 0 || (present.ss_flags & SS_DISABLE) == 0) return;
  memory_.reset(new char[kSize]);  // not zeroed: no page of it is touched until it is needed
  const stack_t stack{.ss_sp = memory_.get(), .ss_flags = 0, .ss_size = kSize};
  sigaltstack(&stack, nullptr);
}

AlternativeStack::~AlternativeStack() {
  if (memory_ == nullptr) return;
  stack_t present = {};
  if (sigaltstack(nullptr, &present) != 0 || present.ss_sp != memory_.get()) return;
  const stack_t none{.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = kSize};
  sigaltstack(&none, nullptr);
}

}  // namespace selvage::crash
