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
        "D"
      ],
      "seen": [
        "D"
      ],
      "schedules": 10,
      "failing": 3,
      "first_failure": 2,
      "tsan_races": 0,
      "role": "buggy",
      "story": {
        "goes_wrong": "Each of two threads holds one lock and waits for the other's.",
        "order_of_events": "One thread takes a, the other takes b, the first asks for b, the second asks for a.",
        "why_fixed": "Both threads take a first, so that whoever holds b already holds a and waits for nobody."
      },
      "findings": [],
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
