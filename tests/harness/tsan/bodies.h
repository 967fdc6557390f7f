// Bodies under test for ThreadSanitizer, compiled as users compile their code.
#ifndef SELVAGE_TESTS_HARNESS_TSAN_BODIES_H_
#define SELVAGE_TESTS_HARNESS_TSAN_BODIES_H_

namespace selvage {

// --- With a race in every schedule ---

// Two tasks and a global, and nothing that both of them touch otherwise.
void RaceOnAGlobal();
void RaceOnTheHeap();
void RaceOnALocalVariable();
void RaceOfBodyAndChild();
// The first task has ended before the second starts, but not for the sake of the second.
void RaceWithATaskThatHasEnded();
// Each task under a lock of its own.
void RaceUnderTwoLocks();
// Both see the same lock, but write after they gave it up.
void RaceAfterTheLock();
// The second task has only failed to acquire what the first has released.
void RaceAfterAFailedTry();
void RaceAfterAnExpiredTimedWait();
// Written without the lock, then notified; read by the one that was woken.
void RaceThroughANotificationAlone();
// Written after the release that let the reader go on.
void RaceAfterTheRelease();
// Written by a child that was asked whether it lives, and not joined.
void RaceAfterIsAlive();
void RaceOnASharedVariable();
// The access that comes second, and finds the race, is a read.
void RaceFoundByARead();

// --- With two races in every schedule ---

// Two globals, and two objects on the heap, behind one setter.
void RacesBehindOneSetter();
void RacesOfObjectsBehindOneSetter();
void RacesOnTwoSharedVariables();
// Without names, made at one place.
void RacesOnTwoSharedOfOneArray();
void RacesOnTwoElementsOfAVector();
void RacesOnTwoElementsOfAnArray();
void RacesOnTwoMembers();
void RacesOnTwoLocalVariables();

// --- With one race that shows itself as several pairs of accesses ---

// Two tasks that write, read and write one global at three places each.
void OneRaceOfManyPairs();
// One vector that two tasks append to: its members and its elements.
void OneRaceInsideALibrary();
// At each of a thousand elements.
void RacesOnAThousandElements();

// --- With memory that is given back too early ---

void RaceOfADelete();
void ReadAfterADelete();

// --- Without ---

void OrderedByALock();
void OrderedByAnRLock();
void OrderedByATimedLock();
void OrderedByATryLock();
void OrderedBySpawnAndJoin();
void OrderedByAJoinWithATimeout();
void OrderedByJoinsOfOneChildByTwoTasks();
void OrderedByASemaphore();
void OrderedByATryAcquire();
void OrderedByAConditionAndItsLock();
void OrderedByAConditionWithTimeout();
// One task in each schedule, not the same one in all, writes a global.
void OrderedBetweenSchedules();
// Everything at once: what a user's repaired program looks like.
void RepairedQueue();

// --- For the hooks ---

// Two ordinary threads and a race, always noticed.
void RaceOfOrdinaryThreads();

// Two tasks that take two mutexes of the standard library in either order, one after the other.
void NativeMutexesInBothOrders();

}  // namespace selvage

#endif  // SELVAGE_TESTS_HARNESS_TSAN_BODIES_H_
