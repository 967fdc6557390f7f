#include "selvage/harness/lockgraph/cycles.h"

#include <algorithm>
#include <cstddef>

namespace selvage::lockgraph {
namespace {

class Search {
 public:
  Search(const Component& component, Budget& budget,
         const std::function<Visit(const std::vector<std::uint32_t>&)>& visit)
      : component_(component),
        budget_(budget),
        visit_(visit),
        first_(component.locks.size() + 1),
        target_(component.edges.size()),
        on_path_(component.locks.size()) {
    const auto local = [&](LockIndex lock) {
      const auto found = std::lower_bound(component.locks.begin(), component.locks.end(), lock);
      return static_cast<std::uint32_t>(found - component.locks.begin());
    };
    for (std::size_t i = 0; i < component.edges.size(); ++i) {
      ++first_[local(component.edges[i].from) + 1];
      target_[i] = local(component.edges[i].to);
    }
    for (std::size_t i = 0; i < component.locks.size(); ++i) first_[i + 1] += first_[i];
  }

  // All cycles of exactly `length` edges. False if it was stopped. `longer`: a path of that length
  // could go on.
  bool Cycles(std::uint32_t length, bool& longer) {
    for (std::uint32_t start = 0; start < component_.locks.size(); ++start) {
      if (!From(start, length, longer)) return false;
    }
    return true;
  }

 private:
  bool From(std::uint32_t start, std::uint32_t length, bool& longer) {
    path_.clear();
    cursor_.assign(1, first_[start]);
    at_.assign(1, start);
    on_path_[start] = true;
    bool going = true;
    while (!at_.empty()) {
      const std::uint32_t here = at_.back();
      std::uint32_t& edge = cursor_.back();
      if (!going || edge == first_[here + 1]) {
        on_path_[here] = false;
        at_.pop_back();
        cursor_.pop_back();
        if (!path_.empty()) path_.pop_back();
        continue;
      }
      const std::uint32_t taken = edge++;
      const std::uint32_t next = target_[taken];
      if (!budget_.Spend()) {
        going = false;
      } else if (path_.size() + 1 == length) {
        if (next == start) {
          path_.push_back(taken);
          going = visit_(path_) == Visit::kContinue;
          path_.pop_back();
        } else if (next > start && !on_path_[next]) {
          longer = true;
        }
      } else if (next > start && !on_path_[next]) {
        path_.push_back(taken);
        at_.push_back(next);
        cursor_.push_back(first_[next]);
        on_path_[next] = true;
      }
    }
    return going;
  }

  const Component& component_;
  Budget& budget_;
  const std::function<Visit(const std::vector<std::uint32_t>&)>& visit_;
  std::vector<std::uint32_t> first_;   // of each lock's edges
  std::vector<std::uint32_t> target_;  // of each edge
  std::vector<bool> on_path_;
  std::vector<std::uint32_t> path_, at_, cursor_;
};

}  // namespace

Completeness EnumerateCycles(const Component& component, std::uint32_t max_length, Budget& budget,
                             const std::function<Visit(const std::vector<std::uint32_t>&)>& visit) {
  Search search(component, budget, visit);
  for (std::uint32_t length = 2; length <= component.locks.size(); ++length) {
    if (length > max_length) return Completeness::kCut;
    bool longer = false;
    if (!search.Cycles(length, longer)) return Completeness::kCut;
    if (!longer) break;
  }
  return Completeness::kComplete;
}

}  // namespace selvage::lockgraph
