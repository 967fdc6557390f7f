// A graph with something of everything, and how to judge what is written of it.
#ifndef SELVAGE_TESTS_HARNESS_REPORT_EXAMPLE_H_
#define SELVAGE_TESTS_HARNESS_REPORT_EXAMPLE_H_

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "selvage/tests/harness/lockgraph/simulation.h"
#include "selvage/tests/shell.h"

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
  const Ran ran = RunInShell(std::string(SELVAGE_VALIDATOR) + " " + schema + " " + path);
  std::remove(path.c_str());
  if (ran.exit_code == 0) return "";
  return ran.output.empty() ? "the validator failed" : ran.output;
}

}  // namespace selvage::report

#endif  // SELVAGE_TESTS_HARNESS_REPORT_EXAMPLE_H_
