#include "selvage/harness/deadlock_identity.h"

#include <set>
#include <string>

#include "selvage/harness/hash.h"

namespace selvage {

std::uint64_t DeadlockIdentifier::PlaceOf(std::uintptr_t site) {
  if (site == 0) return 0;
  const auto [found, is_new] = places_.try_emplace(site, site);
  if (is_new) {
    const std::string place = narrator_.Place({}, site);
    if (!place.empty()) found->second = HashText(0, place);
  }
  return found->second;
}

std::uint64_t DeadlockIdentifier::Identify() {
  const runtime::Scheduler& scheduler = narrator_.scheduler();
  std::set<std::uint64_t> waits;
  for (const runtime::StoppedTask& stopped : scheduler.stopped()) {
    if (!stopped.is_cause) continue;
    const runtime::Task& task = scheduler.task(stopped.task);
    waits.insert(Combine(Combine(PlaceOf(task.spawn_site()), PlaceOf(task.pending().site)),
                         static_cast<std::uint64_t>(task.pending().kind)));
  }
  std::uint64_t hash = 0;
  for (const std::uint64_t wait : waits) hash = Combine(hash, wait);
  return hash;
}

}  // namespace selvage
