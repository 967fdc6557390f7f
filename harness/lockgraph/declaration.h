// What identifies a lock: where in the code it is declared.
//
//   Class. Locks of one type and name that are declared at one place. The place is the first code
//   of the user's on the stack that constructed the lock, never a library's header: for a member
//   its class, for anything else the function (or test) around it. Debug information adds what it
//   is called there, "Account::mutex_.lock_" or "from in Transfer", and tells two locks of one line
//   apart. Without debug information the constructor's own source location stands for the place. A
//   name alone is no identity, since two tests may both have a lock "a"; it unites only where a
//   person asks for that, in a declared order.
//
//   Instance. A lock of the process; two of them are never one within a run. Across runs, schedules
//   of one exploration, tests and processes, locks are one if they are of one class, were made by
//   one chain of calls in a thread of the same spawn path (and in schedules of the same test), and
//   are the same one of as many that were made so. So a run that makes another lock in between, or
//   more locks in a loop, is not taken for one that gave its locks to other threads; and locks of
//   two tests are two, but for those that both find made.
//
//   Fingerprint. What names a cycle for a person, over edits of the code: no line number but where
//   there is no other word for a place. It is made of what is held and asked for (type, name, class
//   or function, variable) and of the user's functions active at each request, and of nothing else
//   in the graph: so a cycle keeps its fingerprint when its report is merged with others.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_DECLARATION_H_
#define SELVAGE_HARNESS_LOCKGRAPH_DECLARATION_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "selvage/harness/lockgraph/records.h"
#include "selvage/harness/report/symbolize.h"

namespace selvage::lockgraph {

// What is not known is empty or 0.
struct Declaration {
  std::string scope;     // the class of a member; else the function
  std::string variable;  // "lock_", or "mutex_.lock_" through members of several classes
  std::string file;
  unsigned line = 0;
  unsigned column = 0;  // of a lock that is no member
  bool member = false;
  std::string object;  // the variable that has the object whose member it is

  friend bool operator==(const Declaration&, const Declaration&) = default;
};

// Not thread-safe.
class Declarations {
 public:
  // Of the locks of `origins`. Both outlive it. Without a symbolizer, declarations are as the
  // constructors' source locations say.
  Declarations(const std::vector<OriginRecord*>& origins, report::Symbolizer* symbolizer)
      : origins_(origins), symbolizer_(symbolizer) {}

  // Linear in the depth of its stack, and in the sizes of the functions on it that construct it.
  Declaration Of(const OriginRecord& origin);

 private:
  // One of the functions active at a return address.
  struct Call {
    std::size_t pc = 0;     // position on the stack
    std::size_t frame = 0;  // among those of the address, innermost first
  };
  struct Address {
    std::vector<report::Frame> frames;
    std::vector<report::DeclarationScope> scopes;
  };

  const Address& At(std::uintptr_t pc);
  Declaration FirstUse(const OriginRecord& origin);
  std::string Declared(const OriginRecord& origin, const Call& call, const std::string& type,
                       std::string* file, unsigned* line);
  std::vector<std::uint64_t> PlacesBeside(const OriginRecord& origin, const Call& call);

  const std::vector<OriginRecord*>& origins_;
  report::Symbolizer* const symbolizer_;
  std::unordered_map<std::uintptr_t, Address> addresses_;
  // By type and by the stack from some position outwards.
  std::unordered_multimap<std::uint64_t, const OriginRecord*> beside_;
};

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_DECLARATION_H_
