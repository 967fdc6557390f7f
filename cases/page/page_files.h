// The files of the page, as they are in the source tree.
#ifndef SELVAGE_CASES_PAGE_PAGE_FILES_H_
#define SELVAGE_CASES_PAGE_PAGE_FILES_H_

namespace selvage::cases {

extern const char* const kPageHtml;
extern const char* const kPageCss;
extern const char* const kPageJs;

}  // namespace selvage::cases

#endif  // SELVAGE_CASES_PAGE_PAGE_FILES_H_
