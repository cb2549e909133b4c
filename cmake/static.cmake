# libcamzarr.a: one object in which everything that camzarr.h does not declare is local, so that a
# program may have a publish() or a crc32c() of its own.
set(CZ_STATIC ${PROJECT_BINARY_DIR}/libcamzarr.a)
add_custom_command(OUTPUT ${CZ_STATIC}
    COMMAND ${CMAKE_LINKER} -r -o camzarr.o --whole-archive $<TARGET_FILE:camzarr_inside>
    COMMAND ${CMAKE_OBJCOPY} --localize-hidden camzarr.o
    COMMAND ${CMAKE_COMMAND} -E rm -f ${CZ_STATIC}
    COMMAND ${CMAKE_AR} qcs ${CZ_STATIC} camzarr.o
    DEPENDS camzarr_inside VERBATIM
    COMMENT "Linking static library libcamzarr.a")
add_custom_target(camzarr_static ALL DEPENDS ${CZ_STATIC})
