// An exception in words.
#ifndef SELVAGE_HARNESS_RUNTIME_EXCEPTION_TEXT_H_
#define SELVAGE_HARNESS_RUNTIME_EXCEPTION_TEXT_H_

#include <exception>
#include <string>

namespace selvage::runtime {

// The readable type and what() of `error`, which is not null: "std::runtime_error: no such file".
// An exception that is no std::exception is only said to be that.
std::string DescribeException(const std::exception_ptr& error);

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_EXCEPTION_TEXT_H_
