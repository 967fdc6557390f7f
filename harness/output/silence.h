// What a body prints, in schedules where nobody wants to read it.
//
// Between schedules the descriptors 1 and 2 of the process are what they were. In a schedule that
// is not to be heard they are a file in memory, which is begun anew by each schedule: what the last
// one has said can still be told when the process ends in it. A sanitizer's reports go where they
// went.
#ifndef SELVAGE_HARNESS_OUTPUT_SILENCE_H_
#define SELVAGE_HARNESS_OUTPUT_SILENCE_H_

namespace selvage::output {

// Several at once are one, until the last has stopped; then what is kept is that of several
// schedules. Each object is used by one thread at a time; different ones by several.
class Silence {
 public:
  Silence() = default;
  ~Silence() { Stop(); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

  // A schedule begins that is not to be heard; forgets what the one before has said. Writes out
  // what was printed before it. A system call only if the one before has said something.
  void BeginSchedule();
  // From now on output is heard. Drops what was said since, also what is still buffered. Without
  // effect if no schedule has begun.
  void Stop();

 private:
  bool started_ = false;
};

// If a silence reigns, breaks it until the next schedule begins: the descriptors are again what
// they were. For a process that is about to end. Async-signal-safe; without effect in a forked
// child.
void Break();

// What is still in the buffer of stdout: lost, unless it is told too, or written by exit().
enum class Buffered { kIsLost, kIsWritten };

// Writes to standard error what the schedule in which the silence was broken has said, under a
// heading; nothing if that is nothing. Async-signal-safe. REQUIRES: Break().
void TellWhatWasSaid(Buffered buffered);

}  // namespace selvage::output

#endif  // SELVAGE_HARNESS_OUTPUT_SILENCE_H_
