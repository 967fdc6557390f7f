// Which file the report of a process goes to.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_REPORT_PATH_H_
#define SELVAGE_HARNESS_LOCKGRAPH_REPORT_PATH_H_

#include <sys/types.h>

#include <string>

namespace selvage::lockgraph {

// `path` as it is meant now, whatever the program's current directory is later. A "/" at its end
// stays.
std::string AbsolutePath(const std::string& path);

// The path of the running program, and the last part of it.
std::string ProgramPath();
std::string ProgramName();

// The file that `path` stands for, in `process`: a "/" at the end stands for PROGRAM.lock_order.json
// in that directory, "%p" for the number of the process. Without "%p", a process that was forked off
// (`is_fork`) has its number before the ending.
std::string ReportPath(const std::string& path, pid_t process, bool is_fork);

// `file`, unless it is the report of another program: then the first one of FILE.PROGRAM.json,
// FILE.PROGRAM.2.json, ... that is not.
std::string PathBesideOtherPrograms(const std::string& file);

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_REPORT_PATH_H_
