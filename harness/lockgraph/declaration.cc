#include "selvage/harness/lockgraph/declaration.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "selvage/harness/report/stack.h"
#include "selvage/harness/report/user_frame.h"

namespace selvage::lockgraph {
namespace {

// "Account" of "bank::Account".
std::string_view LastPart(std::string_view name) {
  const std::size_t colons = name.rfind("::");
  return colons == std::string_view::npos ? name : name.substr(colons + 2);
}

// "bank::Account" of "bank::Account::Account".
std::string_view ScopeOf(std::string_view function) {
  const std::size_t colons = function.rfind("::");
  return colons == std::string_view::npos ? std::string_view() : function.substr(0, colons);
}

bool IsConstructor(const report::Frame& frame, const report::DeclarationScope& scope) {
  const std::string_view its_class = ScopeOf(frame.function);
  return scope.constructor ||
         (!its_class.empty() && LastPart(its_class) == LastPart(frame.function));
}

// Functions that compilers make for the initialisers of static objects.
bool InitialisesStatics(std::string_view function) {
  return function.starts_with("__cxx_global_var_init") || function.starts_with("_GLOBAL__sub_I") ||
         function.starts_with("__static_initialization_and_destruction");
}

std::uint64_t BesideKey(const char* type, const StackRecord& stack, std::size_t from) {
  std::uint64_t hash = Spread(from << 8 | stack.size);
  for (; *type != '\0'; ++type) hash = Spread(hash ^ static_cast<unsigned char>(*type));
  const std::uintptr_t* const pcs = const_cast<StackRecord&>(stack).pcs();
  return hash ^ report::HashStack(pcs + from, static_cast<int>(stack.size - from));
}

// Constructors are called a few frames above the recorder's own.
constexpr std::size_t kConstructing = 24;

}  // namespace

const Declarations::Address& Declarations::At(std::uintptr_t pc) {
  const auto [found, added] = addresses_.try_emplace(pc);
  if (added) {
    found->second.frames = symbolizer_->Resolve(pc);
    found->second.scopes = symbolizer_->ResolveDeclarations(pc);
  }
  return found->second;
}

Declaration Declarations::Of(const OriginRecord& origin) {
  Declaration declaration;
  const bool user_said = report::IsUserFrame(report::Frame{.file = origin.made_at.file});
  if (user_said) {
    declaration.file = origin.made_at.file;
    declaration.line = origin.made_at.line;
  }
  if (symbolizer_ == nullptr) return declaration;
  if (origin.variable != 0) {
    report::StaticVariable found = symbolizer_->FindStatic(origin.variable);
    declaration.file = std::move(found.file);
    declaration.line = found.line;
    declaration.member = !found.member.empty();
    declaration.scope = std::move(found.owner);
    declaration.variable = std::move(declaration.member ? found.member : found.object);
    if (declaration.member) declaration.object = std::move(found.object);
    return declaration;
  }
  if (origin.stack == nullptr) return declaration;
  if (origin.first_used) return FirstUse(origin);
  bool constructed = false;  // as a member
  std::string type = origin.type;
  for (std::size_t pc = 0; pc < origin.stack->size; ++pc) {
    const Address& address = At(origin.stack->pcs()[pc]);
    for (std::size_t i = 0; i < address.frames.size(); ++i) {
      const report::Frame& frame = address.frames[i];
      if (!report::IsUserFrame(frame)) continue;
      const report::DeclarationScope& scope = address.scopes[i];
      std::string file;
      unsigned line = 0;
      const std::string name = Declared(origin, Call{pc, i}, type, &file, &line);
      if (!IsConstructor(frame, scope)) {
        if (constructed) {
          declaration.object = name;
          return declaration;
        }
        declaration.scope = InitialisesStatics(frame.function) ? "" : frame.function;
        declaration.variable = name;
        if (!user_said) {
          declaration.file = frame.file;
          declaration.line = frame.line;
        }
        declaration.column = scope.column;
        return declaration;
      }
      if (!constructed) {
        declaration.file = file.empty() ? frame.file : file;
        declaration.line = file.empty() ? frame.line : line;
      }
      constructed = declaration.member = true;
      declaration.scope = ScopeOf(frame.function);
      if (!name.empty()) {
        declaration.variable =
            declaration.variable.empty() ? name : name + "." + declaration.variable;
      }
      type = LastPart(declaration.scope);
    }
  }
  return declaration;
}

// Where the user's code used it first.
Declaration Declarations::FirstUse(const OriginRecord& origin) {
  Declaration declaration;
  for (std::size_t pc = 0; pc < origin.stack->size; ++pc) {
    const Address& address = At(origin.stack->pcs()[pc]);
    for (std::size_t i = 0; i < address.frames.size(); ++i) {
      const report::Frame& frame = address.frames[i];
      if (!report::IsUserFrame(frame)) continue;
      declaration.scope = frame.function;
      declaration.file = frame.file;
      declaration.line = frame.line;
      declaration.column = address.scopes[i].column;
      return declaration;
    }
  }
  return declaration;
}

// The member or variable that is initialised in `call`, an object of class `type`; with where it is
// declared. Empty if that cannot be told.
std::string Declarations::Declared(const OriginRecord& origin, const Call& call,
                                   const std::string& type, std::string* file, unsigned* line) {
  const Address& address = At(origin.stack->pcs()[call.pc]);
  const report::DeclarationScope& scope = address.scopes[call.frame];
  const unsigned here = address.frames[call.frame].line;
  std::vector<const report::Declared*> candidates;
  for (const report::Declared& one : scope.declared) {
    if (one.type == type && !one.name.empty()) candidates.push_back(&one);
  }
  const auto take = [&](const report::Declared& one) {
    *file = one.file;
    *line = one.line;
    return one.name;
  };
  if (candidates.size() == 1) return take(*candidates.front());
  // Something around it, such as a pointer or a container: the only one of the line.
  if (candidates.empty()) {
    for (const report::Declared& one : scope.declared) {
      if (one.line == here && !one.name.empty()) candidates.push_back(&one);
    }
    return candidates.size() == 1 ? take(*candidates.front()) : "";
  }
  // Initialised in the order of their declarations.
  const std::vector<std::uint64_t> places = PlacesBeside(origin, call);
  if (places.size() == candidates.size() + 1) {
    const auto rank = std::find(places.begin() + 1, places.end(), places.front());
    return take(*candidates[static_cast<std::size_t>(rank - places.begin() - 1)]);
  }
  std::erase_if(candidates, [&](const report::Declared* one) { return one->line != here; });
  return scope.constructor && candidates.size() == 1 ? take(*candidates.front()) : "";
}

// Where objects of one kind are initialised beside each other: by the same call of the same
// function, in a constructor all, elsewhere those of one line. First the place of `origin` itself,
// then all of them in order.
std::vector<std::uint64_t> Declarations::PlacesBeside(const OriginRecord& origin,
                                                      const Call& call) {
  if (beside_.empty()) {
    for (const OriginRecord* one : origins_) {
      if (one->stack == nullptr) continue;
      const std::size_t last = std::min<std::size_t>(one->stack->size, kConstructing);
      for (std::size_t from = 1; from <= last; ++from) {
        beside_.emplace(BesideKey(one->type, *one->stack, from), one);
      }
    }
  }
  const Address& address = At(origin.stack->pcs()[call.pc]);
  const std::size_t outside = address.frames.size() - call.frame;
  const bool constructor = address.scopes[call.frame].constructor;
  const auto place = [](const report::DeclarationScope& scope, std::uintptr_t pc) {
    // Copies of one place in the source have one column.
    return scope.constructor || scope.column == 0 ? std::uint64_t{pc} : scope.column;
  };
  std::vector<std::uint64_t> places{
      place(address.scopes[call.frame], origin.stack->pcs()[call.pc])};
  const auto [begin, end] = beside_.equal_range(BesideKey(origin.type, *origin.stack, call.pc + 1));
  for (auto found = begin; found != end; ++found) {
    const std::uintptr_t pc = found->second->stack->pcs()[call.pc];
    const Address& other = At(pc);
    if (other.frames.size() < outside) continue;
    const std::size_t frame = other.frames.size() - outside;
    if (!std::equal(other.frames.begin() + static_cast<std::ptrdiff_t>(frame) + 1,
                    other.frames.end(),
                    address.frames.begin() + static_cast<std::ptrdiff_t>(call.frame) + 1) ||
        other.frames[frame].function != address.frames[call.frame].function ||
        other.scopes[frame].code != address.scopes[call.frame].code ||
        (!constructor && other.frames[frame].line != address.frames[call.frame].line)) {
      continue;
    }
    places.push_back(place(other.scopes[frame], pc));
  }
  std::sort(places.begin() + 1, places.end());
  places.erase(std::unique(places.begin() + 1, places.end()), places.end());
  return places;
}

}  // namespace selvage::lockgraph
