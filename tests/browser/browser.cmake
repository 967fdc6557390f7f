# Tests of pages in headless Chromium, each a Python program on browser.py. Skipped where there is no browser, but for CI.

# Debian's own Python: the one that python3-selenium and python3-jsonschema are installed for.
find_program(SELVAGE_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
if(NOT SELVAGE_PYTHON)
  find_program(SELVAGE_PYTHON python3 REQUIRED)
endif()

# selvage_add_browser_test(NAME SCRIPT ARGUMENTS...): a test that runs SCRIPT with the arguments.
function(selvage_add_browser_test name script)
  # A page is the same whichever sanitizer the program that writes it runs under.
  if(SELVAGE_SANITIZE)
    return()
  endif()
  add_test(NAME "${SELVAGE_TEST_PREFIX}${name}"
    COMMAND ${CMAKE_COMMAND} -E env "PYTHONPATH=${PROJECT_SOURCE_DIR}/tests/browser" PYTHONDONTWRITEBYTECODE=1
      ${SELVAGE_PYTHON} ${script} ${ARGN})
  set_tests_properties("${SELVAGE_TEST_PREFIX}${name}" PROPERTIES
    TIMEOUT 300 SKIP_RETURN_CODE 77 RESOURCE_LOCK browser)
endfunction()

selvage_add_browser_test(browser_test ${CMAKE_CURRENT_LIST_DIR}/browser_test.py)
