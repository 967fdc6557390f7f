#include "selvage/harness/report/symbolize.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "selvage/harness/report/declared.h"
#include "selvage/harness/report/function_name.h"
#include "selvage/harness/report/loaded_modules.h"
#include "selvage/harness/report/local_variable.h"
#include "selvage/harness/report/static_variable.h"
#include "selvage/harness/report/value_path.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::report {
namespace {

struct FreeDeleter {
  void operator()(void* memory) const { std::free(memory); }
};
template <typename T>
using Malloced = std::unique_ptr<T, FreeDeleter>;

// A part of the code of something in a module, in the addresses of the module's debug information.
template <typename T>
struct Range {
  Dwarf_Addr begin;
  Dwarf_Addr end;
  T value;
};

// Ranges that do not overlap, sorted by address once they are all there.
template <typename T>
class RangeIndex {
 public:
  // Adds all code of `die`, a unit or a function; none if it has none.
  void Add(Dwarf_Die* die, const T& value) {
    Dwarf_Addr base;
    Dwarf_Addr begin;
    Dwarf_Addr end;
    std::ptrdiff_t offset = 0;
    while ((offset = dwarf_ranges(die, offset, &base, &begin, &end)) > 0) {
      // Linkers leave the ranges of discarded functions at 0 or 1, where they would shadow real
      // code.
      if (begin > 1 && begin < end) ranges_.push_back({begin, end, value});
    }
  }

  void Sort() {
    std::sort(ranges_.begin(), ranges_.end(),
              [](const Range<T>& a, const Range<T>& b) { return a.begin < b.begin; });
  }

  T* Find(Dwarf_Addr address) {
    auto after = std::upper_bound(ranges_.begin(), ranges_.end(), address,
                                  [](Dwarf_Addr a, const Range<T>& r) { return a < r.begin; });
    if (after == ranges_.begin() || address >= std::prev(after)->end) return nullptr;
    return &std::prev(after)->value;
  }

 private:
  std::vector<Range<T>> ranges_;
};

// A compilation unit.
struct Unit {
  Dwarf_Die lines;   // the unit that has the line table
  Dwarf_Die scopes;  // the unit that has the functions: another one when the debug information is
                     // split (.dwo)
  std::optional<RangeIndex<Dwarf_Die>> functions = std::nullopt;  // filled by the first lookup
};

// The compilation units of a module. Built from the units themselves because clang writes no
// .debug_aranges, the index that dwfl_module_addrdie relies on.
struct UnitIndex {
  explicit UnitIndex(Dwarf* dwarf) {
    Dwarf_CU* unit = nullptr;
    Dwarf_Die die;
    Dwarf_Die split;
    while (dwarf_get_units(dwarf, unit, &unit, nullptr, nullptr, &die, &split) == 0) {
      units.push_back({die, dwarf_tag(&split) == DW_TAG_compile_unit ? split : die});
      ranges.Add(&die, units.size() - 1);
    }
    ranges.Sort();
  }

