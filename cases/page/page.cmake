# The page's files as strings in the program: edited as what they are, and nothing to be found at run time.
foreach(part html css js)
  file(READ ${CMAKE_CURRENT_LIST_DIR}/page.${part} content)
  string(TOUPPER ${part} suffix)
  set(SELVAGE_CASES_PAGE_${suffix} "${content}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/page.${part})
endforeach()
configure_file(${CMAKE_CURRENT_LIST_DIR}/page_files.cc.in ${CMAKE_CURRENT_BINARY_DIR}/page_files.cc @ONLY)
target_sources(selvage_cases PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/page_files.cc)
