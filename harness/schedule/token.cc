#include "selvage/harness/schedule/token.h"

#include <array>
#include <limits>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace selvage::schedule {
namespace {

// Debian's Abseil has a string_view of its own, so what goes to Abseil here is never a
// std::string_view.
constexpr char kPrefix[] = "sv";
constexpr std::size_t kPrefixLength = sizeof(kPrefix) - 1;
constexpr std::size_t kChecksumBytes = 4;

constexpr std::uint8_t kNoEarlyTimeouts = 1;
constexpr std::uint8_t kFreshBodies = 2;
constexpr std::uint8_t kHasMaxSteps = 4;
constexpr std::uint8_t kHasSpuriousWakeups = 8;
constexpr std::uint8_t kHasSharedStack = 16;
constexpr std::uint8_t kNoMemoryPoints = 32;
constexpr std::uint8_t kHasBuild = 64;
constexpr std::uint8_t kNativeUncontrolled = 128;

constexpr std::uint8_t kExpired = 64;
constexpr std::uint8_t kValue = 128;
static_assert(runtime::kOpKindCount <= 64, "operation kinds no longer fit into six bits");

constexpr std::array<std::uint32_t, 256> MakeCrcTable() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t remainder = i;
    for (int bit = 0; bit < 8; ++bit) {
      remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? 0xedb88320u : 0u);
    }
    table[i] = remainder;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> kCrcTable = MakeCrcTable();

class Crc {
 public:
  Crc() { Add(static_cast<std::uint8_t>(kTokenVersion)); }
  void Add(std::uint8_t byte) { crc_ = kCrcTable[(crc_ ^ byte) & 0xff] ^ (crc_ >> 8); }
  std::uint32_t value() const { return ~crc_; }

 private:
  std::uint32_t crc_ = ~std::uint32_t{0};
};

std::uint32_t Checksum(std::string_view bytes) {
  Crc crc;
  for (const char byte : bytes) crc.Add(static_cast<std::uint8_t>(byte));
  return crc.value();
}

// Where bytes go: Put() takes one after the other.
template <typename Sink>
void PutVarint(Sink& sink, std::uint64_t value) {
  for (; value >= 128; value >>= 7) sink.Put(static_cast<std::uint8_t>(value | 128));
  sink.Put(static_cast<std::uint8_t>(value));
}

template <typename Sink>
void PutFixed32(Sink& sink, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) sink.Put(static_cast<std::uint8_t>(value >> shift));
}

// What the length counts.
template <typename Sink>
void PutBody(Sink& sink, std::uint32_t test, const ScheduleSettings& settings,
             std::span<const Decision> decisions) {
  const ScheduleSettings defaults;
  const bool has_steps = settings.max_steps != defaults.max_steps;
  const bool has_spurious = settings.spurious_wakeups != defaults.spurious_wakeups;
  const bool has_stack = settings.shared_stack_end != 0;
  PutFixed32(sink, test);
  sink.Put(static_cast<std::uint8_t>(
      (settings.early_timeouts ? 0 : kNoEarlyTimeouts) |
      (settings.fresh_bodies ? kFreshBodies : 0) | (settings.memory_points ? 0 : kNoMemoryPoints) |
      (settings.control_native ? 0 : kNativeUncontrolled) |
      (has_steps ? kHasMaxSteps : 0) | (has_spurious ? kHasSpuriousWakeups : 0) |
      (has_stack ? kHasSharedStack : 0) | (settings.build != 0 ? kHasBuild : 0)));
  if (has_steps) PutVarint(sink, settings.max_steps);
  if (has_spurious) PutVarint(sink, settings.spurious_wakeups);
  if (has_stack) {
    PutVarint(sink, settings.shared_stack_begin);
    PutVarint(sink, settings.shared_stack_end);
  }
  if (settings.build != 0) sink.Put(settings.build);
  std::uint64_t next_index = 0;
  for (const Decision& decision : decisions) {
    sink.Put(decision.kind == DecisionKind::kTask
                 ? static_cast<std::uint8_t>(static_cast<std::uint8_t>(decision.op) |
                                             (decision.expired ? kExpired : 0))
                 : static_cast<std::uint8_t>(kValue | static_cast<std::uint8_t>(decision.kind)));
    PutVarint(sink, decision.index - next_index);
    PutVarint(sink, decision.value);
    next_index = decision.index + 1;
  }
}

struct ByteCounter {
  void Put(std::uint8_t) { ++count; }

  std::uint64_t count = 0;
};

// base64url without padding, and the checksum of what has passed.
class Base64Sink {
 public:
  explicit Base64Sink(absl::FunctionRef<void(char)> out) : out_(out) {}

