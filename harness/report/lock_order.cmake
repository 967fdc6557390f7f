target_sources(selvage_harness PRIVATE
  graphviz.cc
  lock_order_dot.cc
  lock_order_drawn.cc
  lock_order_file.cc
  lock_order_html.cc
  lock_order_json.cc
  lock_order_json_reader.cc
  lock_order_sarif.cc
  lock_order_svg.cc
  lock_order_table.cc
  lock_order_text.cc
  lock_order_view.cc
  lock_order_words.cc)
set_source_files_properties(${CMAKE_CURRENT_SOURCE_DIR}/lock_order_sarif.cc
  TARGET_DIRECTORY selvage_harness
  PROPERTIES COMPILE_DEFINITIONS SELVAGE_VERSION="${PROJECT_VERSION}")

set(page ${CMAKE_CURRENT_SOURCE_DIR}/page)
selvage_embed_page(selvage_harness
  HEADER selvage/harness/report/page_files.h
  NAMESPACE selvage::report
  HTML ${page}/page.html
  CSS ${page}/palette.css ${page}/page.css
  JS ${page}/model.js ${page}/elements.js ${page}/graph.js ${page}/details.js ${page}/filters.js ${page}/list.js ${page}/page.js)
