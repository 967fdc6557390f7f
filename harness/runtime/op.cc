#include "selvage/harness/runtime/op.h"

namespace selvage::runtime {

const char* OpKindName(OpKind kind) {
  static constexpr const char* kNames[kOpKindCount] = {
      "start",         "end",      "spawn",       "join",         "lock",
      "try_lock",      "unlock",   "wait",        "wake",         "notify_one",
      "notify_all",    "acquire",  "try_acquire", "release",      "load",
      "store",         "sleep",    "yield",       "lock_shared",  "try_lock_shared",
      "unlock_shared", "set",      "clear",       "arrive",       "put",
      "get",           "cancel",   "atomic_load", "atomic_store", "atomic_update",
      "query",         "complete", "atomic_load", "atomic_store", "atomic_update",
  };
  const auto index = static_cast<unsigned>(kind);
  return index < kOpKindCount ? kNames[index] : "unknown";
}

}  // namespace selvage::runtime
