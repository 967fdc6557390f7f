#include "selvage/harness/lockgraph/publication.h"

#include <dlfcn.h>
#include <link.h>

namespace selvage::lockgraph {

#ifdef DLFO_STRUCT_HAS_EH_DBASE  // since glibc 2.35

bool IsStatic(const void* address) {
  dl_find_object module;
  return _dl_find_object(const_cast<void*>(address), &module) == 0;
}

#else

bool IsStatic(const void* address) {
  const auto is_in = [](dl_phdr_info* module, std::size_t, void* sought) {
    const auto where = reinterpret_cast<ElfW(Addr)>(sought);
    for (int i = 0; i < module->dlpi_phnum; ++i) {
      const ElfW(Phdr)& segment = module->dlpi_phdr[i];
      if (segment.p_type != PT_LOAD) continue;
      const ElfW(Addr) begin = module->dlpi_addr + segment.p_vaddr;
      if (where >= begin && where - begin < segment.p_memsz) return 1;
    }
    return 0;
  };
  return dl_iterate_phdr(is_in, const_cast<void*>(address)) != 0;
}

#endif

}  // namespace selvage::lockgraph
