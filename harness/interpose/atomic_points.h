// Included by the compiler's command line before all else, by selvage_instrument() in builds for
// AddressSanitizer, which do not let the compiler make calls of atomic operations: here they are
// put around the compiler's own operations, which std::atomic is made of, by macros of their names.
//
// With clang only read-modify-writes are scheduling points here: its -fsanitize-coverage sees loads
// and stores, but not their memory order. In C++ alone.
#ifndef SELVAGE_HARNESS_INTERPOSE_ATOMIC_POINTS_H_
#define SELVAGE_HARNESS_INTERPOSE_ATOMIC_POINTS_H_

#if defined(__cplusplus)

extern "C" {
// What an operation has done.
enum selvage_atomic_effect {
  SELVAGE_ATOMIC_CHANGED,
  SELVAGE_ATOMIC_UNCHANGED,
  SELVAGE_ATOMIC_FAILED,
};
enum selvage_atomic_kind {
  SELVAGE_ATOMIC_LOAD,
  SELVAGE_ATOMIC_STORE,
  SELVAGE_ATOMIC_UPDATE,
};
// Room for a runtime::AtomicAccess, and whether there is one: outside of schedules there is none.
struct selvage_atomic_access {
  alignas(16) unsigned char room[48];
  bool begun;
};
void selvage_begin_atomic(selvage_atomic_access* access, selvage_atomic_kind kind,
                          const volatile void* address, unsigned size, int order);
void selvage_end_atomic(selvage_atomic_access* access, selvage_atomic_effect effect);
// An atomic operation of that order is about to be done, and is a scheduling point by other means.
void selvage_note_atomic_order(const volatile void* address, int order);
void selvage_note_instrumented_code();
}

#if defined(__clang__)
// As in the headers of the library, which the compiler warns of nothing in.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Watomic-alignment"
#endif

namespace selvage_atomic_points {

// The return address that the harness sees is one in the caller.
#define SELVAGE_INLINE inline __attribute__((always_inline))

class Access {
 public:
  template <typename T>
  SELVAGE_INLINE Access(selvage_atomic_kind kind, const volatile T* address, int order) {
    selvage_begin_atomic(&access_, kind, address, sizeof(T), order);
  }
  SELVAGE_INLINE ~Access() {
    if (access_.begun) selvage_end_atomic(&access_, effect_);
  }
  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;

  SELVAGE_INLINE void Leaves(bool unchanged) {
    if (unchanged) effect_ = SELVAGE_ATOMIC_UNCHANGED;
  }
  SELVAGE_INLINE void Fails() { effect_ = SELVAGE_ATOMIC_FAILED; }

