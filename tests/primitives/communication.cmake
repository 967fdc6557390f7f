# The tests of the primitives by which threads tell each other something.
set(SELVAGE_COMMUNICATION_TESTS
  atomic_test.cc
  barrier_test.cc
  bounded_semaphore_test.cc
  event_test.cc
  future_test.cc
  queue_test.cc
  shared_lock_test.cc
  thread_local_test.cc
  thread_pool_test.cc
  timer_test.cc)
