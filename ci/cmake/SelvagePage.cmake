# selvage_embed_page(TARGET HEADER header NAMESPACE namespace HTML file CSS files... JS files...): a page's files as the strings kPageHtml,
# kPageCss and kPageJs of `namespace`, which `header` declares: edited as what they are, and nothing to be found at run time. Several files of a
# kind become one string.
set(SELVAGE_PAGE_TEMPLATE ${CMAKE_CURRENT_LIST_DIR}/page_files.cc.in)
function(selvage_embed_page target)
  cmake_parse_arguments(PAGE "" "HEADER;NAMESPACE" "HTML;CSS;JS" ${ARGN})
  foreach(kind HTML CSS JS)
    set(PAGE_${kind}_TEXT)
    foreach(file IN LISTS PAGE_${kind})
      file(READ ${file} content)
      string(APPEND PAGE_${kind}_TEXT "${content}")
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    endforeach()
  endforeach()
  configure_file(${SELVAGE_PAGE_TEMPLATE} ${CMAKE_CURRENT_BINARY_DIR}/page_files.cc @ONLY)
  target_sources(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/page_files.cc)
endfunction()
