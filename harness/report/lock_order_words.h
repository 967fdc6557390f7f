// What every format of the lock-order report says in the same words.
#ifndef SELVAGE_HARNESS_REPORT_LOCK_ORDER_WORDS_H_
#define SELVAGE_HARNESS_REPORT_LOCK_ORDER_WORDS_H_

#include <cstdint>
#include <string>

#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/graph.h"
#include "selvage/harness/lockgraph/names.h"

namespace selvage::report {

// "1 cycle", "2 cycles".
std::string Plural(std::uint64_t n, const char* one, const char* many);

// "1 FEASIBLE, 2 HAZARD; 1 cycle that cannot deadlock as recorded", or "no finding";
// never that where the search for cycles was cut short.
std::string Headline(const lockgraph::Analysis& analysis);

// "bank.cc:31 (Transfer)", with what is known of it; "an unknown place".
std::string Describe(const lockgraph::RecordedGraph& graph, lockgraph::FrameIndex frame);

// "Lock, declared at bank.cc:31, made by thread 0".
std::string Origin(const lockgraph::RecordedGraph& graph, lockgraph::LockIndex lock);

// "take journal before accounts, or ... (breaks 2 cycles)".
std::string Advice(const lockgraph::RecordedGraph& graph, const lockgraph::Names& names,
                   const lockgraph::Turn& turn);

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_LOCK_ORDER_WORDS_H_
