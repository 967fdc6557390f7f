// Whatever is handed in: exit code 2, what is wrong and where, and never a crash.
#include "absl/strings/str_replace.h"
#include "selvage/harness/schedule/build.h"
#include "selvage/tests/harness/cli/command_test.h"

namespace selvage::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class BadInput : public CommandTest {
 protected:
  // The same answer from every subcommand.
  void ExpectRefused(const std::string& report, const std::string& says) {
    WriteFile("bad.json", report);
    WriteFile("good.json", Clean());
    for (const char* arguments : {"report bad.json", "merge good.json bad.json",
                                  "diff good.json bad.json", "check bad.json", "order bad.json"}) {
      const Ran ran = Run(arguments);
      EXPECT_EQ(ran.exit_code, 2) << arguments << "\n" << ran.output;
      EXPECT_THAT(ran.output, AllOf(HasSubstr("bad.json"), HasSubstr(says))) << arguments;
    }
  }
};

TEST_F(BadInput, Missing_SaysHowToWriteOne) {
  const Ran ran = Run("check none.json");
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.output,
              AllOf(HasSubstr("cannot open none.json"), HasSubstr("SELVAGE_LOCK_ORDER=FILE")));
}

TEST_F(BadInput, Directory_IsRefused) {
  const Ran ran = Run("check .");
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.output, HasSubstr("cannot read .: Is a directory"));
}

TEST_F(BadInput, Empty_IsRefused) { ExpectRefused("", "of 0 bytes"); }

TEST_F(BadInput, Truncated_NamesLineAndColumn) {
  const std::string report = Feasible();
  ExpectRefused(report.substr(0, report.size() / 2), "line ");
}

TEST_F(BadInput, Damaged_NamesTheMember) {
  ExpectRefused(absl::StrReplaceAll(Feasible(), {{"\"target\":0", "\"target\":70"}}),
                "target 70 is out of range");
}

TEST_F(BadInput, NewerVersion_SaysWhatToUse) {
  ExpectRefused(absl::StrReplaceAll(Feasible(), {{"\"version\": 3", "\"version\": 9"}}),
                "of version 9; this program reads versions 1 to 3");
  EXPECT_THAT(Run("check bad.json").output, HasSubstr("use the selvage that wrote it"));
}

TEST_F(BadInput, VersionThatIsNone_SaysWhichCanBeRead) {
  for (const char* version : {"\"x\"", "0", "-1", "1.5", "null"}) {
    ExpectRefused(absl::StrReplaceAll(Feasible(),
                                      {{"\"version\": 3", std::string("\"version\": ") + version}}),
                  std::string("of version ") + version + "; this program reads versions 1 to 3");
  }
  ExpectRefused(absl::StrReplaceAll(Feasible(), {{"\"version\": 3,", ""}}),
                "version: missing; this program reads versions 1 to 3");
}

TEST_F(BadInput, NotUtf8_SaysSoAndWhere) {
  const std::string report =
      absl::StrReplaceAll(Feasible(), {{"\"name\":\"run\"", "\"name\":\"r\xff\""}});
  ExpectRefused(report, "not UTF-8, as every report is: byte 0xff at offset " +
                            std::to_string(report.find('\xff')));
  // Longer than need be, a surrogate, past the last character, cut off.
  for (const char* wrong : {"\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                            "\xf5\x80\x80\x80", "\xe2\x82"}) {
    ExpectRefused(absl::StrReplaceAll(Feasible(), {{"\"name\":\"run\"",
                                                    std::string("\"name\":\"") + wrong + "\""}}),
                  "not UTF-8");
  }
}

TEST_F(BadInput, DeviceWithoutAnEnd_IsRefusedByItsFirstBytes) {
  for (const char* device : {"/dev/zero", "/dev/urandom"}) {
    // In no more memory than the program takes anyway, unless AddressSanitizer, which such builds
    // are for, reserves all there is.
    const std::string limit = schedule::SeesAtomicUpdatesOfC() ? "ulimit -v 4000000; " : "";
    const Ran ran = Shell(limit + SELVAGE_COMMAND " check " + device + " 2>&1");
    EXPECT_EQ(ran.exit_code, 2) << ran.output;
    EXPECT_THAT(ran.output, HasSubstr("not a lock-order report: it"));
  }
}

TEST_F(BadInput, BytesThatBeginLikeAReportAndHaveNoEnd_AreRefusedAsNoText) {
  const std::string limit = schedule::SeesAtomicUpdatesOfC() ? "ulimit -v 4000000; " : "";
  const Ran ran =
      Shell(limit + "(printf '{\"a\": '; cat /dev/zero) | " + SELVAGE_COMMAND " check - 2>&1");
  EXPECT_EQ(ran.exit_code, 2) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("it is not text"));
}

TEST_F(BadInput, OtherJson_IsRefused) { ExpectRefused("{\"a\": 1}", "not a lock-order report"); }

TEST_F(BadInput, Binary_IsRefused) {
  ExpectRefused(std::string("\x7f\x45\x4c\x46\0\0\xff", 7), "bad.json");
}

TEST_F(BadInput, DeepNesting_IsRefused) {
  ExpectRefused(std::string(1'000'000, '['), "bad.json");
  ExpectRefused("{\"format\": \"selvage-lock-order\", \"version\": 1, \"locks\": " +
                    std::string(200'000, '[') + std::string(200'000, ']') + "}",
                "bad.json");
}

TEST_F(BadInput, HugeNumbers_AreRefused) {
  ExpectRefused(absl::StrReplaceAll(Feasible(), {{"\"count\":1", "\"count\":1e999"}}), "bad.json");
  ExpectRefused(absl::StrReplaceAll(Feasible(), {{"\"target\":0", "\"target\":4294967295"}}),
                "bad.json");
}

TEST_F(BadInput, MillionsOfRecords_AreReadInBoundedTime) {
  std::string report = Clean();
  std::string classes;
  for (int i = 0; i < 300'000; ++i) classes += "{},";
  report.insert(report.find("\"classes\": [") + 12, classes);
  WriteFile("large.json", report);
  // What it says is nonsense, but well-formed: locks now are of the first, nameless classes.
  EXPECT_EQ(Run("check large.json").exit_code, 0);
}

}  // namespace
}  // namespace selvage::cli