  void Put(std::uint8_t byte) {
    crc.Add(byte);
    bits_ = (bits_ << 8 | byte) & 0xffff;
    for (count_ += 8; count_ >= 6; count_ -= 6) PutDigit(bits_ >> (count_ - 6));
  }
  void Finish() {
    if (count_ > 0) PutDigit(bits_ << (6 - count_));
  }

  Crc crc;

 private:
  void PutDigit(std::uint32_t digit) {
    static constexpr char kDigits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    out_(kDigits[digit & 63]);
  }

  absl::FunctionRef<void(char)> out_;
  std::uint32_t bits_ = 0;
  int count_ = 0;  // of bits not yet put
};

// Takes bytes from the front; every read that would pass the end fails.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  bool empty() const { return bytes_.empty(); }
  std::size_t remaining() const { return bytes_.size(); }

  bool ReadByte(std::uint8_t& byte) {
    if (bytes_.empty()) return false;
    byte = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return true;
  }

  bool ReadVarint(std::uint64_t& value) {
    value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      std::uint8_t byte;
      if (!ReadByte(byte)) return false;
      if (shift == 63 && byte > 1) return false;
      value |= static_cast<std::uint64_t>(byte & 127) << shift;
      if (byte < 128) return true;
    }
    return false;
  }

  bool ReadVarint32(std::uint32_t& value) {
    std::uint64_t wide;
    if (!ReadVarint(wide) || wide > std::numeric_limits<std::uint32_t>::max()) return false;
    value = static_cast<std::uint32_t>(wide);
    return true;
  }

  bool ReadFixed32(std::uint32_t& value) {
    value = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      std::uint8_t byte;
      if (!ReadByte(byte)) return false;
      value |= static_cast<std::uint32_t>(byte) << shift;
    }
    return true;
  }

 private:
  std::string_view bytes_;
};

int Base64Digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-') return 62;
  if (c == '_') return 63;
  return -1;
}

struct Decoded {
  std::string bytes;
  std::optional<std::size_t> bad_character;  // its position
  bool canonical = true;  // the bits beyond the last byte are zero, and fewer than six
};

// Unlike absl::WebSafeBase64Unescape it says where the text is wrong, decodes what a truncated one
// has, and accepts one spelling only.
Decoded DecodeBase64(std::string_view text) {
  Decoded result;
  result.bytes.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  int count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int digit = Base64Digit(text[i]);
    if (digit < 0) {
      result.bad_character = i;
      return result;
    }
    bits = (bits << 6 | static_cast<std::uint32_t>(digit)) & 0xffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      result.bytes.push_back(static_cast<char>(bits >> count));
    }
  }
  result.canonical = count < 6 && (bits & ((1u << count) - 1)) == 0;
  return result;
}

std::string_view StripWhitespace(std::string_view text) {
  auto is_space = [](char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)); };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

absl::Status Damaged(const std::string& how) {
  return absl::DataLossError(
      absl::StrCat("the replay token is damaged (", how, "); copy it again from the report"));
}

absl::Status Newer(const std::string& what) {
  return absl::UnimplementedError(
      absl::StrCat("the replay token ", what, "; use a newer release of Selvage"));
}

// After "sv": the digits up to "-". Absent if there are none or too many.
std::optional<std::uint32_t> ReadVersion(std::string_view& text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos || dash == 0 || dash > 4 || text.front() == '0') {
    return std::nullopt;
  }
  std::uint32_t version = 0;
  for (const char c : text.substr(0, dash)) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return std::nullopt;
    version = version * 10 + static_cast<std::uint32_t>(c - '0');
  }
  text.remove_prefix(dash + 1);
  return version;
}

absl::Status ReadDecision(Reader& body, std::uint64_t& next_index, Decision& decision) {
  std::uint8_t head;
  std::uint64_t gap;
  if (!body.ReadByte(head) || !body.ReadVarint(gap) || !body.ReadVarint32(decision.value)) {
    return Damaged("a decision is incomplete");
  }
  if ((head & kValue) == 0) {
    const std::uint8_t op = head & 63;
    if (op >= runtime::kOpKindCount)
      return Newer("names an operation that this release does not know");
    decision.kind = DecisionKind::kTask;
    decision.op = runtime::OpKind{op};
    decision.expired = (head & kExpired) != 0;
  } else {
    const std::uint8_t kind = head & 127;
    if (kind == 0) return Damaged("a decision is of no kind");
    if (kind > static_cast<std::uint8_t>(DecisionKind::kSpuriousWakeup)) {
      return Newer("has a kind of decision that this release does not know");
    }
    decision.kind = DecisionKind{kind};
  }
  decision.index = next_index + gap;
  if (decision.index < next_index || decision.index == std::numeric_limits<std::uint64_t>::max()) {
    return Damaged("its decisions are out of order");
  }
  next_index = decision.index + 1;
  return absl::OkStatus();
}

