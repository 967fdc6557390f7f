// The files of the page, as they are in the source tree.
#ifndef SELVAGE_HARNESS_REPORT_PAGE_FILES_H_
#define SELVAGE_HARNESS_REPORT_PAGE_FILES_H_

namespace selvage::report {

extern const char* const kPageHtml;
extern const char* const kPageCss;
extern const char* const kPageJs;  // all scripts, in order

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_PAGE_FILES_H_
