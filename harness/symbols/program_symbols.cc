#include "selvage/harness/symbols/program_symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <optional>
#include <span>

namespace selvage::symbols {
namespace {

// A file that is read through memory; empty if it cannot be.
class MappedFile {
 public:
  explicit MappedFile(const char* path) {
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (file < 0) return;
    if (fstat(file, &status) == 0 && status.st_size > 0) {
      void* memory =
          mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE, file, 0);
      if (memory != MAP_FAILED) {
        bytes_ = {static_cast<const char*>(memory), static_cast<std::size_t>(status.st_size)};
      }
    }
    close(file);
  }
  ~MappedFile() {
    if (!bytes_.empty()) munmap(const_cast<char*>(bytes_.data()), bytes_.size());
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  // `count` structures at `offset`; none if they do not lie within the file.
  template <typename Structure>
  std::span<const Structure> At(std::uint64_t offset, std::uint64_t count) const {
    if (offset > bytes_.size() || count > (bytes_.size() - offset) / sizeof(Structure)) return {};
    return {reinterpret_cast<const Structure*>(bytes_.data() + offset),
            static_cast<std::size_t>(count)};
  }

 private:
  std::span<const char> bytes_;
};

std::optional<SymbolKind> KindOf(int type) {
  switch (type) {
    case STT_FUNC:
      return SymbolKind::kFunction;
    case STT_OBJECT:
      return SymbolKind::kVariable;
    case STT_TLS:
      return SymbolKind::kThreadLocal;
    default:
      return std::nullopt;
  }
}

// How far the program was loaded from where it was linked to.
std::uintptr_t LoadedAt() {
  std::uintptr_t base = 0;
  // The program comes first.
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* result) {
        *static_cast<std::uintptr_t*>(result) = info->dlpi_addr;
        return 1;
      },
      &base);
  return base;
}

}  // namespace

void ForEachProgramSymbol(const std::function<void(const ProgramSymbol&)>& visit) {
  const MappedFile file("/proc/self/exe");
  const auto header = file.At<ElfW(Ehdr)>(0, 1);
  if (header.empty() || std::memcmp(ELFMAG, header[0].e_ident, SELFMAG) != 0) return;
  const std::uintptr_t base = LoadedAt();
  const auto sections = file.At<ElfW(Shdr)>(header[0].e_shoff, header[0].e_shnum);
  for (const auto& section : sections) {
    if (section.sh_type != SHT_SYMTAB || section.sh_link >= sections.size()) continue;
    const auto& names_at = sections[section.sh_link];
    const auto names = file.At<char>(names_at.sh_offset, names_at.sh_size);
    if (names.empty() || names.back() != '\0') continue;
    for (const auto& symbol :
         file.At<ElfW(Sym)>(section.sh_offset, section.sh_size / sizeof(ElfW(Sym)))) {
      const auto kind = KindOf(ELF64_ST_TYPE(symbol.st_info));
      if (!kind || symbol.st_size == 0 || symbol.st_shndx == SHN_UNDEF) continue;
      if (symbol.st_name >= names.size()) continue;
      visit({.name = &names[symbol.st_name],
             .kind = *kind,
             .address = (*kind == SymbolKind::kThreadLocal ? 0 : base) + symbol.st_value,
             .size = symbol.st_size});
    }
  }
}

}  // namespace selvage::symbols
