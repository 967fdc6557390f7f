#include "selvage/harness/gtest/skip.h"

#include <sys/mman.h>

#include <cstdio>
#include <new>

namespace selvage {
namespace {

template <std::size_t size>
void Copy(const char* text, char (&to)[size]) {
  std::size_t length = 0;
  for (; text != nullptr && text[length] != '\0' && length + 1 < size; ++length) {
    to[length] = text[length];
  }
  to[length] = '\0';
}

void* NewSharedMemory(std::size_t size) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return memory;
}

}  // namespace

Skip::Skip() : shared_(static_cast<Shared*>(NewSharedMemory(sizeof(Shared)))) {}

Skip::~Skip() { munmap(shared_, sizeof(Shared)); }

void Skip::Note(const testing::TestPartResult& result) {
  if (shared_->noted) return;
  Copy(result.file_name(), shared_->file);
  Copy(result.message(), shared_->message);
  shared_->line = result.line_number();
  shared_->noted = true;
}

void Skip::SkipTest() const {
  GTEST_MESSAGE_AT_(shared_->file, shared_->line, shared_->message, testing::TestPartResult::kSkip);
}

}  // namespace selvage
