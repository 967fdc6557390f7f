#include "selvage/harness/report/loaded_modules.h"

#include <link.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace selvage::report {
namespace {

int AddModule(dl_phdr_info* info, std::size_t, void* out) {
  auto* result = static_cast<LoadedModules*>(out);
  result->as_of = {info->dlpi_adds, info->dlpi_subs};
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  std::uintptr_t begin = UINTPTR_MAX;
  std::uintptr_t end = 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD) continue;
    const std::uintptr_t start = info->dlpi_addr + segment.p_vaddr;
    begin = std::min(begin, start / page * page);
    end = std::max(end, (start + segment.p_memsz + page - 1) / page * page);
  }
  if (begin < end) result->modules.push_back({info->dlpi_name, begin, end});
  return 0;
}

}  // namespace

ModuleChanges CountModuleChanges() {
  ModuleChanges changes;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* out) {
        *static_cast<ModuleChanges*>(out) = {info->dlpi_adds, info->dlpi_subs};
        return 1;  // the counters are the same in every entry
      },
      &changes);
  return changes;
}

LoadedModules ListLoadedModules() {
  LoadedModules result;
  dl_iterate_phdr(AddModule, &result);
  const std::uintptr_t vdso = getauxval(AT_SYSINFO_EHDR);
  for (LoadedModule& module : result.modules) {
    if (module.begin <= vdso && vdso < module.end) {
      module.path = "[vdso: " + std::to_string(getpid()) + "]";
      continue;
    }
    // The loader has no name for the executable, and names libraries as dlopen was given them.
    std::error_code error;
    const std::string name = module.path.empty() ? "/proc/self/exe" : module.path;
    const std::filesystem::path path = std::filesystem::canonical(name, error);
    module.path = error ? name : path.string();
  }
  return result;
}

}  // namespace selvage::report
