#include "mov/moov.h"

#include "mov/atom.h"

#include <stdlib.h>

enum {
    TRACKS_MAX = 256
}; /* far more than real movies have; bounds the memory that 8-byte trak atoms can cost */

typedef int atom_handler(void *to, const atom *a, cz_error *err);

/* Call the handler for each atom of a container, in order. */
static int walk_atoms(bytes in, const char *where, atom_handler *handle, void *to, cz_error *err)
{
    atom a;
    int more;
    while ((more = atom_next(&a, &in)) == 1) {
        const int rc = handle(to, &a, err);
        if (rc < 0)
            return rc;
    }
    if (more < 0)
        return cz_fail(err, CZ_FORMAT, "%s: an atom inside leads out of it", where);
    return CZ_OK;
}

/* The first atom of a type is used. */
static void set_first(bytes *slot, const atom *a)
{
    if (!slot->at)
        *slot = a->body;
}

/* The common fields of mvhd and mdhd (QTFF, Movie Header Atoms and Media Header Atoms); version 1
 * has 64-bit times. */
typedef struct header {
    uint64_t created, duration;
    uint32_t timescale;
} header;

static int read_header(header *out, bytes in, const char *where, cz_error *err)
{
    if (atom_version(&in, NULL) == 1) {
        out->created = bytes_u64be(&in);
        bytes_skip(&in, 8);
        out->timescale = bytes_u32be(&in);
        out->duration = bytes_u64be(&in);
    } else {
        out->created = bytes_u32be(&in);
        bytes_skip(&in, 4);
        out->timescale = bytes_u32be(&in);
        out->duration = bytes_u32be(&in);
    }
    return in.bad ? cz_fail(err, CZ_FORMAT, "%s: too short", where) : CZ_OK;
}

/* QTFF, Track Header Atoms. */
static int read_tkhd(mov_track *t, bytes in, cz_error *err)
{
    uint32_t flags;
    const uint8_t version = atom_version(&in, &flags);
    bytes_skip(&in, version == 1 ? 16 : 8);
    t->id = bytes_u32be(&in);
    t->enabled = flags & 1;
    return in.bad ? cz_fail(err, CZ_FORMAT, "tkhd: too short") : CZ_OK;
}

static int on_stbl_child(void *to, const atom *a, cz_error *err)
{
    (void)err;
    moov_track *t = to;
    switch (a->type) {
    case FOURCC('s', 't', 's', 'd'):
        set_first(&t->stsd, a);
        break;
    case FOURCC('s', 't', 't', 's'):
        set_first(&t->stts, a);
        break;
    case FOURCC('s', 't', 's', 'c'):
        set_first(&t->stsc, a);
        break;
    case FOURCC('s', 't', 's', 'z'):
        set_first(&t->stsz, a);
        break;
    case FOURCC('s', 't', 'c', 'o'):
    case FOURCC('c', 'o', '6', '4'):
        if (!t->chunks.at)
            t->wide = a->type == FOURCC('c', 'o', '6', '4');
        set_first(&t->chunks, a);
        break;
    default:
        break;
    }
    return CZ_OK;
}

static int on_minf_child(void *to, const atom *a, cz_error *err)
{
    moov_track *t = to;
    bytes dref;
    switch (a->type) {
    case FOURCC('d', 'i', 'n', 'f'):
        if (!t->dref.at && atom_find(&dref, a->body, FOURCC('d', 'r', 'e', 'f')))
            t->dref = dref;
        return CZ_OK;
    case FOURCC('s', 't', 'b', 'l'):
        return walk_atoms(a->body, "stbl", on_stbl_child, t, err);
    default:
        return CZ_OK;
    }
}

