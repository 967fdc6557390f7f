// Report files are replaced as a whole or not at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "selvage/harness/report/lock_order_json.h"

namespace selvage::report {
namespace {

class ReportFile : public testing::Test {
 protected:
  ReportFile() { std::filesystem::create_directories(directory); }
  ~ReportFile() override { std::filesystem::remove_all(directory); }

  static std::string Content(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::size_t Files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(directory), {}));
  }

  const std::string directory = testing::TempDir() + "/" +
                                testing::UnitTest::GetInstance()->current_test_info()->name() +
                                "." + std::to_string(getpid());
  const std::string path = directory + "/report.json";
};

TEST_F(ReportFile, ReplacedFile_HasTheNewContentAndNoTemporaryIsLeft) {
  ASSERT_TRUE(WriteReportFile(path, "old and longer").ok());
  ASSERT_TRUE(WriteReportFile(path, "new").ok());
  EXPECT_EQ(Content(path), "new");
  EXPECT_EQ(Files(), 1u);
}

TEST_F(ReportFile, Link_StaysAndItsTargetIsReplaced) {
  ASSERT_TRUE(WriteReportFile(path, "old").ok());
  const std::string link = directory + "/link";
  std::filesystem::create_symlink("report.json", link);
  ASSERT_TRUE(WriteReportFile(link, "new").ok());
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(Content(path), "new");
}

TEST_F(ReportFile, Device_IsWrittenToAndNotReplaced) {
  ASSERT_TRUE(WriteReportFile("/dev/null", "text").ok());
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(ReportFile, FullDisk_IsAnErrorWithTheReason) {
  const auto status = WriteReportFile("/dev/full", "text");
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("cannot write /dev/full"));
}

TEST_F(ReportFile, MissingDirectory_IsNotFound) {
  EXPECT_EQ(WriteReportFile(directory + "/none/report.json", "text").code(),
            absl::StatusCode::kNotFound);
}

TEST_F(ReportFile, Directory_CannotBeReadAsAReport) {
  EXPECT_THAT(std::string(ReadLockOrderFile(directory).status().message()),
              testing::HasSubstr("cannot read"));
}

}  // namespace
}  // namespace selvage::report
