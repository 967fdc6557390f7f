// Turning return addresses of this process into functions, files and lines.
#ifndef SELVAGE_HARNESS_REPORT_SYMBOLIZE_H_
#define SELVAGE_HARNESS_REPORT_SYMBOLIZE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "selvage/harness/report/stack.h"

namespace selvage::report {

// One function active at an address. Every member may be empty: what is not known is left out,
// never guessed.
struct Frame {
  // ShortFunctionName(), or "module+0x1f" when no symbol covers the address; empty when no module
  // does.
  std::string function = {};
  // The source file as the debug information spells it; empty without debug information.
  std::string file = {};
  // The line in `file`, from 1; 0 if unknown.
  unsigned line = 0;
  // Path of the executable or shared library.
  std::string module = {};

  friend bool operator==(const Frame&, const Frame&) = default;
};

// A variable or member, as declared: "lock_", of type "Lock" (for an array, that of its elements;
// empty if it has no name).
struct Declared {
  std::string name = {};
  std::string type = {};
  std::string file = {};
  unsigned line = 0;

  friend bool operator==(const Declared&, const Declared&) = default;
};

// What is declared where a frame's call was made.
struct DeclarationScope {
  bool constructor = false;
  // The members of the constructor's class; of another function, what it declares on the line of
  // the call, or what is initialised there if it initialises static objects. In order.
  std::vector<Declared> declared = {};
  // The column of the call, 0 if unknown.
  unsigned column = 0;
  // The function in whose machine code the call lies: the same for all that was inlined into it.
  std::uintptr_t code = 0;
};

// A variable with static storage.
struct Variable {
  std::string name = {};     // ShortFunctionName() of its symbol; empty if there is none
  std::uint64_t offset = 0;  // of an address within it, bytes
};

// A variable with static storage, as the debug information has it, and a part of it.
struct StaticVariable {
  std::string object = {};  // the variable, or an element of it: "bank", "accounts[1]"
  std::string member = {};  // "lock", "owner.lock"; empty: the object itself
  std::string owner = {};   // the class whose member it is
  // Where the variable is declared; empty without debug information.
  std::string file = {};
  unsigned line = 0;
};

// A variable on a stack.
struct LocalVariable {
  std::string name = {};      // "counter", "config.limit"; empty if it is not known
  std::string function = {};  // ShortFunctionName() of the one that declares it
};

// Resolves addresses through the debug information (DWARF) of the modules loaded in this process,
// with the symbol tables as a second choice. Debug information split off into /usr/lib/debug is
// found by build id; nothing is ever fetched over the network.
//
// Constructing one is cheap: files are opened by the first Resolve() that needs them and stay open
// until destruction. The first address of a module costs milliseconds (it indexes its compilation
// units), others tens of microseconds, one seen before a hash lookup. Needs an ordinary thread's
// stack, not a task's small one.
//
// Not thread-safe; two instances share nothing. TSan does not see the memory of an instance.
class Symbolizer {
 public:
  Symbolizer();
  ~Symbolizer();
  Symbolizer(const Symbolizer&) = delete;
  Symbolizer& operator=(const Symbolizer&) = delete;

  // The functions active at the call that returns to `return_address`: innermost inlined function
  // first, the function that has the frame last. Never empty; an address in no module gives one
  // Frame with nothing set. Modules loaded since the last call are noticed. An address keeps its
  // first answer, also after its module was unloaded.
  std::vector<Frame> Resolve(std::uintptr_t return_address);

  // Resolve() of each address in turn, as one list: a whole stack as CaptureStack() gives it,
  // inlined functions included.
  std::vector<Frame> ResolveStack(std::span<const std::uintptr_t> return_addresses);

  // What is declared at the frames of Resolve(return_address), one for one. Without debug
  // information nothing is. As expensive as a first Resolve(): linear in the function's size.
  std::vector<DeclarationScope> ResolveDeclarations(std::uintptr_t return_address);

  // The variable with static storage that `address` lies in; none for the heap, stacks and
  // thread_locals.
  Variable FindVariable(std::uintptr_t address);
  // What lies there in it. Without debug information the object is the module and an offset in it,
  // after the variable's name if that is known: "lock (counter_test+0x1f0)".
  StaticVariable FindStatic(std::uintptr_t address);
  // The variable as text: "counter", or "table+0x8" for a part of it.
  std::string ResolveVariable(std::uintptr_t address);

  // The local variable or parameter at `address`, which lies in `frame`. Not kept: linear in what
  // the function declares.
  LocalVariable ResolveLocal(const StackFrame& frame, std::uintptr_t address);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_SYMBOLIZE_H_
