# How every file of ours is compiled. No -march here: SIMD is chosen at run time.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)      # exported is what camzarr.h marks with CZ_API
set(CMAKE_POSITION_INDEPENDENT_CODE ON)    # the same objects serve the shared and the static library

add_library(camzarr_sanitizers INTERFACE)
if(CZ_SANITIZE)
    set(flags -fsanitize=${CZ_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_compile_options(camzarr_sanitizers INTERFACE ${flags})
    target_link_options(camzarr_sanitizers INTERFACE ${flags})
endif()

add_library(camzarr_flags INTERFACE)
target_link_libraries(camzarr_flags INTERFACE camzarr_sanitizers)
target_compile_definitions(camzarr_flags INTERFACE
    _GNU_SOURCE _FILE_OFFSET_BITS=64)
target_include_directories(camzarr_flags INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
# What a newer release of somebody's library calls deprecated is worth a warning, no more.
target_compile_options(camzarr_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wstrict-prototypes -Wmissing-prototypes
    "$<$<BOOL:${CZ_WERROR}>:-Werror;-Wno-error=deprecated-declarations>")
