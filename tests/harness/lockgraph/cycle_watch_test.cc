// What the watch sees of all other scenarios is asked with each of them (simulation.cc,
// real_scenario.cc).
#include "selvage/harness/lockgraph/cycle_watch.h"

#include <gtest/gtest.h>

#include "selvage/tests/harness/lockgraph/simulation.h"

namespace selvage::lockgraph {
namespace {

class Watch : public testing::Test {
 protected:
  Simulation sim;
  CycleWatch watch{sim.recorder};
  Actor main = sim.Main();
  Object a{"A"}, b{"B"}, c{"C"};
};

TEST_F(Watch, LocksTakenInOneOrder_AreNoNews) {
  for (int i = 0; i < 3; ++i) {
    Actor thread = main.Fork("t");
    thread.Nest({&a, &b, &c});
    thread.End();
    EXPECT_FALSE(watch.HasNews());
  }
}

TEST_F(Watch, EdgeThatClosesACycle_IsNews) {
  Actor t1 = main.Fork("t1");
  Actor t2 = main.Fork("t2");
  t1.Nest({&a, &b});
  t1.End();
  EXPECT_FALSE(watch.HasNews());
  t2.Nest({&b, &c});
  EXPECT_FALSE(watch.HasNews());
  t2.Nest({&c, &a});
  EXPECT_TRUE(watch.HasNews());
}

// A harmless cycle may become another one with each thing that is recorded.
TEST_F(Watch, AnythingNewBesideACycle_IsNews) {
  main.Nest({&a, &b});
  main.Nest({&b, &a});
  EXPECT_TRUE(watch.HasNews());
  EXPECT_FALSE(watch.HasNews());
  main.Nest({&a, &c});
  EXPECT_TRUE(watch.HasNews());
}

TEST_F(Watch, ItemsPassedBothWaysWithNothingHeld_AreNoNews) {
  const Object items("items", ObjectKind::kQueue);
  const Object room("room", ObjectKind::kQueue);
  Actor producer = main.Fork("producer");
  Actor consumer = main.Fork("consumer");
  producer.Signal(items);
  consumer.Await(items);
  consumer.Signal(room);
  producer.Await(room);
  EXPECT_FALSE(watch.HasNews());
}

TEST_F(Watch, WaitUnderALockThatTheSignallerNeeds_IsNews) {
  const Object ready("ready", ObjectKind::kEvent);
  Actor setter = main.Fork("setter");
  setter.Nest({&a});
  setter.Signal(ready);
  EXPECT_FALSE(watch.HasNews());
  main.Lock(a);
  main.Await(ready);
  main.Unlock(a);
  EXPECT_TRUE(watch.HasNews());
}

TEST_F(Watch, JoinUnderALockThatTheThreadTakes_IsNews) {
  Actor child = main.Fork("child");
  child.Nest({&a});
  child.End();
  EXPECT_FALSE(watch.HasNews());
  main.Lock(a);
  main.Join(child);
  main.Unlock(a);
  EXPECT_TRUE(watch.HasNews());
}

}  // namespace
}  // namespace selvage::lockgraph
