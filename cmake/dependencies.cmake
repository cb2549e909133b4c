# What libcamzarr needs, and no more. Names for packagers: see scripts/deps.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.85)
pkg_check_modules(BLOSC REQUIRED IMPORTED_TARGET blosc)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)

add_library(camzarr_dependencies INTERFACE)
target_link_libraries(camzarr_dependencies INTERFACE
    PkgConfig::BLOSC PkgConfig::CJSON PkgConfig::ZSTD OpenSSL::Crypto PkgConfig::CURL Threads::Threads m)

# What the command needs beyond that: pictures as files.
pkg_check_modules(DEFLATE REQUIRED IMPORTED_TARGET libdeflate)
pkg_check_modules(ISAL REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(TIFF REQUIRED IMPORTED_TARGET libtiff-4)
pkg_check_modules(JPEG REQUIRED IMPORTED_TARGET libjpeg)
add_library(camzarr_pictures INTERFACE)
target_link_libraries(camzarr_pictures INTERFACE PkgConfig::DEFLATE PkgConfig::ISAL PkgConfig::TIFF PkgConfig::JPEG m)

# And for listings that gzip compressed.
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)

# And for `serve`.
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd>=0.9.71)

# And for `export netcdf`.
add_library(camzarr_netcdf INTERFACE)
if(CZ_NETCDF)
    pkg_check_modules(NETCDF REQUIRED IMPORTED_TARGET netcdf)
    target_link_libraries(camzarr_netcdf INTERFACE PkgConfig::NETCDF)
endif()
