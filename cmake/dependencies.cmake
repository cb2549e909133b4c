# What libcamzarr needs, and no more. Names for packagers: see scripts/deps.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
pkg_check_modules(BLOSC REQUIRED IMPORTED_TARGET blosc)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)

add_library(camzarr_dependencies INTERFACE)
target_link_libraries(camzarr_dependencies INTERFACE
    PkgConfig::BLOSC PkgConfig::CJSON PkgConfig::ZSTD ZLIB::ZLIB OpenSSL::Crypto Threads::Threads m)
