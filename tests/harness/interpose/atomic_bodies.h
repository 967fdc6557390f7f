// Code under test that uses nothing but std::atomic: compiled as users' code is.
#ifndef SELVAGE_TESTS_HARNESS_INTERPOSE_ATOMIC_BODIES_H_
#define SELVAGE_TESTS_HARNESS_INTERPOSE_ATOMIC_BODIES_H_

namespace selvage {

// Two tasks read by an addition of nothing, and add by an exchange.
template <typename T>
void AddByTwoUpdates();
// The same of 16 bytes, which std::atomic does not add to: by compare-and-swap.
void AddSixteenBytesInTwoSteps();
void AddSixteenBytes();

// The same by one operation each.
template <typename T>
void AddByOneUpdate();

// Two tasks that count under a spin lock of a std::atomic_flag, or of compare-exchanges.
void CountUnderFlag();
void CountUnderCompareExchange();
void CountUnderTicketLock();
// The flag is set for the body, and never cleared.
void SpinOnFlagForEver();
// Both see the flag clear before either sets it.
void CountUnderFlagOfLoadAndStore();

// Two pushes and two pops of a list whose head is exchanged; without what guards it against a head
// that has come back (ABA), and with a count beside it.
void PopFromStackWithReusedNodes();
void PopFromCountedStack();

// A value that is passed on by a flag: in the order of the flag's release and acquire, or not.
void PublishByRelease();
void PublishByRelaxed();

// One adds atomically, the other by a plain load and store.
void AddToOneOfTwoMinds();

// Both tasks update a local of the first, one after the other's read.
void UpdateLocalOfOther();

// A counter of its own, which nobody else sees, is added to a thousand times.
void CountInOwnLocal();

// Copies of a shared_ptr are made and dropped by two tasks.
void CopySharedPointers();

// How often two tasks can be interleaved that do two operations each: 6.
void TwoUpdatesEach();

}  // namespace selvage

#endif  // SELVAGE_TESTS_HARNESS_INTERPOSE_ATOMIC_BODIES_H_
