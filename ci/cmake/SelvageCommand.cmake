# The target selvage-command: leaves the command `selvage` as selvage-command in the build directory, wherever it comes from: built here, or
# found by find_package(selvage).
if(NOT TARGET selvage-command)
  add_custom_target(selvage-command
    COMMAND ${CMAKE_COMMAND} -E create_symlink $<TARGET_FILE:selvage::selvage> ${CMAKE_BINARY_DIR}/selvage-command
    VERBATIM)
endif()
