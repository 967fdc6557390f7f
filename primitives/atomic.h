// Atomic<T>: an atomic variable whose every access the schedule can see; C++'s std::atomic.
#ifndef SELVAGE_PRIMITIVES_ATOMIC_H_
#define SELVAGE_PRIMITIVES_ATOMIC_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "selvage/harness/lockgraph/lock_identity.h"
#include "selvage/harness/runtime/object.h"
#include "selvage/harness/runtime/spin_lock.h"
#include "selvage/harness/source_location.h"
#include "selvage/primitives/call_site.h"
#include "selvage/primitives/unscheduled.h"

namespace selvage {

namespace internal {

// All of an atomic variable but its value.
struct AtomicObject {
  AtomicObject(std::string_view name, SourceLocation made_at) : object("Atomic", name, made_at) {}

  runtime::Object object;
  // What the store of its value hands over to a load that acquires, or the release sequence does
  // that the store is the end of.
  lockgraph::Sent sent;
  // Held around an operation of an ordinary thread that is recorded, so that a value and what comes
  // with it are read together.
  runtime::SpinLock lock;
};

// Lives around one operation of the calling thread. In a task it begins with a scheduling point.
// Lock orders: a load that acquires comes after the store with release that it reads.
class AtomicOperation {
 public:
  enum class Kind : std::uint8_t { kLoad, kStore, kUpdate };
  AtomicOperation(AtomicObject& object, Kind kind, std::memory_order order, std::uintptr_t site);
  ~AtomicOperation();
  AtomicOperation(const AtomicOperation&) = delete;
  AtomicOperation& operator=(const AtomicOperation&) = delete;

  // The compare-exchange found another value: it was a load in that order.
  void Failed(std::memory_order order);
  // The update left the value as it was.
  void Unchanged();

 private:
  AtomicObject& object_;
  lockgraph::ThreadContext* const context_;  // null: not recorded
  Kind kind_;
  std::memory_order order_;
};

}  // namespace internal

// Each operation is a scheduling point, and then the operation of std::atomic itself, in the user's
// code: TSan gives it the order of its std::memory_order, and reports what a relaxed access leaves
// unordered. Schedules are sequentially consistent all the same: which stale values a weak order
// allows to be read is not explored, and compare_exchange_weak fails only for another value.
//
// Make it in the body of the exploration: a value outlives the schedule. Thread-safe.
template <typename T>
class Atomic {
  static constexpr bool kArithmetic = std::is_integral_v<T> && !std::is_same_v<T, bool>;
  static constexpr bool kPointer = std::is_pointer_v<T>;
  using Operation = internal::AtomicOperation;
  using Kind = Operation::Kind;

 public:
  using value_type = T;
  // What is added and subtracted.
  using difference_type = std::conditional_t<kPointer, std::ptrdiff_t, T>;

  explicit Atomic(T value = T{}, std::string_view name = {},
                  SourceLocation made_at = SourceLocation::Current())
      : object_(name, made_at), value_(value) {}
  Atomic(const Atomic&) = delete;
  Atomic& operator=(const Atomic&) = delete;

  SELVAGE_UNSCHEDULED T load(std::memory_order order = std::memory_order_seq_cst) const {
    const Operation operation(object_, Kind::kLoad, order, SELVAGE_CALL_SITE());
    return value_.load(order);
  }
  SELVAGE_UNSCHEDULED void store(T value, std::memory_order order = std::memory_order_seq_cst) {
    const Operation operation(object_, Kind::kStore, order, SELVAGE_CALL_SITE());
    value_.store(value, order);
  }
  SELVAGE_UNSCHEDULED T exchange(T value, std::memory_order order = std::memory_order_seq_cst) {
    Operation operation(object_, Kind::kUpdate, order, SELVAGE_CALL_SITE());
    const T before = value_.exchange(value, order);
    if (IsSame(before, value)) operation.Unchanged();
    return before;
  }

