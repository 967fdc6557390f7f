#include "selvage/harness/schedule/token.h"

#include <cctype>
#include <cstdint>
#include <string>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "selvage/harness/schedule/random.h"

namespace selvage::schedule {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

Token RandomToken(Random& random) {
  Token token;
  token.test = static_cast<std::uint32_t>(random.Next());
  if (random.Chance(1, 2)) token.settings.max_steps = random.Next() >> random.Below(64);
  if (random.Chance(1, 2)) {
    token.settings.spurious_wakeups =
        static_cast<std::uint32_t>(random.Next() >> (32 + random.Below(32)));
  }
  token.settings.early_timeouts = random.Chance(1, 2);
  token.settings.fresh_bodies = random.Chance(1, 2);
  token.settings.memory_points = random.Chance(1, 2);
  if (random.Chance(1, 2)) token.settings.build = static_cast<Build>(random.Below(256));
  if (random.Chance(1, 2)) {
    token.settings.shared_stack_begin = static_cast<std::uint32_t>(random.Below(100));
    token.settings.shared_stack_end =
        token.settings.shared_stack_begin + 1 + static_cast<std::uint32_t>(random.Below(100'000));
  }
  std::uint64_t index = 0;
  for (std::uint64_t left = random.Below(40); left > 0; --left) {
    Decision decision;
    index += random.Chance(1, 8) ? random.Next() >> (16 + random.Below(48)) : random.Below(20);
    decision.index = index++;
    decision.kind = DecisionKind{static_cast<std::uint8_t>(random.Below(3))};
    decision.value =
        static_cast<std::uint32_t>(random.Chance(1, 8) ? random.Next() : random.Below(9));
    if (decision.kind == DecisionKind::kTask) {
      decision.op = runtime::OpKind{static_cast<std::uint8_t>(random.Below(runtime::kOpKindCount))};
      decision.expired = random.Chance(1, 4);
    }
    token.decisions.push_back(decision);
  }
  return token;
}

Token SmallToken() {
  Token token;
  token.test = HashTestName("Bank.Transfer");
  token.decisions = {{14, DecisionKind::kTask, 2, runtime::OpKind::kLock, false},
                     {20, DecisionKind::kNotifiedWaiter, 1, runtime::OpKind::kStart, false},
                     {21, DecisionKind::kTask, 1, runtime::OpKind::kWake, true}};
  return token;
}

absl::StatusCode DecodingError(const std::string& text) {
  return DecodeToken(text).status().code();
}

TEST(Token, RandomTokens_SurviveTheRoundTrip) {
  Random random(1);
  for (int i = 0; i < 5'000; ++i) {
    const Token token = RandomToken(random);
    const absl::StatusOr<Token> decoded = DecodeToken(EncodeToken(token));
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, token);
  }
}

TEST(Token, Encoding_NeverChanges) {
  EXPECT_EQ(EncodeToken(SmallToken()), "sv1-DrCrbisABA4CgQUBSAABsp7BZA");
}

TEST(Token, Text_IsSafeInAShell) {
  Random random(2);
  for (int i = 0; i < 500; ++i) {
    for (const char c : EncodeToken(RandomToken(random))) {
      EXPECT_TRUE(std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_') << c;
    }
  }
}

TEST(Token, Decision_TakesFourCharacters) {
  Token token;
  const std::size_t empty = EncodeToken(token).size();
  EXPECT_LE(empty, 20u);
  for (std::uint32_t i = 0; i < 30; ++i) {
    token.decisions.push_back({i * 10, DecisionKind::kTask, i % 5, runtime::OpKind::kStore, false});
  }
  EXPECT_LE(EncodeToken(token).size(), empty + 30 * 4 + 2);
}

TEST(Token, SurroundingWhiteSpace_IsIgnored) {
  EXPECT_TRUE(DecodeToken("  " + EncodeToken(SmallToken()) + "\n").ok());
}

TEST(Token, AnyOtherCharacterAnywhere_IsRejected) {
  Random random(3);
  for (int i = 0; i < 20; ++i) {
    const std::string text = EncodeToken(i == 0 ? SmallToken() : RandomToken(random));
    for (std::size_t position = 0; position < text.size(); ++position) {
      for (int c = 1; c < 256; ++c) {
        std::string damaged = text;
        damaged[position] = static_cast<char>(c);
        if (damaged != text) {
          EXPECT_FALSE(DecodeToken(damaged).ok()) << text << " / " << damaged;
        }
      }
    }
  }
}

TEST(Token, AnyTwoExchangedCharacters_AreRejected) {
  const std::string text = EncodeToken(SmallToken());
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    std::string damaged = text;
    std::swap(damaged[i], damaged[i + 1]);
    if (damaged != text) {
      EXPECT_FALSE(DecodeToken(damaged).ok()) << damaged;
    }
  }
}

TEST(Token, AnyFlippedBitOfTheBody_IsDamage) {
  const std::string text = EncodeToken(SmallToken());
  for (std::size_t position = 6; position < text.size(); ++position) {
    const auto digit = std::string(kAlphabet).find(text[position]);
    for (int bit = 0; bit < 6; ++bit) {
      std::string damaged = text;
      damaged[position] = kAlphabet[digit ^ (std::size_t{1} << bit)];
      EXPECT_EQ(DecodingError(damaged), absl::StatusCode::kDataLoss) << damaged;
    }
  }
}

TEST(Token, EveryTruncation_IsCalledSo) {
  Random random(4);
  for (int i = 0; i < 50; ++i) {
    const std::string text = EncodeToken(RandomToken(random));
    for (std::size_t length = 4; length < text.size(); ++length) {
      EXPECT_EQ(DecodingError(text.substr(0, length)), absl::StatusCode::kOutOfRange) << length;
    }
  }
}

TEST(Token, Appendix_IsDamage) {
  for (const char* appendix : {"A", "AA", "AAAA", "."}) {
    EXPECT_EQ(DecodingError(EncodeToken(SmallToken()) + appendix), absl::StatusCode::kDataLoss);
  }
}

TEST(Token, OtherText_IsNotAToken) {
  for (const char* text : {"", "sv", "sv1", "sv-AAAA", "hello", "sv01-AAAA", "SV1-AAAA", "svx-AAAA",
                           "sv99999-AAAA", "12345"}) {
    EXPECT_EQ(DecodingError(text), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(Token, NewerVersion_AsksForANewerRelease) {
  const absl::Status status = DecodeToken("sv2-AAAA").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_NE(status.message().find("newer release"), absl::string_view::npos);
}

TEST(Token, UnknownOperation_AsksForANewerRelease) {
  Token token = SmallToken();
  token.decisions[0].op = runtime::OpKind{63};
  EXPECT_EQ(DecodingError(EncodeToken(token)), absl::StatusCode::kUnimplemented);
}

TEST(Token, HostileLengths_AreRejected) {
  EXPECT_EQ(DecodingError(std::string(kMaxTokenLength + 1, 'A')),
            absl::StatusCode::kResourceExhausted);
  // Claims 2^64 - 1 bytes.
  const std::string claim = absl::WebSafeBase64Escape(
      "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
      "abcdefgh");
  EXPECT_EQ(DecodingError("sv1-" + claim), absl::StatusCode::kOutOfRange);
}

TEST(Token, SharedStackThatEndsBeforeItBegins_IsDamage) {
  Token token = SmallToken();
  token.settings.shared_stack_begin = 5;
  token.settings.shared_stack_end = 5;
  EXPECT_EQ(DecodingError(EncodeToken(token)), absl::StatusCode::kDataLoss);
}

TEST(Token, RandomText_NeverDecodes) {
  Random random(5);
  for (int i = 0; i < 20'000; ++i) {
    std::string text = "sv1-";
    for (std::uint64_t left = random.Below(60); left > 0; --left)
      text += kAlphabet[random.Below(64)];
    EXPECT_FALSE(DecodeToken(text).ok());
  }
}

TEST(Token, TokenOfAnotherTest_IsForeign) {
  EXPECT_TRUE(CheckTokenFor(SmallToken(), "Bank.Transfer").ok());
  const absl::Status status = CheckTokenFor(SmallToken(), "Bank.Close");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(status.message().find("Bank.Close"), absl::string_view::npos);
}

TEST(Token, HashOfTestName_IsFnv1a) {
  EXPECT_EQ(HashTestName(""), 0x811c9dc5u);
  EXPECT_EQ(HashTestName("foobar"), 0xbf9cf968u);
}

}  // namespace
}  // namespace selvage::schedule
