#include "selvage/harness/report/local_variable.h"

#include <dwarf.h>

#include <optional>

#include "absl/strings/str_cat.h"
#include "selvage/harness/report/value_path.h"

namespace selvage::report {
namespace {

// Numbers of registers in debug information (System V ABI, AMD64 supplement, figure 3.36; DWARF for
// the Arm 64-bit Architecture, 4.1).
#if defined(__x86_64__)
constexpr unsigned kFramePointer = 6;
constexpr unsigned kStackPointer = 7;
#else
constexpr unsigned kFramePointer = 29;
constexpr unsigned kStackPointer = 31;
#endif

class LocalSearch {
 public:
  LocalSearch(Dwarf_Die function, Dwarf_Addr pc, const StackFrame& frame, std::uintptr_t address)
      : pc_(pc), frame_(frame), address_(address) {
    found_.function = function;
    Dwarf_Attribute attribute;
    const std::optional<Dwarf_Op> base =
        OnlyOperation(dwarf_attr(&function, DW_AT_frame_base, &attribute));
    if (base) base_ = Evaluate(*base);
  }

  FoundLocal Run() {
    Dwarf_Die function = found_.function;
    Search(function, function);
    return found_;
  }

 private:
  // Of a location that is described by one, where the code is at `pc_`.
  std::optional<Dwarf_Op> OnlyOperation(Dwarf_Attribute* attribute) const {
    Dwarf_Op* operations = nullptr;
    std::size_t count = 0;
    if (attribute == nullptr ||
        dwarf_getlocation_addr(attribute, pc_, &operations, &count, 1) != 1 || count != 1) {
      return std::nullopt;
    }
    return *operations;
  }

  std::optional<std::uintptr_t> Register(unsigned number) const {
    if (number == kFramePointer) return frame_.frame_pointer;
    if (number == kStackPointer) return frame_.stack_pointer;
    return std::nullopt;
  }

  std::optional<std::uintptr_t> Evaluate(const Dwarf_Op& operation) const {
    const unsigned atom = operation.atom;
    std::optional<std::uintptr_t> value;
    if (atom == DW_OP_call_frame_cfa) return frame_.callers_stack_pointer;
    if (atom >= DW_OP_reg0 && atom <= DW_OP_reg31) return Register(atom - DW_OP_reg0);
    if (atom == DW_OP_fbreg) value = base_;
    if (atom >= DW_OP_breg0 && atom <= DW_OP_breg31) value = Register(atom - DW_OP_breg0);
    if (value) *value += static_cast<std::uintptr_t>(operation.number);
    return value;
  }

  // What is declared further inside first: its memory may have been another's before.
  bool Search(Dwarf_Die scope, Dwarf_Die function) {
    Dwarf_Die child;
    if (dwarf_child(&scope, &child) != 0) return false;
    Dwarf_Die next = child;
    do {
      switch (dwarf_tag(&next)) {
        case DW_TAG_inlined_subroutine:
        case DW_TAG_lexical_block:
        case DW_TAG_try_block:
        case DW_TAG_catch_block:
          if (dwarf_haspc(&next, pc_) > 0 &&
              Search(next, dwarf_tag(&next) == DW_TAG_inlined_subroutine ? next : function)) {
            return true;
          }
          break;
        default:
          break;
      }
    } while (dwarf_siblingof(&next, &next) == 0);
    next = child;
    do {
      const int tag = dwarf_tag(&next);
      if ((tag == DW_TAG_variable || tag == DW_TAG_formal_parameter) && Has(&next)) {
        found_.function = function;
        return true;
      }
    } while (dwarf_siblingof(&next, &next) == 0);
    return false;
  }

  bool Has(Dwarf_Die* variable) {
    Dwarf_Attribute attribute;
    const std::optional<Dwarf_Op> location =
        OnlyOperation(dwarf_attr(variable, DW_AT_location, &attribute));
    // What lies in a register has no address.
    if (!location || (location->atom >= DW_OP_reg0 && location->atom <= DW_OP_reg31)) return false;
    const std::optional<std::uintptr_t> begin = Evaluate(*location);
    const std::optional<Dwarf_Die> type = TypeOf(variable);
    if (!begin || !type || address_ < *begin || address_ - *begin >= SizeOf(*type)) return false;
    const std::string name = NameOf(variable);
    if (name.empty()) return false;
    found_.name = absl::StrCat(name, PathTo(variable, address_ - *begin));
    return true;
  }

  const Dwarf_Addr pc_;
  const StackFrame frame_;
  const std::uintptr_t address_;
  std::optional<std::uintptr_t> base_;  // of the frame, as the debug information has it
  FoundLocal found_;
};

}  // namespace

FoundLocal FindLocal(Dwarf_Die function, Dwarf_Addr pc, const StackFrame& frame,
                     std::uintptr_t address) {
  return LocalSearch(function, pc, frame, address).Run();
}

}  // namespace selvage::report
