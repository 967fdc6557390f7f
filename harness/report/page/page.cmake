# The page's files as strings in the library: edited as what they are, and nothing to be found at run time.
set(SELVAGE_PAGE_JS)
foreach(script model elements graph details filters list page)
  file(READ ${CMAKE_CURRENT_LIST_DIR}/${script}.js content)
  string(APPEND SELVAGE_PAGE_JS "${content}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/${script}.js)
endforeach()
file(READ ${CMAKE_CURRENT_LIST_DIR}/page.html SELVAGE_PAGE_HTML)
file(READ ${CMAKE_CURRENT_LIST_DIR}/page.css SELVAGE_PAGE_CSS)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  ${CMAKE_CURRENT_LIST_DIR}/page.html ${CMAKE_CURRENT_LIST_DIR}/page.css)
configure_file(${CMAKE_CURRENT_LIST_DIR}/page_files.cc.in ${CMAKE_CURRENT_BINARY_DIR}/page_files.cc @ONLY)
target_sources(selvage_harness PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/page_files.cc)
