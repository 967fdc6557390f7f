#include "selvage/tests/harness/lockgraph/simulation.h"

#include <gtest/gtest.h>

#include <utility>

#include "selvage/harness/lockgraph/cycle_watch.h"

namespace selvage::lockgraph {

Actor::Actor(Simulation& simulation, ForkToken forked)
    : context(simulation.recorder.Begin(forked)), token(forked), simulation_(&simulation) {
  const char* name = context->record().name;
  function_ = name == nullptr ? "thread" : name;
}

void Actor::Nest(std::initializer_list<const Object*> locks, RequestKind kind) {
  for (const Object* lock : locks) Lock(*lock, kind);
  for (auto lock = locks.end(); lock != locks.begin();) Unlock(**--lock);
}

void Actor::LockTogether(std::initializer_list<const Object*> locks) {
  const std::string caller = std::exchange(function_, "std::lock");
  for (const Object* lock : locks) lock == *locks.begin() ? Lock(*lock) : TryLock(*lock);
  function_ = caller;
}

Actor Actor::Fork(const char* name) { return Actor(*simulation_, context->OnFork(name, Site())); }

void Actor::Join(Actor& child) {
  context->OnJoinRequest(child.token, RequestKind::kBlocking, Site());
  child.End();
  context->OnJoined(child.token);
}

void Actor::End() {
  if (context != nullptr) simulation_->recorder.End(context);
  context = nullptr;
}

std::uintptr_t Actor::Site() { return simulation_->Address(function_, function_ + ".cc", ++line_); }

std::uintptr_t Simulation::Address(const std::string& function, const std::string& file,
                                   unsigned line) {
  const auto [found, added] = addresses_.try_emplace(
      function + "\n" + file + "\n" + std::to_string(line), 0x1000 + 16 * addresses_.size());
  if (added) {
    places_[found->second] = {.function = function, .file = "/src/" + file, .line = line};
  }
  return found->second;
}

RecordedGraph Simulation::Graph(const std::string& run) {
  RecordedGraph graph = recorder.Snapshot(
      [this](std::uintptr_t address) {
        const auto found = places_.find(address);
        return std::vector<report::Frame>{found == places_.end() ? report::Frame() : found->second};
      },
      run);
  if (!lockgraph::Analyse(graph).cycles.empty()) {
    EXPECT_TRUE(CycleWatch(recorder).HasNews()) << "a finding that it has not seen";
  }
  return graph;
}

}  // namespace selvage::lockgraph
