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
include(page/page.cmake)
