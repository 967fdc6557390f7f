#include "selvage/harness/record.h"

#include <cstdlib>

namespace selvage {

void RecordReader::Take(void* to, std::size_t size) {
  if (size > bytes_.size()) std::abort();  // the two sides have to agree
  std::memcpy(to, bytes_.data(), size);
  bytes_.remove_prefix(size);
}

std::string RecordReader::GetText() {
  std::string text(Get<std::size_t>(), '\0');
  Take(text.data(), text.size());
  return text;
}

}  // namespace selvage