absl::StatusOr<Token> ReadBody(Reader body) {
  Token token;
  std::uint8_t flags;
  if (!body.ReadFixed32(token.test) || !body.ReadByte(flags)) return Damaged("it is too short");
  token.settings.early_timeouts = (flags & kNoEarlyTimeouts) == 0;
  token.settings.fresh_bodies = (flags & kFreshBodies) != 0;
  token.settings.memory_points = (flags & kNoMemoryPoints) == 0;
  token.settings.control_native = (flags & kNativeUncontrolled) == 0;
  if (((flags & kHasMaxSteps) != 0 && !body.ReadVarint(token.settings.max_steps)) ||
      ((flags & kHasSpuriousWakeups) != 0 && !body.ReadVarint32(token.settings.spurious_wakeups)) ||
      ((flags & kHasSharedStack) != 0 && (!body.ReadVarint32(token.settings.shared_stack_begin) ||
                                          !body.ReadVarint32(token.settings.shared_stack_end))) ||
      ((flags & kHasBuild) != 0 && !body.ReadByte(token.settings.build))) {
    return Damaged("its settings are incomplete");
  }
  if ((flags & kHasSharedStack) != 0 &&
      token.settings.shared_stack_begin >= token.settings.shared_stack_end) {
    return Damaged("its settings contradict themselves");
  }
  std::uint64_t next_index = 0;
  while (!body.empty()) {
    Decision decision;
    if (absl::Status status = ReadDecision(body, next_index, decision); !status.ok()) return status;
    token.decisions.push_back(decision);
  }
  return token;
}

}  // namespace

std::uint32_t HashTestName(std::string_view test_name) {
  std::uint32_t hash = 2166136261u;
  for (const char c : test_name) hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619u;
  return hash;
}

void EncodeToken(std::uint32_t test, const ScheduleSettings& settings,
                 std::span<const Decision> decisions, absl::FunctionRef<void(char)> out) {
  for (const char c : kPrefix) {
    if (c != '\0') out(c);
  }
  static_assert(kTokenVersion < 10, "one digit is written");
  out(static_cast<char>('0' + kTokenVersion));
  out('-');
  ByteCounter length;
  PutBody(length, test, settings, decisions);
  Base64Sink sink(out);
  PutVarint(sink, length.count);
  PutBody(sink, test, settings, decisions);
  PutFixed32(sink, sink.crc.value());
  sink.Finish();
}

std::string EncodeToken(const Token& token) {
  std::string text;
  EncodeToken(token.test, token.settings, token.decisions, [&](char c) { text.push_back(c); });
  return text;
}

absl::StatusOr<Token> DecodeToken(std::string_view text) {
  text = StripWhitespace(text);
  if (text.size() > kMaxTokenLength) {
    return absl::ResourceExhaustedError(absl::StrCat("the replay token is too long: ", text.size(),
                                                     " characters, at most ", kMaxTokenLength,
                                                     " are accepted"));
  }
  std::string_view rest = text;
  std::optional<std::uint32_t> version;
  if (rest.substr(0, kPrefixLength) == kPrefix) {
    rest.remove_prefix(kPrefixLength);
    version = ReadVersion(rest);
  }
  if (!version) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a replay token: one begins with \"", kPrefix, kTokenVersion, "-\""));
  }
  if (*version > kTokenVersion) {
    return Newer(
        absl::StrCat("has version ", *version, ", this release knows version ", kTokenVersion));
  }

  const Decoded decoded = DecodeBase64(rest);
  if (decoded.bad_character) {
    return Damaged(absl::StrCat("character ",
                                text.size() - rest.size() + *decoded.bad_character + 1,
                                " cannot be in a token"));
  }
  Reader reader(decoded.bytes);
  std::uint64_t length = 0;
  const bool has_length = reader.ReadVarint(length);
  // The claimed length is compared, never allocated. Compared without adding to it: it may be any
  // 64-bit number.
  if (!has_length || reader.remaining() < kChecksumBytes ||
      reader.remaining() - kChecksumBytes < length) {
    return absl::OutOfRangeError(
        "the replay token is truncated: its end is missing; copy it again from the report");
  }
  if (reader.remaining() - kChecksumBytes > length) {
    return Damaged("something follows its end");
  }
  const std::string_view covered(decoded.bytes.data(), decoded.bytes.size() - kChecksumBytes);
  std::uint32_t checksum = 0;
  Reader(std::string_view(decoded.bytes).substr(covered.size())).ReadFixed32(checksum);
  if (!decoded.canonical || checksum != Checksum(covered)) return Damaged("its checksum is wrong");
  return ReadBody(Reader(covered.substr(covered.size() - length)));
}

absl::Status CheckTokenFor(const Token& token, std::string_view test_name) {
  if (token.test == HashTestName(test_name)) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("the replay token is of another test, not of ",
                                                    std::string(test_name),
                                                    "; run the test whose report shows it"));
}

}  // namespace selvage::schedule
