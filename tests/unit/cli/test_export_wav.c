/* cli/export/wav.c: the header of a WAV file. */
#include <criterion/criterion.h>
#include <string.h>

#include "cli/export/wav.h"
#include "tests/unit/support/alloc_fail.h"

static buf out;

static void end(void)
{
    buf_free(&out);
}

TestSuite(wav, .fini = end);

static uint64_t number(size_t at, unsigned bytes)
{
    uint64_t v = 0;
    for (unsigned i = bytes; i-- > 0;)
        v = v << 8 | out.at[at + i];
    return v;
}

static bool is(size_t at, const char *name)
{
    return at + 4 <= out.len && memcmp(out.at + at, name, 4) == 0;
}

static cz_audio_facts sound(cz_sample_format format, uint32_t channels, uint64_t samples)
{
    return (cz_audio_facts){
        .track = 2, .format = format, .channels = channels, .rate = 48000, .samples = samples};
}

Test(wav, riff)
{
    const cz_audio_facts f = sound(CZ_S16, 2, 1000);
    cr_assert_eq(wav_header(&out, &f, NULL), CZ_OK);
    cr_assert_eq(out.len, 44);
    cr_expect(is(0, "RIFF") && is(8, "WAVE") && is(12, "fmt ") && is(36, "data"));
    cr_expect_eq(number(4, 4), 36 + 4000);
    cr_expect_eq(number(20, 2), 1);
    cr_expect_eq(number(28, 4), UINT64_C(192000));
    cr_expect_eq(number(32, 2), 4);
    cr_expect_eq(number(40, 4), 4000);
}

Test(wav, odd_data_is_padded)
{
    const cz_audio_facts f = sound(CZ_U8, 1, 999);
    cr_assert_eq(wav_header(&out, &f, NULL), CZ_OK);
    cr_expect_eq(number(4, 4), 36 + 1000);
    cr_expect_eq(number(40, 4), 999);
}

Test(wav, many_channels_are_extensible)
{
    static const uint8_t guid[] = {1,    0, 0, 0,    0, 0,    0x10, 0,
                                   0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71};
    const cz_audio_facts f = sound(CZ_S24, 16, 10);
    cr_assert_eq(wav_header(&out, &f, NULL), CZ_OK);
    cr_assert_eq(out.len, 68);
    cr_expect_eq(number(16, 4), 40);
    cr_expect_eq(number(20, 2), 0xfffe);
    cr_expect_eq(number(34, 2), 24);
    cr_expect_eq(memcmp(out.at + 44, guid, sizeof guid), 0);
    cr_expect_eq(number(64, 4), 480);
}

/* The largest RIFF, and one sample more. */
Test(wav, rf64_begins_at_4_gib)
{
    const uint64_t least = (UINT64_C(0xffffffff) - 36) / 4 + 1;
    cz_audio_facts f = sound(CZ_S16, 2, least - 1);
    cr_assert_eq(wav_header(&out, &f, NULL), CZ_OK);
    cr_expect(is(0, "RIFF"));
    cr_expect_eq(number(40, 4), (least - 1) * 4);
    buf_free(&out);
    f.samples = least;
    cr_assert_eq(wav_header(&out, &f, NULL), CZ_OK);
    cr_assert_eq(out.len, 80);
    cr_expect(is(0, "RF64") && is(12, "ds64") && is(48, "fmt ") && is(72, "data"));
    cr_expect_eq(number(4, 4), UINT32_MAX);
    cr_expect_eq(number(20, 8), 72 + least * 4, "of the file less 8 bytes");
    cr_expect_eq(number(28, 8), least * 4);
    cr_expect_eq(number(36, 8), least);
    cr_expect_eq(number(76, 4), UINT32_MAX);
}

Test(wav, more_than_it_can_hold)
{
    cz_error err;
    cz_audio_facts f = sound(CZ_F64, 8192, 10);
    cr_expect_eq(wav_header(&out, &f, &err), CZ_UNSUPPORTED);
    cr_expect(strstr(err.message, "8192 channels"), "%s", err.message);
    f = sound(CZ_S32, 2, 10);
    f.rate = UINT32_MAX;
    cr_expect_eq(wav_header(&out, &f, NULL), CZ_UNSUPPORTED);
}

Test(wav, memory_is_short)
{
    const cz_audio_facts f = sound(CZ_S24, 16, UINT64_C(1) << 40);
    for (size_t nth = 1;; nth++) {
        alloc_fail_at(nth);
        const int rc = wav_header(&out, &f, NULL);
        const bool reached = alloc_fail_end();
        buf_free(&out);
        cr_assert_eq(rc, reached ? CZ_NOMEM : CZ_OK);
        if (!reached)
            break;
    }
}
