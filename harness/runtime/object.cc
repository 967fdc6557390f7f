#include "selvage/harness/runtime/object.h"

#include <string>

#include "absl/container/node_hash_set.h"
#include "absl/strings/str_cat.h"
#include "selvage/harness/printable.h"
#include "selvage/harness/runtime/forking.h"
#include "selvage/harness/runtime/spin_lock.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::runtime {
namespace {

constinit SpinLock names_lock;
[[maybe_unused]] const bool kNamesLockIsHeldWhileForking = (HoldWhileForking(names_lock), true);

}  // namespace

namespace {

thread_local std::uint64_t made_by_this_thread = 0;

}  // namespace

Object::Object(const char* type, std::string_view name, SourceLocation made_at)
    : type_(type), name_(InternName(name)), made_at_(made_at), age_(made_by_this_thread++) {}

std::string DescribeObject(const char* type, const char* name, SourceLocation made_at) {
  if (name[0] != '\0') return absl::StrCat(type, " '", PrintableName(name), "'");
  if (made_at.line == 0) return type;
  const std::string_view file = made_at.file;
  const std::size_t slash = file.rfind('/');
  const std::string base(slash == std::string_view::npos ? file : file.substr(slash + 1));
  return absl::StrCat(type, " made at ", base, ":", made_at.line);
}

const char* InternName(std::string_view name) {
  if (name.empty()) return "";
  const tsan::IgnoreScope unseen;
  static auto& names = *new absl::node_hash_set<std::string>;
  const SpinLockHolder holder(names_lock);
  return names.emplace(name).first->c_str();
}

}  // namespace selvage::runtime
