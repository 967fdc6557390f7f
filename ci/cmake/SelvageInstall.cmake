# What `cmake --install` puts where: the command, libraries, headers below include/selvage, and the package that find_package(selvage) reads.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/selvage)
install(TARGETS selvage_harness selvage_primitives selvage_gtest selvage_gtest_main selvage_interpose
  EXPORT selvage-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS selvage EXPORT selvage-targets RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(EXPORT selvage-targets NAMESPACE selvage:: DESTINATION ${package_dir})
install(DIRECTORY harness primitives DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/selvage FILES_MATCHING PATTERN "*.h")
configure_package_config_file(ci/cmake/selvage-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/selvage-config.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/selvage-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/selvage-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/selvage-config-version.cmake
  ci/cmake/SelvageCommand.cmake
  ci/cmake/SelvageInstrument.cmake
  ci/cmake/SelvageUninstrumented.cmake
  DESTINATION ${package_dir})