  std::vector<Unit> units;
  RangeIndex<std::size_t> ranges;  // positions in `units`
};

// Calls `visit(&child)` for each child of `parent`, until it returns false.
template <typename Visitor>
void ForEachChild(Dwarf_Die* parent, const Visitor& visit) {
  Dwarf_Die child;
  if (dwarf_child(parent, &child) != 0) return;
  while (visit(&child) && dwarf_siblingof(&child, &child) == 0) {
  }
}

// dwfl_standard_find_debuginfo would ask debuginfod servers when the environment names some; a test
// run must not wait for them.
int FindLocalDebugInfo(Dwfl_Module* module, void** user, const char* name, Dwarf_Addr base,
                       const char* file, const char* link_file, GElf_Word link_crc, char** result) {
  return dwfl_build_id_find_debuginfo(module, user, name, base, file, link_file, link_crc, result);
}

char* default_debug_path = nullptr;  // null: libdwfl's own default, below /usr/lib/debug
const Dwfl_Callbacks kCallbacks = {
    .find_elf = dwfl_linux_proc_find_elf,
    .find_debuginfo = FindLocalDebugInfo,
    .section_address = nullptr,
    .debuginfo_path = &default_debug_path,
};

bool NamesAScope(int tag) {
  switch (tag) {
    case DW_TAG_namespace:
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
    case DW_TAG_subprogram:
      return true;
    default:
      return false;
  }
}

// Adds every function with code below `parent`. dwarf_getscopes would not find those that clang
// puts inside their namespace: it does not look into scopes that have no addresses.
void AddFunctions(Dwarf_Die* parent, RangeIndex<Dwarf_Die>* functions) {
  ForEachChild(parent, [functions](Dwarf_Die* child) {
    const int tag = dwarf_tag(child);
    if (tag == DW_TAG_subprogram) functions->Add(child, *child);
    // Local classes have member functions.
    if (NamesAScope(tag) || tag == DW_TAG_lexical_block) AddFunctions(child, functions);
    return true;
  });
}

// Appends to `chain` the functions inlined into `scope` that cover `address`, outermost first.
void AddInlined(Dwarf_Die* scope, Dwarf_Addr address, std::vector<Dwarf_Die>* chain) {
  ForEachChild(scope, [address, chain](Dwarf_Die* child) {
    switch (dwarf_tag(child)) {
      case DW_TAG_inlined_subroutine:
      case DW_TAG_lexical_block:
      case DW_TAG_try_block:
      case DW_TAG_catch_block:
        break;
      default:
        return true;
    }
    if (dwarf_haspc(child, address) <= 0) return true;
    if (dwarf_tag(child) == DW_TAG_inlined_subroutine) chain->push_back(*child);
    AddInlined(child, address, chain);
    return false;
  });
}

// "ns::Class::name" from the scopes around `die`. Linear in the unit's size for each scope.
std::string QualifiedName(const Dwarf_Die& die) {
  Dwarf_Die declaration = Declaration(die);
  const char* const own_name = dwarf_diename(&declaration);
  std::string name = own_name != nullptr ? own_name : "";
  if (name.empty() && dwarf_tag(&declaration) != DW_TAG_namespace) name = "{unnamed}";
  Dwarf_Die* chain = nullptr;
  const int depth = dwarf_getscopes_die(&declaration, &chain);
  const Malloced<Dwarf_Die> owner(chain);
  for (int i = 1; i < depth; ++i) {
    if (!NamesAScope(dwarf_tag(&chain[i]))) continue;
    std::string scope = QualifiedName(chain[i]);
    if (name.empty()) return scope;
    if (scope.empty()) return name;
    return scope + "::" + name;
  }
  return name;
}

// The function of a DW_TAG_subprogram or DW_TAG_inlined_subroutine.
std::string FunctionName(Dwarf_Die die) {
  Dwarf_Attribute attribute;
  for (const unsigned name : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name}) {
    if (dwarf_attr_integrate(&die, name, &attribute) == nullptr) continue;
    if (const char* linkage_name = dwarf_formstring(&attribute))
      return ShortFunctionName(linkage_name);
  }
  // GCC gives no linkage name to functions with internal linkage, nor anyone to extern "C"
  // functions.
  return ShortFunctionName(QualifiedName(die));
}

// 0 if `die` has no such attribute.
Dwarf_Word Constant(Dwarf_Die* die, unsigned name) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  return dwarf_formudata(dwarf_attr(die, name, &attribute), &value) == 0 ? value : 0;
}

// Where the inlined function `die` was called.
Frame CallSite(Dwarf_Die* die, Dwarf_Die* unit) {
  Frame site;
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  Dwarf_Files* files = nullptr;
  std::size_t file_count = 0;
  if (dwarf_formudata(dwarf_attr(die, DW_AT_call_file, &attribute), &value) == 0 &&
      dwarf_getsrcfiles(unit, &files, &file_count) == 0 && value < file_count) {
    if (const char* path = dwarf_filesrc(files, value, nullptr, nullptr)) site.file = path;
  }
  site.line = static_cast<unsigned>(Constant(die, DW_AT_call_line));
  return site;
}

// The functions active at `address`, outermost first.
std::vector<Dwarf_Die> FunctionsAt(Unit& unit, Dwarf_Addr address) {
  if (!unit.functions) {
    AddFunctions(&unit.scopes, &unit.functions.emplace());
    unit.functions->Sort();
  }
  std::vector<Dwarf_Die> chain;
  if (Dwarf_Die* function = unit.functions->Find(address)) {
    chain.push_back(*function);
    AddInlined(function, address, &chain);
  }
  return chain;
}

