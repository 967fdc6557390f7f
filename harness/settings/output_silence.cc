#include "selvage/harness/settings/output_silence.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <mutex>

namespace selvage::settings {
namespace {

std::mutex lock;
int silences = 0;  // that have started
int output = -1;   // where standard output went before; -1: it could not be kept, and goes on

void Divert() {
  std::fflush(stdout);
  output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (output >= 0 && nowhere >= 0) dup2(nowhere, STDOUT_FILENO);
  if (nowhere >= 0) close(nowhere);
}

void Restore() {
  std::fflush(stdout);
  if (output < 0) return;
  dup2(output, STDOUT_FILENO);
  close(output);
}

}  // namespace

void OutputSilence::Start() {
  if (started_) return;
  started_ = true;
  const std::lock_guard<std::mutex> holder(lock);
  if (silences++ == 0) Divert();
}

void OutputSilence::Stop() {
  if (!started_) return;
  started_ = false;
  const std::lock_guard<std::mutex> holder(lock);
  if (--silences == 0) Restore();
}

}  // namespace selvage::settings
