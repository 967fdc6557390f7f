target_sources(selvage_harness PRIVATE
  lock_order_dot.cc
  lock_order_file.cc
  lock_order_json.cc
  lock_order_json_reader.cc
  lock_order_table.cc
  lock_order_text.cc)