// What is declared at the frames of FramesInUnit().
std::vector<DeclarationScope> DeclarationsInUnit(Unit& unit, Dwarf_Addr address) {
  std::vector<Dwarf_Die> chain = FunctionsAt(unit, address);
  std::vector<DeclarationScope> scopes;
  if (chain.empty()) return scopes;
  Dwarf_Addr code = 0;
  dwarf_entrypc(&chain.front(), &code);
  int line = 0;
  int column = 0;
  if (Dwarf_Line* row = dwarf_getsrc_die(&unit.lines, address)) {
    dwarf_lineno(row, &line);
    dwarf_linecol(row, &column);
  }
  for (; !chain.empty(); chain.pop_back()) {
    DeclarationScope& scope = scopes.emplace_back();
    scope.column = static_cast<unsigned>(column);
    scope.code = code;
    scope.constructor = MembersOfConstructed(chain.back(), scope.declared);
    if (!scope.constructor) {
      scope.declared = VariablesAt(&chain.back(), &unit.scopes, static_cast<unsigned>(line));
    }
    line = static_cast<int>(Constant(&chain.back(), DW_AT_call_line));
    column = static_cast<int>(Constant(&chain.back(), DW_AT_call_column));
  }
  return scopes;
}

// The frames at `address` (in the addresses of the debug information), innermost first. The
// outermost one's function is empty when the unit has lines but no functions, as assembly does.
std::vector<Frame> FramesInUnit(Unit& unit, Dwarf_Addr address) {
  Frame frame;
  if (Dwarf_Line* line = dwarf_getsrc_die(&unit.lines, address)) {
    int number = 0;
    if (const char* path = dwarf_linesrc(line, nullptr, nullptr)) frame.file = path;
    if (dwarf_lineno(line, &number) == 0) frame.line = static_cast<unsigned>(number);
  }
  std::vector<Dwarf_Die> chain = FunctionsAt(unit, address);
  std::vector<Frame> frames;
  for (; !chain.empty(); chain.pop_back()) {
    frame.function = FunctionName(chain.back());
    frames.push_back(std::move(frame));
    frame = CallSite(&chain.back(), &unit.scopes);
  }
  if (frames.empty() && !frame.file.empty()) frames.push_back(std::move(frame));
  return frames;
}

// "libc.so.6" of "/usr/lib/libc.so.6"; "[vdso]" of "[vdso: 4711]", whose number is the process id.
std::string ModuleName(std::string_view path) {
  if (path.starts_with("[vdso")) return "[vdso]";
  return std::string(path.substr(path.rfind('/') + 1));
}

std::string HexOffset(Dwarf_Addr offset) {
  std::array<char, 24> text;
  std::snprintf(text.data(), text.size(), "+0x%llx", static_cast<unsigned long long>(offset));
  return text.data();
}

}  // namespace

struct Symbolizer::State {
  ~State() { dwfl_end(dwfl); }

  // Brings the list of modules up to date. Indexes refer to modules that may go, so they go first.
  void ReportModules() {
    if (dwfl != nullptr && CountModuleChanges() == reported_as_of) return;
    units.clear();
    statics.clear();
    if (dwfl == nullptr) {
      dwfl = dwfl_begin(&kCallbacks);
    } else {
      dwfl_report_begin(dwfl);
    }
    if (dwfl == nullptr) return;
    // Not dwfl_linux_proc_report, which reads /proc/self/maps: there a file that libelf has mapped
    // to read it, as it does with every file it resolved addresses of, looks like a second copy of
    // the module.
    const LoadedModules loaded = ListLoadedModules();
    for (const LoadedModule& module : loaded.modules) {
      dwfl_report_module(dwfl, module.path.c_str(), module.begin, module.end);
    }
    dwfl_report_end(dwfl, nullptr, nullptr);
    reported_as_of = loaded.as_of;
  }

