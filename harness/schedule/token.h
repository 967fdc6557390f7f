// The replay token: what a failure prints, and what a test can carry for ever.
//
// "sv" version "-" and then, in base64url without padding (RFC 4648, section 5), so that it
// survives a shell, a URL and a chat:
//
// clang-format off
//   varint   length in bytes of what follows it, without the checksum
//   4 bytes  FNV-1a of the test's name, little-endian
//   1 byte   flags: 1 no early timeouts, 2 fresh bodies, 32 no memory points, 128 native threads
//            and locks not controlled; and what follows because it is not the default: 4 max_steps, 8 spurious_wakeups, 16 shared_stack_begin
//            and shared_stack_end, 64 the kind of build
//   varints  those, the build a byte
//   for each decision:
//     1 byte   operation kind (below 64), + 64 if the wait expires; or 128 + the kind of decision
//     varint   choices between it and the decision before
//     varint   task or value
//   4 bytes  CRC-32 (IEEE) of the version and everything before, little-endian
// clang-format on
//
// Varints are little-endian base 128. A decision usually takes 3 bytes, that is 4 characters. The
// settings' defaults and DefaultTask() are part of the meaning of version 1.
#ifndef SELVAGE_HARNESS_SCHEDULE_TOKEN_H_
#define SELVAGE_HARNESS_SCHEDULE_TOKEN_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "selvage/harness/schedule/decision.h"
#include "selvage/harness/schedule/settings.h"

namespace selvage::schedule {

inline constexpr std::uint32_t kTokenVersion = 1;

// In characters; some 190,000 decisions.
inline constexpr std::size_t kMaxTokenLength = std::size_t{1} << 20;

struct Token {
  std::uint32_t test = 0;  // HashTestName() of the test it was printed by
  ScheduleSettings settings;
  std::vector<Decision> decisions;  // in increasing order of index

  friend bool operator==(const Token&, const Token&) = default;
};

// FNV-1a, 32 bits.
std::uint32_t HashTestName(std::string_view test_name);

// REQUIRES: the decisions' indexes increase. Longer than kMaxTokenLength if there are too many
// decisions; such a token cannot be decoded.
std::string EncodeToken(const Token& token);

// The same, character by character, for a process that is about to die: allocates nothing, takes no
// lock.
void EncodeToken(std::uint32_t test, const ScheduleSettings& settings,
                 std::span<const Decision> decisions, absl::FunctionRef<void(char)> out);

// White space around the token is ignored. Errors, each with a sentence for the user:
//   kInvalidArgument    not a token at all
//   kUnimplemented      of a newer version or with newer operations
//   kOutOfRange         truncated
//   kDataLoss           damaged
//   kResourceExhausted  longer than kMaxTokenLength
// Memory used is linear in the length of the text, whatever the text claims.
absl::StatusOr<Token> DecodeToken(std::string_view text);

// kFailedPrecondition if the token was printed by another test.
absl::Status CheckTokenFor(const Token& token, std::string_view test_name);

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_TOKEN_H_
