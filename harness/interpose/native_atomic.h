// The processor's own atomic operations, on 1, 2, 4, 8 and 16 bytes.
#ifndef SELVAGE_HARNESS_INTERPOSE_NATIVE_ATOMIC_H_
#define SELVAGE_HARNESS_INTERPOSE_NATIVE_ATOMIC_H_

#include <cstdint>

namespace selvage::interpose {

using Byte1 = std::uint8_t;
using Byte2 = std::uint16_t;
using Byte4 = std::uint32_t;
using Byte8 = std::uint64_t;
__extension__ using Byte16 = unsigned __int128;

// Sequentially consistent whatever is asked for, but for stores: there it is the only order that
// costs more than the others.
template <typename T>
struct NativeAtomic {
  static T Load(const volatile T* address) { return __atomic_load_n(address, __ATOMIC_SEQ_CST); }
  static void Store(volatile T* address, T value, int order) {
    if (order == __ATOMIC_SEQ_CST) {
      __atomic_store_n(address, value, __ATOMIC_SEQ_CST);
    } else {
      __atomic_store_n(address, value, __ATOMIC_RELEASE);
    }
  }
  static T Exchange(volatile T* address, T value) {
    return __atomic_exchange_n(address, value, __ATOMIC_SEQ_CST);
  }
  static T FetchAdd(volatile T* address, T value) {
    return __atomic_fetch_add(address, value, __ATOMIC_SEQ_CST);
  }
  static T FetchSub(volatile T* address, T value) {
    return __atomic_fetch_sub(address, value, __ATOMIC_SEQ_CST);
  }
  static T FetchAnd(volatile T* address, T value) {
    return __atomic_fetch_and(address, value, __ATOMIC_SEQ_CST);
  }
  static T FetchOr(volatile T* address, T value) {
    return __atomic_fetch_or(address, value, __ATOMIC_SEQ_CST);
  }
  static T FetchXor(volatile T* address, T value) {
    return __atomic_fetch_xor(address, value, __ATOMIC_SEQ_CST);
  }
  static T FetchNand(volatile T* address, T value) {
    return __atomic_fetch_nand(address, value, __ATOMIC_SEQ_CST);
  }
  // Returns what was there: `expected` if it has been exchanged.
  static T CompareExchange(volatile T* address, T expected, T desired) {
    __atomic_compare_exchange_n(address, &expected, desired, /*weak=*/false, __ATOMIC_SEQ_CST,
                                __ATOMIC_SEQ_CST);
    return expected;
  }
};

// GCC would call libatomic for the others.
template <>
struct NativeAtomic<Byte16> {
  static Byte16 CompareExchange(volatile Byte16* address, Byte16 expected, Byte16 desired) {
    return __sync_val_compare_and_swap(address, expected, desired);
  }
  static Byte16 Load(const volatile Byte16* address) {
    return CompareExchange(const_cast<volatile Byte16*>(address), 0, 0);
  }
  static void Store(volatile Byte16* address, Byte16 value, int) { Exchange(address, value); }
  static Byte16 Exchange(volatile Byte16* address, Byte16 value) {
    return Update(address, [value](Byte16) { return value; });
  }
  static Byte16 FetchAdd(volatile Byte16* address, Byte16 value) {
    return Update(address, [value](Byte16 before) { return before + value; });
  }
  static Byte16 FetchSub(volatile Byte16* address, Byte16 value) {
    return Update(address, [value](Byte16 before) { return before - value; });
  }
  static Byte16 FetchAnd(volatile Byte16* address, Byte16 value) {
    return Update(address, [value](Byte16 before) { return before & value; });
  }
  static Byte16 FetchOr(volatile Byte16* address, Byte16 value) {
    return Update(address, [value](Byte16 before) { return before | value; });
  }
  static Byte16 FetchXor(volatile Byte16* address, Byte16 value) {
    return Update(address, [value](Byte16 before) { return before ^ value; });
  }
  static Byte16 FetchNand(volatile Byte16* address, Byte16 value) {
    return Update(address, [value](Byte16 before) { return ~(before & value); });
  }

 private:
  template <typename Change>
  static Byte16 Update(volatile Byte16* address, Change change) {
    Byte16 seen = 0;
    for (;;) {
      const Byte16 before = CompareExchange(address, seen, change(seen));
      if (before == seen) return before;
      seen = before;
    }
  }
};

}  // namespace selvage::interpose

#endif  // SELVAGE_HARNESS_INTERPOSE_NATIVE_ATOMIC_H_
