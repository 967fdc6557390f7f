// Shared<T>: a plain variable whose every access the schedule can see.
#ifndef SELVAGE_PRIMITIVES_SHARED_H_
#define SELVAGE_PRIMITIVES_SHARED_H_

#include <string_view>
#include <utility>

#include "selvage/harness/runtime/object.h"
#include "selvage/harness/source_location.h"

#if defined(__clang__)
// The access is announced by name already; the compiler's callback would announce it a second time.
// Not inlined, because the attribute is that of the function which the access ends up in.
#define SELVAGE_NO_COVERAGE __attribute__((noinline, no_sanitize("coverage")))
#else
#define SELVAGE_NO_COVERAGE
#endif

namespace selvage {

namespace internal {
// Scheduling points of the calling task; nothing in an ordinary thread.
void BeforeSharedLoad(runtime::Object& object, const void* address, std::size_t size);
void BeforeSharedStore(runtime::Object& object, const void* address, std::size_t size);
}  // namespace internal

// As good, and as unsafe, as a plain T: it synchronises nothing, and TSan judges its accesses as it
// judges those of a T. Each load and each store is a scheduling point with a name, also where the
// compiler cannot insert them (GCC).
//
// `x = x + 1` and `++x` are a load and a store, between which other tasks may run.
template <typename T>
class Shared {
 public:
  explicit Shared(T value = T{}, std::string_view name = {},
                  SourceLocation made_at = SourceLocation::Current())
      : object_("Shared", name, made_at), value_(std::move(value)) {}
  Shared(const Shared&) = delete;

  SELVAGE_NO_COVERAGE T load() const {
    internal::BeforeSharedLoad(object_, &value_, sizeof(T));
    return value_;
  }
  SELVAGE_NO_COVERAGE void store(T value) {
    internal::BeforeSharedStore(object_, &value_, sizeof(T));
    value_ = std::move(value);
  }

  operator T() const { return load(); }  // NOLINT: stands for a T
  Shared& operator=(T value) {
    store(std::move(value));
    return *this;
  }
  Shared& operator=(const Shared& other) { return *this = other.load(); }
  Shared& operator+=(const T& amount) { return *this = load() + amount; }
  Shared& operator-=(const T& amount) { return *this = load() - amount; }
  Shared& operator++() { return *this += T{1}; }
  Shared& operator--() { return *this -= T{1}; }
  T operator++(int) {
    T before = load();
    store(before + T{1});
    return before;
  }
  T operator--(int) {
    T before = load();
    store(before - T{1});
    return before;
  }

 private:
  mutable runtime::Object object_;
  T value_;
};

}  // namespace selvage

#endif  // SELVAGE_PRIMITIVES_SHARED_H_