  // The unit that has `address`, which becomes one of the debug information; null without one.
  Unit* FindUnit(Dwfl_Module* module, Dwarf_Addr& address) {
    Dwarf_Addr bias = 0;
    Dwarf* const dwarf = dwfl_module_getdwarf(module, &bias);
    if (dwarf == nullptr) return nullptr;
    UnitIndex& index = units.try_emplace(module, dwarf).first->second;
    address -= bias;
    const std::size_t* const unit = index.ranges.Find(address);
    return unit == nullptr ? nullptr : &index.units[*unit];
  }

  std::vector<Frame> FromDebugInfo(Dwfl_Module* module, Dwarf_Addr address) {
    Unit* const unit = FindUnit(module, address);
    return unit == nullptr ? std::vector<Frame>() : FramesInUnit(*unit, address);
  }

  std::vector<DeclarationScope> Declarations(Dwarf_Addr address) {
    ReportModules();
    Dwfl_Module* const module = dwfl != nullptr ? dwfl_addrmodule(dwfl, address) : nullptr;
    Unit* const unit = module != nullptr ? FindUnit(module, address) : nullptr;
    return unit == nullptr ? std::vector<DeclarationScope>() : DeclarationsInUnit(*unit, address);
  }

  std::vector<Frame> Lookup(Dwarf_Addr address) {
    ReportModules();
    Dwfl_Module* const module = dwfl != nullptr ? dwfl_addrmodule(dwfl, address) : nullptr;
    Dwarf_Addr start = 0;
    Dwarf_Addr end = 0;
    const char* path = nullptr;
    const char* name = nullptr;
    if (module != nullptr)
      name = dwfl_module_info(module, nullptr, &start, &end, nullptr, nullptr, &path, nullptr);
    // For an address between modules libdwfl may answer with a neighbour.
    if (address < start || address >= end) return {Frame{}};
    std::vector<Frame> frames = FromDebugInfo(module, address);
    const std::string module_path = path != nullptr ? path : name != nullptr ? name : "";
    if (frames.empty()) frames.emplace_back();
    if (Frame& outermost = frames.back(); outermost.function.empty()) {
      GElf_Off offset = 0;
      GElf_Sym symbol;
      const char* const symbol_name =
          dwfl_module_addrinfo(module, address, &offset, &symbol, nullptr, nullptr, nullptr);
      outermost.function = symbol_name != nullptr
                               ? ShortFunctionName(symbol_name)
                               : ModuleName(module_path) + HexOffset(address - start);
    }
    for (Frame& frame : frames) frame.module = module_path;
    return frames;
  }

  LocalVariable FindLocal(const StackFrame& frame, std::uintptr_t address) {
    ReportModules();
    // As Resolve() looks it up.
    Dwarf_Addr pc = frame.return_address - 1;
    Dwfl_Module* const module = dwfl != nullptr ? dwfl_addrmodule(dwfl, pc) : nullptr;
    Unit* const unit = module != nullptr ? FindUnit(module, pc) : nullptr;
    if (unit == nullptr) return {};
    const std::vector<Dwarf_Die> chain = FunctionsAt(*unit, pc);
    if (chain.empty()) return {};
    const FoundLocal found = report::FindLocal(chain.front(), pc, frame, address);
    if (found.name.empty()) return {};
    return {.name = found.name, .function = FunctionName(found.function)};
  }

  Variable FindVariable(Dwarf_Addr address) {
    ReportModules();
    Dwfl_Module* const module = dwfl != nullptr ? dwfl_addrmodule(dwfl, address) : nullptr;
    if (module == nullptr) return {};
    GElf_Off offset = 0;
    GElf_Sym symbol;
    const char* const name =
        dwfl_module_addrinfo(module, address, &offset, &symbol, nullptr, nullptr, nullptr);
    // For an address between symbols libdwfl may answer with a neighbour.
    if (name == nullptr || GELF_ST_TYPE(symbol.st_info) != STT_OBJECT || offset >= symbol.st_size) {
      return {};
    }
    // What is left out of it as if it were the type of a result.
    constexpr std::string_view kGuard = "guard variable for ";
    std::string short_name = ShortFunctionName(name);
    if (std::string_view(name).starts_with("_ZGV") && !short_name.starts_with(kGuard)) {
      short_name.insert(0, kGuard);
    }
    return {.name = std::move(short_name), .offset = offset};
  }

