#include "mov/sample_description.h"

#include "mov/atom.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* QTFF, Video Sample Description Extensions. Invalid and unknown ones are ignored: frames can be
 * decoded without them. */
static void read_video_extensions(mov_video *v, bytes in)
{
    atom a;
    while (atom_next(&a, &in) == 1) {
        switch (a.type) {
        case FOURCC('f', 'i', 'e', 'l'):
            v->fields = bytes_u8(&a.body);
            v->field_order = bytes_u8(&a.body);
            break;
        case FOURCC('p', 'a', 's', 'p'):
            v->aspect_h = bytes_u32be(&a.body);
            v->aspect_v = bytes_u32be(&a.body);
            break;
        case FOURCC('c', 'o', 'l', 'r'): {
            const fourcc kind = bytes_u32be(&a.body);
            if (kind == FOURCC('n', 'c', 'l', 'c') || kind == FOURCC('n', 'c', 'l', 'x')) {
                v->primaries = bytes_u16be(&a.body);
                v->transfer = bytes_u16be(&a.body);
                v->matrix = bytes_u16be(&a.body);
            }
            break;
        }
        default:
            break;
        }
    }
}

static void read_video(mov_video *v, bytes *in)
{
    bytes_skip(in, 16); /* version, revision, vendor, qualities */
    v->width = bytes_u16be(in);
    v->height = bytes_u16be(in);
    bytes_skip(in, 14 + 32); /* resolution, data size, frame count, compressor name */
    v->depth = bytes_u16be(in);
    bytes_skip(in, 2); /* color table: none at these depths */
    read_video_extensions(v, *in);
}

/* Sample format of uncompressed sound by codec (QTFF, Sound Sample Descriptions). */
typedef struct pcm {
    fourcc codec;
    uint16_t bits; /* 0: see the description */
    bool little_endian;
    bool is_float;
    bool is_unsigned; /* of 8 bits */
} pcm;

static const pcm *find_pcm(fourcc codec)
{
    static const pcm known[] = {
        {FOURCC('s', 'o', 'w', 't'), 0, true, false, false},
        {FOURCC('t', 'w', 'o', 's'), 0, false, false, false},
        {FOURCC('N', 'O', 'N', 'E'), 0, false, false, true},
        {FOURCC('r', 'a', 'w', ' '), 8, false, false, true},
        {FOURCC('i', 'n', '2', '4'), 24, false, false, false},
        {FOURCC('i', 'n', '3', '2'), 32, false, false, false},
        {FOURCC('f', 'l', '3', '2'), 32, false, true, false},
        {FOURCC('f', 'l', '6', '4'), 64, false, true, false},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].codec == codec)
            return &known[i];
    return NULL;
}

/* enda inside wave overrides the byte order of the codec: little-endian. */
static bool has_enda(bytes extensions)
{
    bytes wave, enda;
    return atom_find(&wave, extensions, FOURCC('w', 'a', 'v', 'e')) &&
           atom_find(&enda, wave, FOURCC('e', 'n', 'd', 'a')) && bytes_u16be(&enda) == 1;
}

/* Sample rate from the bits of a double, as in version 2 descriptions; 0 if out of range. */
static uint32_t rate_from_double(uint64_t bits)
{
    double rate;
    memcpy(&rate, &bits, sizeof rate);
    return rate >= 1 && rate < 1e9 ? (uint32_t)rate : 0;
}

/* Sound Sample Description, Version 2. Flags: 1 float, 2 big-endian, 4 signed. */
static void read_audio_2(mov_audio *s, fourcc codec, bytes *in)
{
    bytes_skip(in, 4);
    s->rate = rate_from_double(bytes_u64be(in));
    const uint32_t channels = bytes_u32be(in);
    bytes_skip(in, 4);
    const uint32_t bits = bytes_u32be(in);
    const uint32_t flags = bytes_u32be(in);
    const uint32_t bytes_per_packet = bytes_u32be(in);
    const uint32_t frames_per_packet = bytes_u32be(in);
    s->channels = channels <= UINT16_MAX ? (uint16_t)channels : 0;
    s->bits = bits <= 64 ? (uint16_t)bits : 0;
    if (codec != FOURCC('l', 'p', 'c', 'm'))
        return;
    s->is_float = flags & 1;
    s->little_endian = !(flags & 2);
    s->is_unsigned = !(flags & 5);
    s->bytes_per_frame = frames_per_packet == 1 ? bytes_per_packet : 0;
}

