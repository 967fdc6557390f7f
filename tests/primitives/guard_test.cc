// Guard: holds whatever has lock() and unlock().

#include "selvage/primitives/guard.h"

#include <gtest/gtest.h>

#include <mutex>
#include <stdexcept>
#include <type_traits>

#include "selvage/primitives/lock.h"
#include "selvage/primitives/rlock.h"
#include "selvage/primitives/semaphore.h"

namespace selvage {
namespace {

static_assert(!std::is_copy_constructible_v<Guard<Lock>>);
static_assert(!std::is_convertible_v<Lock&, Guard<Lock>>);

TEST(Guard, WhileItLives_TheLockIsHeld) {
  Lock lock;
  {
    const Guard guard(lock);
    EXPECT_TRUE(lock.locked());
  }
  EXPECT_FALSE(lock.locked());
}

TEST(Guard, LeftByAnException_GivesTheLockBack) {
  RLock lock;
  try {
    const Guard guard(lock);
    throw std::runtime_error("");
  } catch (const std::runtime_error&) {
  }
  EXPECT_FALSE(lock.locked());
}

TEST(Guard, OfASemaphore_HoldsOnePermit) {
  Semaphore semaphore(2);
  {
    const Guard guard(semaphore);
    EXPECT_TRUE(semaphore.try_acquire());
    EXPECT_FALSE(semaphore.try_acquire());
    semaphore.release();
  }
  EXPECT_TRUE(semaphore.try_acquire());
  EXPECT_TRUE(semaphore.try_acquire());
}

TEST(Guard, OfAStandardMutex_HoldsIt) {
  std::mutex mutex;
  { const Guard guard(mutex); }
  EXPECT_TRUE(mutex.try_lock());
  mutex.unlock();
}

}  // namespace
}  // namespace selvage