 private:
  selvage_atomic_access access_;
  selvage_atomic_effect effect_ = SELVAGE_ATOMIC_CHANGED;
};

// The value that an atomic operation on a T* returns.
template <typename T>
struct ValueOf {
  using Type = T;
};
template <typename T>
struct ValueOf<volatile T> {
  using Type = T;
};
template <typename T>
struct ValueOf<const T> {
  using Type = T;
};
template <typename T>
struct ValueOf<const volatile T> {
  using Type = T;
};

template <typename T, typename V>
SELVAGE_INLINE typename ValueOf<T>::Type Exchange(T* address, V value, int order) {
  Access access(SELVAGE_ATOMIC_UPDATE, address, order);
  const auto before = __atomic_exchange_n(address, value, __ATOMIC_SEQ_CST);
  access.Leaves(before == static_cast<typename ValueOf<T>::Type>(value));
  return before;
}

// Of types that need not have an operator ==: whatever comes out of it may be a change.
template <typename T, typename V, typename R>
SELVAGE_INLINE void ExchangeInto(T* address, V* value, R* result, int order) {
  const Access access(SELVAGE_ATOMIC_UPDATE, address, order);
  __atomic_exchange(address, value, result, __ATOMIC_SEQ_CST);
}

template <typename T, typename E, typename V>
SELVAGE_INLINE bool CompareExchange(T* address, E* expected, V desired, bool, int order, int) {
  Access access(SELVAGE_ATOMIC_UPDATE, address, order);
  const auto wanted = *expected;
  const bool done = __atomic_compare_exchange_n(address, expected, desired, /*weak=*/false,
                                                __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  if (!done) access.Fails();
  access.Leaves(done && wanted == static_cast<decltype(wanted)>(desired));
  return done;
}

template <typename T, typename E, typename V>
SELVAGE_INLINE bool CompareExchangeFrom(T* address, E* expected, V* desired, bool, int order, int) {
  Access access(SELVAGE_ATOMIC_UPDATE, address, order);
  const bool done = __atomic_compare_exchange(address, expected, desired, /*weak=*/false,
                                              __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  if (!done) access.Fails();
  return done;
}

SELVAGE_INLINE bool TestAndSet(volatile void* address, int order) {
  Access access(SELVAGE_ATOMIC_UPDATE, static_cast<volatile char*>(address), order);
  const bool before = __atomic_test_and_set(address, __ATOMIC_SEQ_CST);
  access.Leaves(before);
  return before;
}

// `same`: whether the value is left as it was.
#define SELVAGE_FETCH(name, op, same)                                                           \
  template <typename T, typename V>                                                             \
  SELVAGE_INLINE typename ValueOf<T>::Type Fetch##name(T* address, V value, int order) {        \
    Access access(SELVAGE_ATOMIC_UPDATE, address, order);                                       \
    [[maybe_unused]] const auto before = __atomic_fetch_##op(address, value, __ATOMIC_SEQ_CST); \
    access.Leaves(same);                                                                        \
    return before;                                                                              \
  }

SELVAGE_FETCH(Add, add, value == V())
SELVAGE_FETCH(Sub, sub, value == V())
SELVAGE_FETCH(And, and, static_cast<decltype(before)>(before& value) == before)
SELVAGE_FETCH(Or, or, static_cast<decltype(before)>(before | value) == before)
SELVAGE_FETCH(Xor, xor, value == V())
SELVAGE_FETCH(Nand, nand, static_cast<decltype(before)>(~(before& value)) == before)

// Those that return what is there then. Of pointers, which these two are made for as well, values
// are bytes.
template <typename T, typename V>
SELVAGE_INLINE typename ValueOf<T>::Type AddFetch(T* address, V value, int order) {
  Access access(SELVAGE_ATOMIC_UPDATE, address, order);
  access.Leaves(value == V());
  return __atomic_add_fetch(address, value, __ATOMIC_SEQ_CST);
}
template <typename T, typename V>
SELVAGE_INLINE typename ValueOf<T>::Type SubFetch(T* address, V value, int order) {
  Access access(SELVAGE_ATOMIC_UPDATE, address, order);
  access.Leaves(value == V());
  return __atomic_sub_fetch(address, value, __ATOMIC_SEQ_CST);
}

template <typename T, typename E, typename V>
SELVAGE_INLINE typename ValueOf<T>::Type CompareAndSwap(T* address, E expected, V desired) {
  using Value = typename ValueOf<T>::Type;
  Access access(SELVAGE_ATOMIC_UPDATE, address, __ATOMIC_SEQ_CST);
  const Value before = __sync_val_compare_and_swap(address, expected, desired);
  if (before != static_cast<Value>(expected)) {
    access.Fails();
  } else {
    access.Leaves(before == static_cast<Value>(desired));
  }
  return before;
}

template <typename T, typename E, typename V>
SELVAGE_INLINE bool CompareAndSwapped(T* address, E expected, V desired) {
  return CompareAndSwap(address, expected, desired) ==
         static_cast<typename ValueOf<T>::Type>(expected);
}

template <typename T>
SELVAGE_INLINE typename ValueOf<T>::Type Load(T* address, int order) {
  const Access access(SELVAGE_ATOMIC_LOAD, address, order);
  return __atomic_load_n(address, __ATOMIC_SEQ_CST);
}
template <typename T, typename R>
SELVAGE_INLINE void LoadInto(T* address, R* result, int order) {
  const Access access(SELVAGE_ATOMIC_LOAD, address, order);
  __atomic_load(address, result, __ATOMIC_SEQ_CST);
}
template <typename T, typename V>
SELVAGE_INLINE void Store(T* address, V value, int order) {
  const Access access(SELVAGE_ATOMIC_STORE, address, order);
  __atomic_store_n(address, value, __ATOMIC_SEQ_CST);
}
template <typename T, typename V>
SELVAGE_INLINE void StoreFrom(T* address, V* value, int order) {
  const Access access(SELVAGE_ATOMIC_STORE, address, order);
  __atomic_store(address, value, __ATOMIC_SEQ_CST);
}
SELVAGE_INLINE void Clear(volatile void* address, int order) {
  const Access access(SELVAGE_ATOMIC_STORE, static_cast<volatile char*>(address), order);
  __atomic_clear(static_cast<volatile bool*>(address), __ATOMIC_SEQ_CST);
}

#if defined(__clang__)
// Plain accesses of this file are scheduling points. Those of GCC's are not.
namespace {
__attribute__((constructor)) void NoteInstrumentedCode() { selvage_note_instrumented_code(); }
}  // namespace
#endif

#undef SELVAGE_FETCH
#undef SELVAGE_INLINE

}  // namespace selvage_atomic_points

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

// A macro is not expanded inside itself, and these are defined after all that calls the compiler's.
#define __atomic_exchange_n(...) ::selvage_atomic_points::Exchange(__VA_ARGS__)
#define __atomic_exchange(...) ::selvage_atomic_points::ExchangeInto(__VA_ARGS__)
#define __atomic_compare_exchange_n(...) ::selvage_atomic_points::CompareExchange(__VA_ARGS__)
#define __atomic_compare_exchange(...) ::selvage_atomic_points::CompareExchangeFrom(__VA_ARGS__)
#define __atomic_test_and_set(...) ::selvage_atomic_points::TestAndSet(__VA_ARGS__)
#define __atomic_fetch_add(...) ::selvage_atomic_points::FetchAdd(__VA_ARGS__)
#define __atomic_fetch_sub(...) ::selvage_atomic_points::FetchSub(__VA_ARGS__)
#define __atomic_fetch_and(...) ::selvage_atomic_points::FetchAnd(__VA_ARGS__)
#define __atomic_fetch_or(...) ::selvage_atomic_points::FetchOr(__VA_ARGS__)
#define __atomic_fetch_xor(...) ::selvage_atomic_points::FetchXor(__VA_ARGS__)
#define __atomic_fetch_nand(...) ::selvage_atomic_points::FetchNand(__VA_ARGS__)
#define __atomic_add_fetch(...) ::selvage_atomic_points::AddFetch(__VA_ARGS__)
#define __atomic_sub_fetch(...) ::selvage_atomic_points::SubFetch(__VA_ARGS__)
#define __atomic_and_fetch(p, v, o) (::selvage_atomic_points::FetchAnd((p), (v), (o)) & (v))
#define __atomic_or_fetch(p, v, o) (::selvage_atomic_points::FetchOr((p), (v), (o)) | (v))
#define __atomic_xor_fetch(p, v, o) (::selvage_atomic_points::FetchXor((p), (v), (o)) ^ (v))

#define __sync_fetch_and_add(p, v) ::selvage_atomic_points::FetchAdd((p), (v), __ATOMIC_SEQ_CST)
#define __sync_fetch_and_sub(p, v) ::selvage_atomic_points::FetchSub((p), (v), __ATOMIC_SEQ_CST)
#define __sync_add_and_fetch(p, v) ::selvage_atomic_points::AddFetch((p), (v), __ATOMIC_SEQ_CST)
#define __sync_sub_and_fetch(p, v) ::selvage_atomic_points::SubFetch((p), (v), __ATOMIC_SEQ_CST)
#define __sync_lock_test_and_set(p, v) ::selvage_atomic_points::Exchange((p), (v), __ATOMIC_ACQUIRE)
#define __sync_val_compare_and_swap(p, e, v) ::selvage_atomic_points::CompareAndSwap((p), (e), (v))
#define __sync_bool_compare_and_swap(p, e, v) \
  ::selvage_atomic_points::CompareAndSwapped((p), (e), (v))

#if defined(__clang__)
#define __atomic_load_n(p, o) (selvage_note_atomic_order((p), (o)), __atomic_load_n((p), (o)))
#define __atomic_load(p, r, o) (selvage_note_atomic_order((p), (o)), __atomic_load((p), (r), (o)))
#define __atomic_store_n(p, v, o) \
  (selvage_note_atomic_order((p), (o)), __atomic_store_n((p), (v), (o)))
#define __atomic_store(p, v, o) (selvage_note_atomic_order((p), (o)), __atomic_store((p), (v), (o)))
#define __atomic_clear(p, o) (selvage_note_atomic_order((p), (o)), __atomic_clear((p), (o)))
#else
#define __atomic_load_n(...) ::selvage_atomic_points::Load(__VA_ARGS__)
#define __atomic_load(...) ::selvage_atomic_points::LoadInto(__VA_ARGS__)
#define __atomic_store_n(...) ::selvage_atomic_points::Store(__VA_ARGS__)
#define __atomic_store(...) ::selvage_atomic_points::StoreFrom(__VA_ARGS__)
#define __atomic_clear(...) ::selvage_atomic_points::Clear(__VA_ARGS__)
#endif

#endif  // defined(__cplusplus)

#endif  // SELVAGE_HARNESS_INTERPOSE_ATOMIC_POINTS_H_
