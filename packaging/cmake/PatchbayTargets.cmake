# pb_library(NAME FOLDER-ALIAS LINKS ...): one folder, one library, a written link list.
# tests/layering reads the LINKS lines of every folder; an include outside them fails the test.

function(pb_compile_options target)
  target_include_directories(${target} PUBLIC "${CMAKE_SOURCE_DIR}")
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor)
  if(PATCHBAY_WARNINGS_AS_ERRORS)
    # g++ 12 warns of strings and variants that are in order (bugs 105329, 105651); these stay warnings.
    target_compile_options(${target} PRIVATE -Werror -Wno-error=maybe-uninitialized -Wno-error=array-bounds
      -Wno-error=restrict -Wno-error=stringop-overflow)
  endif()
  if(PATCHBAY_SANITIZE)
    target_compile_options(${target} PUBLIC -fsanitize=${PATCHBAY_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${PATCHBAY_SANITIZE})
  endif()
endfunction()

# pb_library(core_base LINKS ... [QT]): all *.cpp of the calling folder.
function(pb_library name)
  cmake_parse_arguments(ARG "QT" "" "LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  file(GLOB headers CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.h")
  if(sources)
    add_library(${name} STATIC ${sources} ${headers})
  else()
    file(GENERATE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${name}_empty.cpp" CONTENT "")
    add_library(${name} STATIC "${CMAKE_CURRENT_BINARY_DIR}/${name}_empty.cpp" ${headers})
  endif()
  if(ARG_QT)
    set_target_properties(${name} PROPERTIES AUTOMOC ON)
    target_compile_definitions(${name} PRIVATE QT_NO_KEYWORDS QT_NO_CAST_TO_ASCII)
  endif()
  target_link_libraries(${name} PUBLIC ${ARG_LINKS})
  pb_compile_options(${name})
endfunction()

# pb_tensor_library(NAME): for libraries that use ATen. Its parallel loops are inline and run on one thread unless the
# compiler knows OpenMP; the precompiled ATen header is shared.
function(pb_tensor_library name)
  target_compile_options(${name} PRIVATE ${OpenMP_CXX_FLAGS})
  if(name STREQUAL "core_tensor")
    target_precompile_headers(${name} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:${CMAKE_SOURCE_DIR}/core/tensor/aten.h>")
    target_link_libraries(${name} PUBLIC $<LINK_ONLY:OpenMP::OpenMP_CXX>)
  else()
    target_precompile_headers(${name} REUSE_FROM core_tensor)
  endif()
endfunction()

# pb_tests(LINKS ... [LABELS ...] [ENVIRONMENT ...] [HEAVY]): HEAVY tests compute on all cores and run alone; every tst_*.cpp of the calling folder is one Qt Test program.
function(pb_tests)
  cmake_parse_arguments(ARG "HEAVY" "TIMEOUT" "LINKS;LABELS;ENVIRONMENT" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/tst_*.cpp")
  foreach(source IN LISTS sources)
    get_filename_component(name "${source}" NAME_WE)
    add_executable(${name} "${source}")
    set_target_properties(${name} PROPERTIES AUTOMOC ON RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
    target_link_libraries(${name} PRIVATE ${ARG_LINKS} Qt6::Test)
    target_compile_definitions(${name} PRIVATE QT_NO_KEYWORDS
      PATCHBAY_SOURCE_DIR="${CMAKE_SOURCE_DIR}" PATCHBAY_BINARY_DIR="${CMAKE_BINARY_DIR}")
    pb_compile_options(${name})
    add_test(NAME ${name} COMMAND ${name})
    if(ARG_HEAVY)
      set_tests_properties(${name} PROPERTIES PROCESSORS 2)
    endif()
    set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}"
      ENVIRONMENT "GOMP_SPINCOUNT=10000;QT_QPA_PLATFORM=offscreen;PATCHBAY_DEFAULT_MODEL=${PATCHBAY_DEFAULT_MODEL};${ARG_ENVIRONMENT}")
  endforeach()
endfunction()
