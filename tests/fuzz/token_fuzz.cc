// The reader of replay tokens: refuses or understands, and what it understands survives being
// written.
//
// An input that begins with an even byte is a token's text. After an odd byte comes its body only,
// which gets a right length and checksum: nobody guesses those.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "selvage/harness/schedule/token.h"

namespace {

using selvage::schedule::DecodeToken;
using selvage::schedule::kTokenVersion;

std::uint32_t Crc32(const std::string& bytes) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (const char byte : bytes) {
    crc ^= static_cast<std::uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0u);
  }
  return ~crc;
}

std::string TokenOf(const std::string& body) {
  std::string bytes;
  for (std::size_t length = body.size();; length >>= 7) {
    bytes.push_back(static_cast<char>(length < 128 ? length : length | 128));
    if (length < 128) break;
  }
  bytes += body;
  const std::uint32_t checksum = Crc32(std::string(1, static_cast<char>(kTokenVersion)) + bytes);
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(checksum >> shift));
  return absl::StrCat("sv", kTokenVersion, "-", absl::WebSafeBase64Escape(bytes));
}

void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool is_body = data[0] % 2 == 1;
  const auto token = DecodeToken(is_body ? TokenOf(rest) : rest);
  if (!token.ok()) {
    Require(!token.status().message().empty(), "a refusal says why");
    const bool reached = token.status().code() != absl::StatusCode::kOutOfRange;
    Require(!is_body || reached, "a right length is not too short");
    return 0;
  }
  const std::string text = EncodeToken(*token);
  const auto again = DecodeToken(text);
  Require(again.ok() || text.size() > selvage::schedule::kMaxTokenLength,
          "what is written is read again");
  Require(!again.ok() || *again == *token, "and is the same token");
  return 0;
}
