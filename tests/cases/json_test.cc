#include "selvage/cases/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "selvage/cases/registry.h"

namespace selvage::cases {
namespace {

TEST(ToJson, HasTheKeysInTheirOrder) {
  VariantResult result;
  result.owner = FindCase("lock_order");
  result.variant = FindVariant(*result.owner, "buggy");
  result.under_tsan = true;
  result.seen = {FindingKind::kDeadlock};
  result.schedules = 10;
  result.failing = 3;
  result.first_failure = 2;
  result.replay = "selvage-cases --replay x";
  EXPECT_EQ(ToJson({result}), R"({
  "version": 1,
  "cases": [
    {
      "name": "lock_order",
      "variant": "buggy",
      "documents": [
        "002"
      ],
      "expected": [
        "D",
        "L"
      ],
      "seen": [
        "D"
      ],
      "schedules": 10,
      "failing": 3,
      "first_failure": 2,
      "tsan_races": 0,
      "walked": null,
      "verdict": "unexpected",
      "replay": "selvage-cases --replay x"
    }
  ]
}
)");
}

TEST(ToJson, WhatIsNotThereIsNull) {
  VariantResult result;
  result.owner = FindCase("counter");
  result.variant = FindVariant(*result.owner, "fixed");
  result.verdict = Verdict::kClean;
  const auto json = nlohmann::json::parse(ToJson({result}));
  EXPECT_TRUE(json["cases"][0]["first_failure"].is_null());
  EXPECT_TRUE(json["cases"][0]["tsan_races"].is_null());
  EXPECT_TRUE(json["cases"][0]["replay"].is_null());
  EXPECT_EQ(json["cases"][0]["verdict"], "clean");
}

TEST(ToJson, EqualRunsGiveEqualBytes) {
  const Case* owner = FindCase("condition_lost_notify");
  const Variant& variant = *FindVariant(*owner, "buggy");
  RunOptions options;
  options.schedules = 300;
  EXPECT_EQ(ToJson({RunVariant(*owner, variant, options)}),
            ToJson({RunVariant(*owner, variant, options)}));
}

}  // namespace
}  // namespace selvage::cases