static void read_audio(mov_audio *s, fourcc codec, bytes *in)
{
    const uint16_t version = bytes_u16be(in);
    bytes_skip(in, 6); /* revision, vendor */
    s->channels = bytes_u16be(in);
    s->bits = bytes_u16be(in);
    bytes_skip(in, 4); /* compression, packet size */
    s->rate = bytes_u32be(in) >> 16;
    if (version == 2) {
        read_audio_2(s, codec, in);
        return;
    }
    if (version == 1)
        bytes_skip(in, 16);
    const pcm *p = find_pcm(codec);
    if (!p)
        return;
    if (p->bits)
        s->bits = p->bits;
    else if (s->bits == 0 || s->bits % 8 != 0 || s->bits > 32)
        s->bits = 16;
    s->little_endian = p->little_endian || has_enda(*in);
    s->is_float = p->is_float;
    s->is_unsigned = s->bits == 8 && p->is_unsigned;
    s->bytes_per_frame = (uint32_t)s->channels * (s->bits / 8u);
}

static void read_timecode(timecode_entry *t, bytes *in)
{
    bytes_skip(in, 4);
    t->flags = bytes_u32be(in);
    t->timescale = bytes_u32be(in);
    t->duration = bytes_u32be(in);
    t->fps = bytes_u8(in);
}

int sample_description_read(sample_description *out, bytes stsd, uint32_t which, fourcc kind,
                            cz_error *err)
{
    *out = (sample_description){0};
    bytes_skip(&stsd, 4);
    const uint32_t n = bytes_u32be(&stsd);
    if (n > SAMPLE_DESCRIPTIONS_MAX)
        return cz_fail(err, CZ_FORMAT, "stsd: %" PRIu32 " sample descriptions", n);
    atom a = {0};
    for (uint32_t i = 0; i < which; i++)
        if (i >= n || atom_next(&a, &stsd) != 1)
            return cz_fail(err, CZ_FORMAT, "stsd: sample description %" PRIu32 " isn't there",
                           which);
    bytes in = a.body;
    out->codec = a.type;
    bytes_skip(&in, 6);
    out->data = bytes_u16be(&in);
    if (kind == FOURCC('v', 'i', 'd', 'e'))
        read_video(&out->video, &in);
    else if (kind == FOURCC('s', 'o', 'u', 'n'))
        read_audio(&out->audio, out->codec, &in);
    else if (kind == FOURCC('t', 'm', 'c', 'd'))
        read_timecode(&out->timecode, &in);
    if (in.bad)
        return cz_fail(err, CZ_FORMAT, "stsd: sample description %" PRIu32 " is too short", which);
    return CZ_OK;
}

/* Copy n bytes up to a NUL, truncated to the size of name; unprintable bytes become '.'. */
static void copy_name(char name[64], const uint8_t *p, size_t n)
{
    size_t i = 0;
    for (; i < n && i < 63 && p[i]; i++) {
        name[i] = '.';
        if (p[i] >= ' ' && p[i] <= '~')
            name[i] = (char)p[i];
    }
    name[i] = '\0';
}

/* The last segment of the path of a URL: host and query may contain credentials. */
static void file_name_from_url(char name[64], bytes in)
{
    const uint8_t *begin = in.at, *end = in.at;
    const uint8_t *const stop = in.at + in.left;
    for (; end < stop && *end && *end != '?' && *end != '#'; end++)
        if (*end == '/')
            begin = end + 1;
    copy_name(name, begin, (size_t)(end - begin));
}

/* The file name is at byte 50 of an alias record, as a length byte and the characters. */
static void file_name_from_alias(char name[64], bytes in)
{
    bytes_skip(&in, 50);
    const bytes text = bytes_take(&in, bytes_u8(&in));
    copy_name(name, text.at, text.left);
}

int dref_is_same_file(bool *self, char name[64], bytes dref, uint32_t which, cz_error *err)
{
    name[0] = '\0';
    *self = true;
    if (!dref.at)
        return CZ_OK;
    bytes_skip(&dref, 8);
    atom a = {0};
    if (which == 0)
        return cz_fail(err, CZ_FORMAT, "dref: entry 0");
    for (uint32_t i = 0; i < which; i++)
        if (atom_next(&a, &dref) != 1)
            return cz_fail(err, CZ_FORMAT, "dref: entry %" PRIu32 " isn't there", which);
    uint32_t flags;
    (void)atom_version(&a.body, &flags);
    *self = flags & 1;
    if (*self)
        return CZ_OK;
    if (a.type == FOURCC('u', 'r', 'l', ' '))
        file_name_from_url(name, a.body);
    else if (a.type == FOURCC('a', 'l', 'i', 's'))
        file_name_from_alias(name, a.body);
    return CZ_OK;
}
