// All cases, in the order of the table in which they are reported.
#ifndef SELVAGE_CASES_REGISTRY_H_
#define SELVAGE_CASES_REGISTRY_H_

#include <string_view>
#include <vector>

#include "selvage/cases/case.h"

namespace selvage::cases {

// Each has a file and a namespace named after it.
// clang-format off
namespace completion_order { const Case& TheCase(); }
namespace condition_if { const Case& TheCase(); }
namespace condition_lost_notify { const Case& TheCase(); }
namespace condition_notify_one { const Case& TheCase(); }
namespace connection_pool { const Case& TheCase(); }
namespace counter { const Case& TheCase(); }
namespace counter_gil { const Case& TheCase(); }
namespace counter_property { const Case& TheCase(); }
namespace daemon_exit { const Case& TheCase(); }
namespace event_flag { const Case& TheCase(); }
namespace event_missed { const Case& TheCase(); }
namespace false_database { const Case& TheCase(); }
namespace file_after_close { const Case& TheCase(); }
namespace file_append { const Case& TheCase(); }
namespace join_timeout { const Case& TheCase(); }
namespace leaked_lock { const Case& TheCase(); }
namespace lock_order { const Case& TheCase(); }
namespace lock_order_ring { const Case& TheCase(); }
namespace missing_join { const Case& TheCase(); }
namespace pipeline { const Case& TheCase(); }
namespace pipeline_first_acquire { const Case& TheCase(); }
namespace pool_exception { const Case& TheCase(); }
namespace pool_nested_wait { const Case& TheCase(); }
namespace pool_order { const Case& TheCase(); }
namespace queue_list { const Case& TheCase(); }
namespace queue_sentinel { const Case& TheCase(); }
namespace reentry { const Case& TheCase(); }
namespace semaphore_limit { const Case& TheCase(); }
namespace semaphore_over_release { const Case& TheCase(); }
namespace starvation { const Case& TheCase(); }
namespace thread_exception { const Case& TheCase(); }
namespace thread_local_name { const Case& TheCase(); }
namespace timer_cancel { const Case& TheCase(); }
namespace use_after_free { const Case& TheCase(); }
namespace worker_pool_stop { const Case& TheCase(); }
namespace worker_pool_task_done { const Case& TheCase(); }
// clang-format on

// Lives for ever, as the cases do.
const std::vector<const Case*>& AllCases();

// Null if there is none of that name.
const Case* FindCase(std::string_view name);
// Null if the case has none of that name.
const Variant* FindVariant(const Case& owner, std::string_view name);

}  // namespace selvage::cases

#endif  // SELVAGE_CASES_REGISTRY_H_
