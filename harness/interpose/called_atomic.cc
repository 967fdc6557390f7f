// What atomic_points.h calls around the atomic operations of code under AddressSanitizer.

#include <cstdint>
#include <new>

#include "selvage/harness/interpose/atomic_points.h"
#include "selvage/harness/runtime/atomic_access.h"
#include "selvage/harness/runtime/memory_access.h"
#include "selvage/harness/runtime/uncontrolled.h"

using selvage::runtime::AtomicAccess;
using selvage::runtime::OpKind;

namespace {

OpKind KindOf(selvage_atomic_kind kind) {
  switch (kind) {
    case SELVAGE_ATOMIC_LOAD:
      return OpKind::kRawAtomicLoad;
    case SELVAGE_ATOMIC_STORE:
      return OpKind::kRawAtomicStore;
    case SELVAGE_ATOMIC_UPDATE:
      break;
  }
  return OpKind::kRawAtomicUpdate;
}

AtomicAccess* In(selvage_atomic_access* access) {
  static_assert(sizeof(access->room) >= sizeof(AtomicAccess));
  static_assert(alignof(selvage_atomic_access) >= alignof(AtomicAccess));
  return std::launder(reinterpret_cast<AtomicAccess*>(access->room));
}

}  // namespace

void selvage_begin_atomic(selvage_atomic_access* access, selvage_atomic_kind kind,
                          const volatile void* address, unsigned size, int order) {
  access->begun = false;
  if (selvage::runtime::CurrentTask() == nullptr) return;
  new (access->room) AtomicAccess(KindOf(kind), address, size, order, __builtin_return_address(0));
  access->begun = true;
}

void selvage_end_atomic(selvage_atomic_access* access, selvage_atomic_effect effect) {
  AtomicAccess* const begun = In(access);
  if (effect == SELVAGE_ATOMIC_UNCHANGED) begun->Unchanged();
  if (effect == SELVAGE_ATOMIC_FAILED) begun->Failed();
  begun->~AtomicAccess();
}

void selvage_note_atomic_order(const volatile void* address, int order) {
  if (order == __ATOMIC_SEQ_CST || selvage::runtime::CurrentTask() == nullptr) return;
  if (selvage::tsan::ignore_depth != 0 || selvage::runtime::announced_operations != 0) return;
  selvage::runtime::Note(selvage::runtime::Uncontrolled::kWeakOrder,
                         reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)), address);
}

void selvage_note_instrumented_code() { selvage::runtime::program_has_instrumented_code = true; }
