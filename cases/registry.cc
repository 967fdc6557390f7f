#include "selvage/cases/registry.h"

namespace selvage::cases {

const std::vector<const Case*>& AllCases() {
  static const auto* const kCases = new std::vector<const Case*>{
      &counter::TheCase(),
      &counter_property::TheCase(),
      &counter_gil::TheCase(),
      &false_database::TheCase(),
      &reentry::TheCase(),
      &lock_order::TheCase(),
      &lock_order_ring::TheCase(),
      &leaked_lock::TheCase(),
      &event_flag::TheCase(),
      &event_missed::TheCase(),
      &condition_if::TheCase(),
      &condition_lost_notify::TheCase(),
      &condition_notify_one::TheCase(),
      &semaphore_limit::TheCase(),
      &semaphore_over_release::TheCase(),
      &connection_pool::TheCase(),
      &queue_list::TheCase(),
      &queue_sentinel::TheCase(),
      &worker_pool_stop::TheCase(),
      &worker_pool_task_done::TheCase(),
      &pool_nested_wait::TheCase(),
      &pool_order::TheCase(),
      &pool_exception::TheCase(),
      &thread_exception::TheCase(),
      &starvation::TheCase(),
      &thread_local_name::TheCase(),
      &daemon_exit::TheCase(),
      &missing_join::TheCase(),
      &join_timeout::TheCase(),
      &completion_order::TheCase(),
      &pipeline::TheCase(),
      &pipeline_first_acquire::TheCase(),
      &use_after_free::TheCase(),
      &file_after_close::TheCase(),
      &file_append::TheCase(),
      &timer_cancel::TheCase(),
  };
  return *kCases;
}

const Case* FindCase(std::string_view name) {
  for (const Case* candidate : AllCases()) {
    if (candidate->name == name) return candidate;
  }
  return nullptr;
}

const Variant* FindVariant(const Case& owner, std::string_view name) {
  for (const Variant& variant : owner.variants) {
    if (variant.name == name) return &variant;
  }
  return nullptr;
}

}  // namespace selvage::cases
