// The functions that -fsanitize=thread calls for atomic operations, of one size: each a scheduling
// point and then the operation itself.
//
// SELVAGE_ATOMIC_FUNCTIONS(bits, T) defines them. Before, the file that includes this defines
//
//   SELVAGE_ATOMIC_NAME(bits, op)   what the function is called that the compiler calls
//   SELVAGE_ATOMIC_SCOPE(bits)      what lives around the operation itself
//   SELVAGE_ATOMIC_DO(bits, T, Op, op, arguments, with_order)
//                                   the operation: NativeAtomic<T>::Op(arguments), or the function
//                                   `op` of TSan's with arguments and memory orders
//   SELVAGE_ATOMIC_DONE(kind, order)
//                                   what is done after an operation at `address` that was a kLoad,
//                                   kStore or kUpdate of that memory order
//
// What is compared to see whether a value has changed is computed here, so that a task that spins
// on read-modify-writes is seen to spin (harness/runtime/spinning.h). No operation fails
// spuriously: compare_exchange_weak is compare_exchange_strong.
#ifndef SELVAGE_HARNESS_INTERPOSE_ATOMIC_FUNCTIONS_H_
#define SELVAGE_HARNESS_INTERPOSE_ATOMIC_FUNCTIONS_H_

#include "selvage/harness/interpose/native_atomic.h"
#include "selvage/harness/runtime/atomic_access.h"

#define SELVAGE_ATOMIC_UPDATE(bits, T, Op, op, after)                                          \
  T SELVAGE_ATOMIC_NAME(bits, op)(volatile T * address, T value, [[maybe_unused]] int order) { \
    selvage::runtime::AtomicAccess access(selvage::runtime::OpKind::kRawAtomicUpdate, address, \
                                          order, __builtin_return_address(0));                 \
    SELVAGE_ATOMIC_SCOPE();                                                                    \
    const T before =                                                                           \
        SELVAGE_ATOMIC_DO(bits, T, Op, op, (address, value), (address, value, order));         \
    SELVAGE_ATOMIC_DONE(kUpdate, order);                                                       \
    if (static_cast<T>(after) == before) access.Unchanged();                                   \
    return before;                                                                             \
  }

#define SELVAGE_ATOMIC_COMPARE_EXCHANGE(bits, T, op)                                           \
  int SELVAGE_ATOMIC_NAME(bits, op)(volatile T * address, T * expected, T desired,             \
                                    [[maybe_unused]] int order,                                \
                                    [[maybe_unused]] int failure_order) {                      \
    selvage::runtime::AtomicAccess access(selvage::runtime::OpKind::kRawAtomicUpdate, address, \
                                          order, __builtin_return_address(0));                 \
    SELVAGE_ATOMIC_SCOPE();                                                                    \
    const T wanted = *expected;                                                                \
    const T before = SELVAGE_ATOMIC_DO(bits, T, CompareExchange, compare_exchange_val,         \
                                       (address, wanted, desired),                             \
                                       (address, wanted, desired, order, failure_order));      \
    if (before != wanted) {                                                                    \
      SELVAGE_ATOMIC_DONE(kLoad, failure_order);                                               \
      access.Failed();                                                                         \
      *expected = before;                                                                      \
      return 0;                                                                                \
    }                                                                                          \
    SELVAGE_ATOMIC_DONE(kUpdate, order);                                                       \
    if (desired == before) access.Unchanged();                                                 \
    return 1;                                                                                  \
  }

#define SELVAGE_ATOMIC_FUNCTIONS(bits, T)                                                        \
  T SELVAGE_ATOMIC_NAME(bits, load)(const volatile T* address, [[maybe_unused]] int order) {     \
    selvage::runtime::AtomicAccess access(selvage::runtime::OpKind::kRawAtomicLoad, address,     \
                                          order, __builtin_return_address(0));                   \
    SELVAGE_ATOMIC_SCOPE();                                                                      \
    const T value = SELVAGE_ATOMIC_DO(bits, T, Load, load, (address), (address, order));         \
    SELVAGE_ATOMIC_DONE(kLoad, order);                                                           \
    return value;                                                                                \
  }                                                                                              \
  void SELVAGE_ATOMIC_NAME(bits, store)(volatile T * address, T value,                           \
                                        [[maybe_unused]] int order) {                            \
    selvage::runtime::AtomicAccess access(selvage::runtime::OpKind::kRawAtomicStore, address,    \
                                          order, __builtin_return_address(0));                   \
    SELVAGE_ATOMIC_SCOPE();                                                                      \
    SELVAGE_ATOMIC_DO(bits, T, Store, store, (address, value, order), (address, value, order));  \
    SELVAGE_ATOMIC_DONE(kStore, order);                                                          \
  }                                                                                              \
  SELVAGE_ATOMIC_UPDATE(bits, T, Exchange, exchange, value)                                      \
  SELVAGE_ATOMIC_UPDATE(bits, T, FetchAdd, fetch_add, before + value)                            \
  SELVAGE_ATOMIC_UPDATE(bits, T, FetchSub, fetch_sub, before - value)                            \
  SELVAGE_ATOMIC_UPDATE(bits, T, FetchAnd, fetch_and, before& value)                             \
  SELVAGE_ATOMIC_UPDATE(bits, T, FetchOr, fetch_or, before | value)                              \
  SELVAGE_ATOMIC_UPDATE(bits, T, FetchXor, fetch_xor, before ^ value)                            \
  SELVAGE_ATOMIC_UPDATE(bits, T, FetchNand, fetch_nand, ~(before & value))                       \
  SELVAGE_ATOMIC_COMPARE_EXCHANGE(bits, T, compare_exchange_strong)                              \
  SELVAGE_ATOMIC_COMPARE_EXCHANGE(bits, T, compare_exchange_weak)                                \
  T SELVAGE_ATOMIC_NAME(bits, compare_exchange_val)(volatile T * address, T expected, T desired, \
                                                    [[maybe_unused]] int order,                  \
                                                    [[maybe_unused]] int failure_order) {        \
    selvage::runtime::AtomicAccess access(selvage::runtime::OpKind::kRawAtomicUpdate, address,   \
                                          order, __builtin_return_address(0));                   \
    SELVAGE_ATOMIC_SCOPE();                                                                      \
    const T before = SELVAGE_ATOMIC_DO(bits, T, CompareExchange, compare_exchange_val,           \
                                       (address, expected, desired),                             \
                                       (address, expected, desired, order, failure_order));      \
    if (before != expected) {                                                                    \
      SELVAGE_ATOMIC_DONE(kLoad, failure_order);                                                 \
      access.Failed();                                                                           \
      return before;                                                                             \
    }                                                                                            \
    SELVAGE_ATOMIC_DONE(kUpdate, order);                                                         \
    if (desired == before) access.Unchanged();                                                   \
    return before;                                                                               \
  }

#endif  // SELVAGE_HARNESS_INTERPOSE_ATOMIC_FUNCTIONS_H_
