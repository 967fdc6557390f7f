# Primitives by which threads tell each other something, and those built on them.
target_sources(selvage_primitives PRIVATE
  atomic.cc
  barrier.cc
  bounded_semaphore.cc
  event.cc
  future.cc
  item_queue.cc
  monitor.cc
  shared_lock.cc
  thread_local.cc
  thread_pool.cc
  timer.cc)
