// What a body prints, in schedules where nobody wants to read it.
#ifndef SELVAGE_HARNESS_SETTINGS_OUTPUT_SILENCE_H_
#define SELVAGE_HARNESS_SETTINGS_OUTPUT_SILENCE_H_

namespace selvage::settings {

// Between Start() and Stop() standard output of the whole process goes nowhere. Standard error
// stays: what a dying process says is there. Several at once are one, until the last has stopped.
// Each object is used by one thread at a time; different ones by several.
class OutputSilence {
 public:
  OutputSilence() = default;
  ~OutputSilence() { Stop(); }
  OutputSilence(const OutputSilence&) = delete;
  OutputSilence& operator=(const OutputSilence&) = delete;

  // Flushes what was printed before. Without effect if it has started.
  void Start();
  // Drops what was printed since, also what is still buffered. Without effect if it has not
  // started.
  void Stop();

 private:
  bool started_ = false;
};

}  // namespace selvage::settings

#endif  // SELVAGE_HARNESS_SETTINGS_OUTPUT_SILENCE_H_
