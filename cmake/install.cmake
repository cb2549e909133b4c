# Where things go: header, libraries, command, camzarr.pc, the CMake package, completion, man page.
include(CMakePackageConfigHelpers)

install(FILES include/camzarr.h TYPE INCLUDE)
install(FILES ${CZ_STATIC} DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS camzarr_shared EXPORT camzarr LIBRARY)
install(TARGETS camzarr RUNTIME)

# The package offers the shared library; a static build goes through `pkg-config --static`, which
# names the libraries behind it.
set_target_properties(camzarr_shared PROPERTIES EXPORT_NAME camzarr)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/camzarr)
install(EXPORT camzarr NAMESPACE camzarr:: FILE camzarr-config.cmake DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/camzarr-config-version.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/camzarr-config-version.cmake DESTINATION ${package_dir})

# camzarr.pc finds its prefix from where it lies, so `cmake --install --prefix` just works.
file(RELATIVE_PATH CZ_PC_PREFIX
    ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/camzarr.pc.in camzarr.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/camzarr.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(FILES cli/completion/camzarr.bash RENAME camzarr OPTIONAL
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES cli/completion/_camzarr OPTIONAL
    DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES docs/camzarr.1 OPTIONAL DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
