#include "selvage/harness/lockgraph/permits.h"

#include <algorithm>

namespace selvage::lockgraph {

void PermitRecord::Forget() {
  posted = taken = 0;
  for (PosterRecord* poster = posters; poster != nullptr; poster = poster->next) {
    poster->count = poster->posts_made = 0;
  }
}

void PermitRecord::Posted(std::uint32_t thread, std::uint64_t permits, ClockRecord* clock,
                          Arena& arena) {
  posted += permits;
  PosterRecord* poster = posters;
  while (poster != nullptr && poster->thread != thread) poster = poster->next;
  if (poster == nullptr) {
    if (poster_count == kMostPosters) return;
    ++poster_count;
    poster = arena.New<PosterRecord>();
    poster->thread = thread;
    poster->next = posters;
    posters = poster;
  }
  poster->count += permits;
  poster->posts[poster->posts_made++ % PosterRecord::kKept] = {poster->count, clock};
}

// What the poster had done at that release of its own; null if that is not known any more.
ClockRecord* PermitRecord::ClockOf(const PosterRecord& poster, std::uint64_t release) {
  const std::uint64_t made = poster.posts_made;
  const std::uint64_t kept = std::min<std::uint64_t>(made, PosterRecord::kKept);
  for (std::uint64_t n = made - kept; n < made; ++n) {
    const PosterRecord::Post& post = poster.posts[n % PosterRecord::kKept];
    if (post.upto < release) continue;
    const bool is_first_kept = n == made - kept;
    return is_first_kept && n != 0 && post.upto != release ? nullptr : post.clock;
  }
  return nullptr;
}

}  // namespace selvage::lockgraph
