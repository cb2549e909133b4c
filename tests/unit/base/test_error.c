/* base/error.c: messages, codes and their limits. */
#include "base/error.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

Test(error, fail_returns_the_code_and_fills_the_message)
{
    cz_error err = {.code = CZ_IO, .hint = "from an error before"};
    cr_assert_eq(cz_fail(&err, CZ_FORMAT, "%s: %d tracks", "a.mov", 3), CZ_FORMAT);
    cr_assert_eq(err.code, CZ_FORMAT);
    cr_assert_str_eq(err.message, "a.mov: 3 tracks");
    cr_assert_str_empty(err.hint, "a hint of an earlier error must not stay");
}

Test(error, null_error_is_accepted)
{
    cr_assert_eq(cz_fail(NULL, CZ_CORRUPT, "x"), CZ_CORRUPT);
    cr_assert_eq(cz_fail_errno(NULL, ENOSPC, "x"), CZ_FULL);
    cr_assert_eq(cz_fail_memory(NULL, "x"), CZ_NOMEM);
    cz_hint(NULL, "x");
    cz_prefix(NULL, "x");
}

Test(error, system_errors_have_codes)
{
    static const struct {
        int errnum, code;
    } of[] = {
        {ENOSPC, CZ_FULL},   {EDQUOT, CZ_FULL},   {ENOENT, CZ_ABSENT}, {ENOTDIR, CZ_ABSENT},
        {EEXIST, CZ_EXISTS}, {EACCES, CZ_DENIED}, {EPERM, CZ_DENIED},  {EROFS, CZ_DENIED},
        {ENOMEM, CZ_NOMEM},  {EIO, CZ_IO},        {EINVAL, CZ_IO},
    };
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        cz_error err = {0};
        cr_assert_eq(cz_fail_errno(&err, of[i].errnum, "open"), of[i].code, "errno %d",
                     of[i].errnum);
        cr_assert_eq(err.code, of[i].code);
    }
}

Test(error, failed_allocations_name_what_the_memory_was_for)
{
    cz_error err = {.code = CZ_IO, .hint = "old"};
    cr_assert_eq(cz_fail_memory(&err, "%s: %d frames", "a.mov", 3), CZ_NOMEM);
    cr_assert_eq(err.code, CZ_NOMEM);
    cr_assert_str_eq(err.message, "a.mov: 3 frames: out of memory");
    cr_assert_str_empty(err.hint);
}

Test(error, system_errors_are_described)
{
    cz_error err = {.hint = "old"};
    cz_fail_errno(&err, ENOENT, "%s: open", "a.mov");
    cr_assert_str_eq(err.message, "a.mov: open: No such file or directory");
    cr_assert_str_empty(err.hint);
}

Test(error, long_messages_are_truncated)
{
    char name[2 * sizeof(((cz_error *)0)->message)];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    cz_error err = {0};

    cz_fail(&err, CZ_IO, "key %s", name);
    cr_assert_eq(strlen(err.message), sizeof err.message - 1);
    cr_assert_eq(strncmp(err.message, "key nnn", 7), 0);

    cz_fail_errno(&err, EIO, "key %s", name);
    cr_assert_eq(strlen(err.message), sizeof err.message - 1);

    cz_fail_memory(&err, "key %s", name);
    cr_assert_eq(strlen(err.message), sizeof err.message - 1);

    cz_prefix(&err, "clip %s", name);
    cr_assert_eq(strlen(err.message), sizeof err.message - 1);
    cr_assert_eq(strncmp(err.message, "clip nnn", 8), 0);

    cz_hint(&err, "%s", name);
    cr_assert_eq(strlen(err.hint), sizeof err.hint - 1);
}

Test(error, prefix_and_hint_keep_the_message)
{
    cz_error err = {0};
    cz_fail(&err, CZ_CORRUPT, "shard 3: index checksum");
    cz_prefix(&err, "clip %s", "A");
    cr_assert_str_eq(err.message, "clip A: shard 3: index checksum");
    cz_hint(&err, "run `camzarr verify %s`", "S");
    cr_assert_str_eq(err.hint, "run `camzarr verify S`");
    cr_assert_str_eq(err.message, "clip A: shard 3: index checksum");
}

/* Every enumeration of camzarr.h is named from 0 to its last value, and not beyond. */
Test(names, of_all_enumerators)
{
    cr_assert_str_eq(cz_column_name(CZ_TIME), "time");
    cr_assert_str_eq(cz_column_name(CZ_FLAGS), "flags");
    cr_assert_null(cz_column_name((cz_column)(CZ_FLAGS + 1)));
    cr_assert_null(cz_column_name((cz_column)-1));
    cr_assert_str_eq(cz_column_description(CZ_SIZE), "bytes of the frame");
    cr_assert_null(cz_column_description((cz_column)(CZ_FLAGS + 1)));
    for (int i = 0; i < 7; i++)
        cr_assert_not_null(cz_flag_name(i));
    cr_assert_null(cz_flag_name(7));
    cr_assert_null(cz_flag_name(-1));
    cr_assert_str_eq(cz_layout_name(CZ_RGBA), "rgba");
    cr_assert_null(cz_layout_name((cz_layout)(CZ_BGR48 + 1)));
    cr_assert_str_eq(cz_layout_name(CZ_YUVA444P10), "yuva444p10le");
    cr_assert_str_eq(cz_layout_name(CZ_BGR48), "bgr48le");
    cr_assert_eq(cz_layout_channels(CZ_RGBA64), 4);
    cr_assert_eq(cz_layout_channels(CZ_YUVA444P12), 0);
    cr_assert_eq(cz_layout_sample_bytes(CZ_GRAY10), 2);
    cr_assert_eq(cz_layout_channels(CZ_RGB48), 3);
    cr_assert_eq(cz_layout_sample_bytes(CZ_RGB48), 2);
    cr_assert_eq(cz_layout_channels((cz_layout)-1), 0);
    cr_assert_eq(cz_layout_sample_bytes((cz_layout)100), 0);
    cr_assert_str_eq(cz_fields_name(CZ_BOB_BOTTOM), "bob-bottom");
    cr_assert_null(cz_fields_name((cz_fields)(CZ_BOB_BOTTOM + 1)));
}