  StaticVariable FindStatic(Dwarf_Addr address) {
    const Variable variable = FindVariable(address);
    Dwfl_Module* const module = dwfl != nullptr ? dwfl_addrmodule(dwfl, address) : nullptr;
    if (module == nullptr) return {};
    Dwarf_Addr bias = 0;
    Dwarf* const dwarf = dwfl_module_getdwarf(module, &bias);
    std::optional<Dwarf_Die> die;
    if (dwarf != nullptr && !variable.name.empty()) {
      die = statics[module].Find(dwarf, address - variable.offset - bias);
    }
    if (!die) {
      Dwarf_Addr start = 0;
      const char* const path =
          dwfl_module_info(module, nullptr, &start, nullptr, nullptr, nullptr, nullptr, nullptr);
      const std::string place =
          ModuleName(path != nullptr ? path : "") + HexOffset(address - start);
      return {.object = variable.name.empty() ? place : variable.name + " (" + place + ")"};
    }
    const std::string whole = variable.name + PathTo(&*die, variable.offset);
    const std::size_t dot = whole.find('.', variable.name.size());
    StaticVariable found{.object = whole.substr(0, dot)};
    if (dot != std::string::npos) {
      found.member = whole.substr(dot + 1);
      found.owner = ElementTypeName(*die);
    }
    const char* const file = dwarf_decl_file(&*die);
    found.file = file != nullptr ? file : "";
    int line = 0;
    if (dwarf_decl_line(&*die, &line) == 0) found.line = static_cast<unsigned>(line);
    return found;
  }

  Dwfl* dwfl = nullptr;
  ModuleChanges reported_as_of;
  std::unordered_map<Dwfl_Module*, StaticVariables> statics;
  std::unordered_map<Dwfl_Module*, UnitIndex> units;
  std::unordered_map<std::uintptr_t, std::vector<Frame>> known;
};

Symbolizer::Symbolizer() = default;

Symbolizer::~Symbolizer() {
  const tsan::IgnoreScope ignore;
  state_.reset();
}

std::vector<Frame> Symbolizer::Resolve(std::uintptr_t return_address) {
  const tsan::IgnoreScope ignore;
  if (state_ == nullptr) state_ = std::make_unique<State>();
  auto [entry, is_new] = state_->known.try_emplace(return_address);
  // A call may be the last instruction of its function: the return address then belongs to the next
  // one.
  if (is_new) entry->second = state_->Lookup(return_address - 1);
  return entry->second;
}

std::vector<DeclarationScope> Symbolizer::ResolveDeclarations(std::uintptr_t return_address) {
  const std::size_t frames = Resolve(return_address).size();
  const tsan::IgnoreScope ignore;
  std::vector<DeclarationScope> scopes = state_->Declarations(return_address - 1);
  scopes.resize(frames);
  return scopes;
}

Variable Symbolizer::FindVariable(std::uintptr_t address) {
  const tsan::IgnoreScope ignore;
  if (state_ == nullptr) state_ = std::make_unique<State>();
  return state_->FindVariable(address);
}

StaticVariable Symbolizer::FindStatic(std::uintptr_t address) {
  const tsan::IgnoreScope ignore;
  if (state_ == nullptr) state_ = std::make_unique<State>();
  return state_->FindStatic(address);
}

LocalVariable Symbolizer::ResolveLocal(const StackFrame& frame, std::uintptr_t address) {
  const tsan::IgnoreScope ignore;
  if (state_ == nullptr) state_ = std::make_unique<State>();
  return state_->FindLocal(frame, address);
}

std::string Symbolizer::ResolveVariable(std::uintptr_t address) {
  const tsan::IgnoreScope ignore;
  Variable variable = FindVariable(address);
  if (variable.offset != 0) variable.name += HexOffset(variable.offset);
  return std::move(variable.name);
}

std::vector<Frame> Symbolizer::ResolveStack(std::span<const std::uintptr_t> return_addresses) {
  const tsan::IgnoreScope ignore;
  std::vector<Frame> stack;
  for (const std::uintptr_t address : return_addresses) {
    std::vector<Frame> frames = Resolve(address);
    std::move(frames.begin(), frames.end(), std::back_inserter(stack));
  }
  return stack;
}

}  // namespace selvage::report