static int on_mdia_child(void *to, const atom *a, cz_error *err)
{
    moov_track *t = to;
    bytes in = a->body;
    header h;
    int rc;
    switch (a->type) {
    case FOURCC('m', 'd', 'h', 'd'):
        if ((rc = read_header(&h, in, "mdhd", err)) < 0)
            return rc;
        t->info.created = h.created;
        t->info.timescale = h.timescale;
        t->info.duration = h.duration;
        return CZ_OK;
    case FOURCC('h', 'd', 'l', 'r'):
        bytes_skip(&in, 8); /* version, flags, component type */
        t->info.kind = bytes_u32be(&in);
        return in.bad ? cz_fail(err, CZ_FORMAT, "hdlr: too short") : CZ_OK;
    case FOURCC('m', 'i', 'n', 'f'):
        return walk_atoms(in, "minf", on_minf_child, t, err);
    default:
        return CZ_OK;
    }
}

static int on_trak_child(void *to, const atom *a, cz_error *err)
{
    moov_track *t = to;
    bytes elst;
    switch (a->type) {
    case FOURCC('t', 'k', 'h', 'd'):
        return read_tkhd(&t->info, a->body, err);
    case FOURCC('e', 'd', 't', 's'):
        if (!t->elst.at && atom_find(&elst, a->body, FOURCC('e', 'l', 's', 't')))
            t->elst = elst;
        return CZ_OK;
    case FOURCC('m', 'd', 'i', 'a'):
        return walk_atoms(a->body, "mdia", on_mdia_child, t, err);
    default:
        return CZ_OK;
    }
}

static int add_track(moov *m, const atom *a, cz_error *err)
{
    if (m->n_tracks == TRACKS_MAX)
        return cz_fail(err, CZ_FORMAT, "moov: more than %d tracks", TRACKS_MAX);
    moov_track *more = realloc(m->track, (m->n_tracks + 1) * sizeof *more);
    if (!more)
        return cz_fail_memory(err, "moov: track %zu", m->n_tracks + 1);
    m->track = more;
    moov_track *t = &m->track[m->n_tracks++];
    *t = (moov_track){0};
    const int rc = walk_atoms(a->body, "trak", on_trak_child, t, err);
    if (rc < 0)
        cz_prefix(err, "moov: track %zu", m->n_tracks);
    return rc;
}

static int on_moov_child(void *to, const atom *a, cz_error *err)
{
    moov *m = to;
    header h;
    int rc;
    switch (a->type) {
    case FOURCC('m', 'v', 'h', 'd'):
        if ((rc = read_header(&h, a->body, "moov: mvhd", err)) < 0)
            return rc;
        m->created = h.created;
        m->timescale = h.timescale;
        m->duration = h.duration;
        return CZ_OK;
    case FOURCC('t', 'r', 'a', 'k'):
        return add_track(m, a, err);
    case FOURCC('u', 'd', 't', 'a'):
        set_first(&m->udta, a);
        return CZ_OK;
    case FOURCC('m', 'e', 't', 'a'):
        set_first(&m->meta, a);
        return CZ_OK;
    case FOURCC('m', 'v', 'e', 'x'):
        m->fragmented = true;
        return CZ_OK;
    case FOURCC('c', 'm', 'o', 'v'):
        cz_fail(err, CZ_UNSUPPORTED, "the movie's header is compressed (cmov)");
        cz_hint(err, "`ffmpeg -i IN.mov -map 0 -c copy OUT.mov` writes an uncompressed header");
        return CZ_UNSUPPORTED;
    case FOURCC('r', 'm', 'r', 'a'):
        cz_fail(err, CZ_UNSUPPORTED,
                "a reference movie (rmra): it names other files that hold the pictures");
        cz_hint(err, "convert the files that it names instead");
        return CZ_UNSUPPORTED;
    default:
        return CZ_OK;
    }
}

int moov_read(moov *out, bytes body, cz_error *err)
{
    *out = (moov){0};
    const int rc = walk_atoms(body, "moov", on_moov_child, out, err);
    if (rc < 0)
        moov_free(out);
    return rc;
}

void moov_free(moov *m)
{
    free(m->track);
    *m = (moov){0};
}
