// Which executables and libraries this process consists of, as the dynamic loader has placed them.
#ifndef SELVAGE_HARNESS_REPORT_LOADED_MODULES_H_
#define SELVAGE_HARNESS_REPORT_LOADED_MODULES_H_

#include <cstdint>
#include <string>
#include <vector>

namespace selvage::report {

struct LoadedModule {
  // Canonical path; "[vdso: <process id>]" for the code the kernel provides, the spelling libdwfl
  // knows.
  std::string path;
  // Page-aligned; the end is one past the last byte.
  std::uintptr_t begin;
  std::uintptr_t end;
};

// The loader's counts of modules loaded and unloaded so far.
struct ModuleChanges {
  unsigned long long loads = 0;
  unsigned long long unloads = 0;
  friend bool operator==(const ModuleChanges&, const ModuleChanges&) = default;
};

struct LoadedModules {
  ModuleChanges as_of;
  std::vector<LoadedModule> modules;
};

// Cheap: a list of modules is out of date if this is no longer what it was made as of. Thread-safe.
ModuleChanges CountModuleChanges();

// Linear in the number of modules. Thread-safe.
LoadedModules ListLoadedModules();

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_LOADED_MODULES_H_
