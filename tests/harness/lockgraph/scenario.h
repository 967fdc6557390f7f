// The stage on which most scenarios play: three threads forked by main, and four locks made before
// any of them.
#ifndef SELVAGE_TESTS_HARNESS_LOCKGRAPH_SCENARIO_H_
#define SELVAGE_TESTS_HARNESS_LOCKGRAPH_SCENARIO_H_

#include <gtest/gtest.h>

#include "selvage/tests/harness/lockgraph/simulation.h"

namespace selvage::lockgraph {

class Scenario : public testing::Test {
 protected:
  Scenario() : main(sim.Main()), t1(main.Fork("t1")), t2(main.Fork("t2")), t3(main.Fork("t3")) {}

  Simulation sim;
  Actor main, t1, t2, t3;
  const Object a{"A"}, b{"B"}, c{"C"}, g{"G"};
};

class ReadWriteScenario : public Scenario {
 protected:
  const Object a{"A", ObjectKind::kReadWriteLock}, b{"B", ObjectKind::kReadWriteLock};
};

}  // namespace selvage::lockgraph

#endif  // SELVAGE_TESTS_HARNESS_LOCKGRAPH_SCENARIO_H_
