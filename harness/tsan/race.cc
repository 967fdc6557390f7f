#include "selvage/harness/tsan/race.h"

#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/runtime/task.h"

// ThreadSanitizer's debugging interface (compiler-rt/lib/tsan/rtl/tsan_debugging.cpp).
extern "C" {
__attribute__((weak)) int __tsan_get_report_data(void* report, const char** description, int* count,
                                                 int* stack_count, int* mop_count, int* loc_count,
                                                 int* mutex_count, int* thread_count,
                                                 int* unique_tid_count, void** sleep_trace,
                                                 unsigned long trace_size);
__attribute__((weak)) int __tsan_get_report_mop(void* report, unsigned long idx, int* tid,
                                                void** addr, int* size, int* write, int* atomic,
                                                void** trace, unsigned long trace_size);
__attribute__((weak)) int __tsan_get_report_stack(void* report, unsigned long idx, void** trace,
                                                  unsigned long trace_size);
__attribute__((weak)) int __tsan_get_report_loc(void* report, unsigned long idx, const char** type,
                                                void** addr, unsigned long* start,
                                                unsigned long* size, int* tid, int* fd,
                                                int* suppressable, void** trace,
                                                unsigned long trace_size);
__attribute__((weak)) int __tsan_get_report_thread(void* report, unsigned long idx, int* tid,
                                                   unsigned long long* os_id, int* running,
                                                   const char** name, int* parent_tid, void** trace,
                                                   unsigned long trace_size);
__attribute__((weak)) void __tsan_flush_memory();
}

namespace selvage::tsan {
namespace {

// The kernel's number of the thread that TSan calls `wanted`.
std::uint64_t KernelThread(void* report, int threads, int wanted) {
  for (int i = 0; i < threads; ++i) {
    int tid = 0;
    unsigned long long kernel_thread = 0;
    int running = 0;
    const char* name = nullptr;
    int parent = 0;
    void* trace[1];
    __tsan_get_report_thread(report, static_cast<unsigned long>(i), &tid, &kernel_thread, &running,
                             &name, &parent, trace, 1);
    if (tid == wanted) return kernel_thread;
  }
  return 0;
}

RaceMemory MemoryOf(const char* type) {
  switch (type == nullptr ? '\0' : type[0]) {
    case 'g':
      return RaceMemory::kGlobal;
    case 'h':
      return RaceMemory::kHeap;
    case 's':
      return RaceMemory::kStack;
    case 't':
      return RaceMemory::kThreadLocal;
    default:
      return RaceMemory::kUnknown;
  }
}

// Copies a stack that TSan ends with a null; returns its depth.
int CopyStack(void* const (&trace)[kMaxRaceStack], std::uintptr_t (&stack)[kMaxRaceStack]) {
  int depth = 0;
  for (; depth < kMaxRaceStack && trace[depth] != nullptr; ++depth) {
    stack[depth] = reinterpret_cast<std::uintptr_t>(trace[depth]);
  }
  return depth;
}

void ReadMemory(void* report, int threads, Race& race) {
  const char* type = nullptr;
  void* address = nullptr;
  unsigned long start = 0;
  unsigned long size = 0;
  int tid = 0;
  int fd = 0;
  int suppressable = 0;
  void* trace[kMaxRaceStack] = {};
  __tsan_get_report_loc(report, 0, &type, &address, &start, &size, &tid, &fd, &suppressable, trace,
                        kMaxRaceStack);
  race.memory = MemoryOf(type);
  race.owner = KernelThread(report, threads, tid);
  race.block_begin = start;
  race.block_size = size;
  race.allocation_depth = CopyStack(trace, race.allocation);
}

void ReadAccess(void* report, unsigned long index, int threads, RaceAccess& access) {
  int tid = 0;
  void* address = nullptr;
  int size = 0;
  int write = 0;
  int atomic = 0;
  void* trace[kMaxRaceStack] = {};
  __tsan_get_report_mop(report, index, &tid, &address, &size, &write, &atomic, trace,
                        kMaxRaceStack);
  access.address = reinterpret_cast<std::uintptr_t>(address);
  access.thread = KernelThread(report, threads, tid);
  access.size = static_cast<std::uint32_t>(size);
  access.write = write != 0;
  access.atomic = atomic != 0;
  access.depth = CopyStack(trace, access.stack);
}

}  // namespace

RaceCollector::RaceCollector() {
  LinkReportHook();
  LinkDefaultOptions();
}

void ForgetHistory() {
  if (&__tsan_flush_memory != nullptr) __tsan_flush_memory();
}

// Runs inside TSan, which holds its own locks: nothing here may allocate or call an intercepted
// function.
void RaceCollector::Add(void* report) {
  const char* description = nullptr;
  int count, stacks = 0, accesses = 0, locations = 0, mutexes, threads = 0, tids;
  void* sleep_trace[1];
  __tsan_get_report_data(report, &description, &count, &stacks, &accesses, &locations, &mutexes,
                         &threads, &tids, sleep_trace, 1);
  // Of its descriptions only "lock-order-inversion" begins so.
  if (description != nullptr && description[0] == 'l') return AddInversion(report, stacks);
  ++count_;
  if (kept_ == kMost) return;
  Race& race = races_[kept_];
  // Of its descriptions only "heap-use-after-free" and that with "-vptr" begin so.
  race.use_after_free = description != nullptr && description[0] == 'h';
  race.current.depth = race.previous.depth = 0;
  if (accesses > 0) ReadAccess(report, 0, threads, race.current);
  if (accesses > 1) ReadAccess(report, 1, threads, race.previous);
  race.memory = RaceMemory::kUnknown;
  race.owner = race.block_begin = race.block_size = 0;
  race.allocation_depth = 0;
  if (locations > 0) ReadMemory(report, threads, race);
  const runtime::Task* task = runtime::CurrentTask();
  race.step = task == nullptr ? 0 : task->scheduler().step();
  ++kept_;
}

// As Add().
void RaceCollector::AddInversion(void* report, int stacks) {
  if (kept_inversions_ == kMostInversions) return;
  Inversion& inversion = inversions_[kept_inversions_++];
  for (int i = 0; i < stacks && i < Inversion::kMostStacks; ++i) {
    void* trace[kMaxRaceStack] = {};
    __tsan_get_report_stack(report, static_cast<unsigned long>(i), trace, kMaxRaceStack);
    int& depth = inversion.depth[i];
    while (depth < kMaxRaceStack && trace[depth] != nullptr) {
      inversion.pcs[i][depth] = reinterpret_cast<std::uintptr_t>(trace[depth]);
      ++depth;
    }
    inversion.stacks = i + 1;
  }
}

}  // namespace selvage::tsan
