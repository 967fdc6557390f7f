// A graph with something of everything, and how to judge what is written of it.
#ifndef SELVAGE_TESTS_HARNESS_REPORT_EXAMPLE_H_
#define SELVAGE_TESTS_HARNESS_REPORT_EXAMPLE_H_

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "selvage/tests/harness/lockgraph/simulation.h"

namespace selvage::report {

// Two threads that can deadlock, a guarded cycle, a wait for a signal, a join, reads, deadlines.
inline lockgraph::RecordedGraph Example() {
  using lockgraph::Actor, lockgraph::Object, lockgraph::ObjectKind, lockgraph::RequestKind;
  lockgraph::Simulation sim;
  Actor main = sim.Main();
  Actor transfer = main.Fork("transfer");
  Actor audit = main.Fork("audit");
  const auto accounts = sim.Make(main, "accounts");
  const auto journal = sim.Make(main, "journal");
  const Object gate("gate"), vault("vault"), keys("keys");
  const Object event("event", ObjectKind::kEvent);
  const Object table("table", ObjectKind::kReadWriteLock);
  transfer.Nest({accounts.get(), journal.get()});
  audit.Nest({journal.get(), accounts.get()});
  transfer.Nest({&gate, &vault, &keys});
  audit.Nest({&gate, &keys, &vault});
  transfer.Signal(event);
  audit.Await(event);
  audit.Lock(*journal, RequestKind::kTimed);
  audit.Read(table);
  audit.Request(*journal, lockgraph::Mode::kExclusive);
  audit.Unlock(*journal);
  main.Lock(*accounts);
  Actor child = main.Fork("child");
  child.Nest({journal.get(), &table});
  main.Join(child);
  return sim.Graph();
}

// What is wrong with `document` by a schema file; empty if nothing is.
inline std::string AgainstSchema(const std::string& schema, const std::string& document) {
  const std::string path = testing::TempDir() + "/" +
                           testing::UnitTest::GetInstance()->current_test_info()->name() + "." +
                           std::to_string(getpid()) + ".json";
  std::ofstream(path) << document;
  std::FILE* pipe =
      popen((std::string(SELVAGE_VALIDATOR) + " " + schema + " " + path + " 2>&1").c_str(), "r");
  std::string output;
  char buffer[4096];
  while (const std::size_t size = std::fread(buffer, 1, sizeof buffer, pipe)) {
    output.append(buffer, size);
  }
  const int status = pclose(pipe);
  std::remove(path.c_str());
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "";
  return output.empty() ? "the validator failed" : output;
}

}  // namespace selvage::report

#endif  // SELVAGE_TESTS_HARNESS_REPORT_EXAMPLE_H_
