// Code under test that orders what it does by std::atomic_thread_fence.
#ifndef SELVAGE_TESTS_HARNESS_INTERPOSE_FENCE_BODIES_H_
#define SELVAGE_TESTS_HARNESS_INTERPOSE_FENCE_BODIES_H_

namespace selvage {

// A value is passed on by a flag. What orders it:
void PublishByFences();           // a fence on each side of relaxed accesses
void PublishByFenceAndAcquire();  // a fence before the store, a load with acquire
void PublishByReleaseAndFence();  // a store with release, a fence after the load
void PublishBySequentiallyConsistentFences();
void PublishThroughAnUpdate();   // fences, and an update of a third task between them
void PublishByFailedExchange();  // the load is that of a compare-exchange that fails

// The same with something amiss: races.
void PublishWithoutReleaseFence();
void PublishWithoutAcquireFence();
void PublishAfterTheReleaseFence();        // the value is written between the fence and the store
void PublishWithAcquireFenceTooEarly();    // before the load
void PublishByAnotherFlag();               // the one that is read is not the one stored to
void PublishByFencesAndAPlainStoreOver();  // another task's relaxed store is what is read

}  // namespace selvage

#endif  // SELVAGE_TESTS_HARNESS_INTERPOSE_FENCE_BODIES_H_