  SELVAGE_UNSCHEDULED bool compare_exchange_strong(T& expected, T desired,
                                                   std::memory_order success,
                                                   std::memory_order failure) {
    Operation operation(object_, Kind::kUpdate, success, SELVAGE_CALL_SITE());
    const bool exchanged = value_.compare_exchange_strong(expected, desired, success, failure);
    if (!exchanged) operation.Failed(failure);
    return exchanged;
  }
  bool compare_exchange_strong(T& expected, T desired,
                               std::memory_order order = std::memory_order_seq_cst) {
    return compare_exchange_strong(expected, desired, order, OnFailure(order));
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                             std::memory_order failure) {
    return compare_exchange_strong(expected, desired, success, failure);
  }
  bool compare_exchange_weak(T& expected, T desired,
                             std::memory_order order = std::memory_order_seq_cst) {
    return compare_exchange_strong(expected, desired, order);
  }

  SELVAGE_UNSCHEDULED T fetch_add(difference_type amount,
                                  std::memory_order order = std::memory_order_seq_cst) {
    static_assert(kArithmetic || kPointer);
    Operation operation(object_, Kind::kUpdate, order, SELVAGE_CALL_SITE());
    const T before = value_.fetch_add(amount, order);
    if (amount == difference_type{}) operation.Unchanged();
    return before;
  }
  SELVAGE_UNSCHEDULED T fetch_sub(difference_type amount,
                                  std::memory_order order = std::memory_order_seq_cst) {
    static_assert(kArithmetic || kPointer);
    const Operation operation(object_, Kind::kUpdate, order, SELVAGE_CALL_SITE());
    return value_.fetch_sub(amount, order);
  }
  SELVAGE_UNSCHEDULED T fetch_and(T bits, std::memory_order order = std::memory_order_seq_cst) {
    static_assert(kArithmetic);
    Operation operation(object_, Kind::kUpdate, order, SELVAGE_CALL_SITE());
    const T before = value_.fetch_and(bits, order);
    if ((before & bits) == before) operation.Unchanged();
    return before;
  }
  SELVAGE_UNSCHEDULED T fetch_or(T bits, std::memory_order order = std::memory_order_seq_cst) {
    static_assert(kArithmetic);
    Operation operation(object_, Kind::kUpdate, order, SELVAGE_CALL_SITE());
    const T before = value_.fetch_or(bits, order);
    if ((before | bits) == before) operation.Unchanged();
    return before;
  }
  SELVAGE_UNSCHEDULED T fetch_xor(T bits, std::memory_order order = std::memory_order_seq_cst) {
    static_assert(kArithmetic);
    const Operation operation(object_, Kind::kUpdate, order, SELVAGE_CALL_SITE());
    return value_.fetch_xor(bits, order);
  }

  operator T() const { return load(); }  // NOLINT: as std::atomic
  T operator=(T value) {                 // NOLINT: as std::atomic
    store(value);
    return value;
  }
  T operator++() { return fetch_add(1) + 1; }
  T operator--() { return fetch_sub(1) - 1; }
  T operator++(int) { return fetch_add(1); }
  T operator--(int) { return fetch_sub(1); }
  T operator+=(difference_type amount) { return fetch_add(amount) + amount; }
  T operator-=(difference_type amount) { return fetch_sub(amount) - amount; }
  T operator&=(T bits) { return fetch_and(bits) & bits; }
  T operator|=(T bits) { return fetch_or(bits) | bits; }
  T operator^=(T bits) { return fetch_xor(bits) ^ bits; }

  static constexpr bool is_always_lock_free = std::atomic<T>::is_always_lock_free;
  bool is_lock_free() const noexcept { return value_.is_lock_free(); }

 private:
  // The order of the load alone.
  static constexpr std::memory_order OnFailure(std::memory_order order) {
    if (order == std::memory_order_acq_rel) return std::memory_order_acquire;
    if (order == std::memory_order_release) return std::memory_order_relaxed;
    return order;
  }

  // Of all bytes, as a compare_exchange compares.
  SELVAGE_UNSCHEDULED static bool IsSame(const T& a, const T& b) {
    return __builtin_memcmp(&a, &b, sizeof(T)) == 0;
  }

  mutable internal::AtomicObject object_;
  std::atomic<T> value_;
};

}  // namespace selvage

#endif  // SELVAGE_PRIMITIVES_ATOMIC_H_
