#include "cli/verbs/convert_present.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/network.h"
#include "manifest/md5_text.h"
#include "reader/reader.h"
#include "source/source.h"

int presence_open(presence *out, const options *o, const char *store, unsigned connections,
                  cz_error *err)
{
    cz_options how = {.network = network_of(o)};
    how.network.connections = connections;
    *out = (presence){.o = o};
    int rc = store ? cz_open(&out->store, store, &how, err) : CZ_OK;
    if (rc == CZ_ABSENT || rc == CZ_FORMAT)
        rc = CZ_OK; /* a conversion creates it, or refuses it */
    if (rc == CZ_OK)
        rc = web_open(&out->web, &how.network, connections, err);
    const uint64_t zarr = o->zarr_format ? o->zarr_format : ZARR_V3;
    out->may_skip = out->store && (uint64_t)out->store->zarr == zarr && !o->overwrite &&
                    !o->recover && !o->sha256 && !o->attributes;
    if (rc < 0)
        presence_close(out);
    return rc;
}

void presence_close(presence *p)
{
    cz_close(&p->store);
    transport_close(&p->web);
}

int source_size_probe(uint64_t *ret_size, bool *ret_known, presence *p, const char *from,
                      cz_error *err)
{
    struct stat st;
    *ret_known = false;
    if (!web_is_address(from)) {
        if (stat(from, &st) < 0 || access(from, R_OK) < 0)
            return cz_fail_errno(err, errno, "%s", from);
        *ret_size = (uint64_t)st.st_size;
        *ret_known = S_ISREG(st.st_mode);
        return CZ_OK;
    }
    web_request r = {0};
    int rc = web_head(&r, from, err);
    if (rc == CZ_OK)
        rc = web_run(p->web, &r, 1, err);
    if (rc == CZ_OK && (rc = r.http.rc) < 0 && err)
        *err = r.http.err;
    if (rc == CZ_OK) {
        *ret_size = r.size;
        *ret_known = r.size != UINT64_MAX;
    }
    web_request_free(&r);
    return rc;
}

/* Facts of the clip, if it came from a source of this name with the same options; else NULL. */
static cz_facts *read_clip(presence *p, const manifest_row *row)
{
    char name[MANIFEST_SOURCE_MAX + 1], base[MANIFEST_SOURCE_MAX + 1], md5[33];
    const uint64_t per_shard = p->o->frames_per_shard ? p->o->frames_per_shard : 64;
    cz_facts *f = NULL;
    manifest_name(name, row);
    manifest_base(base, row->source);
    md5_format(md5, row->md5);
    /* A marker that cannot be read is left to the conversion, which reports it. */
    if (!p->may_skip || !clip_name_ok(name) || cz_facts_read(&f, p->store, name, NULL) < 0)
        return NULL;
    const bool same_options = p->store->zarr == ZARR_V2 || f->frames_per_shard == per_shard;
    if (!same_options || strcmp(f->source_name, base) != 0 ||
        (row->has_md5 && strcmp(f->source_md5, md5) != 0))
        cz_facts_free(&f);
    return f;
}

/* A conversion or removal that was killed left its record, or is at work: the conversion removes
 * the one, and waits for the other. */
static bool has_record(presence *p, const manifest_row *row)
{
    char name[MANIFEST_SOURCE_MAX + 1], key[KEY_MAX];
    uint64_t size;
    manifest_name(name, row);
    clip_key(key, name, REL_KEY_RECORD);
    return os_stat(p->store->os, key, &size, NULL) == CZ_OK;
}

static int fill_report(cz_report *out, const cz_facts *f, bool is_gone, cz_error *err)
{
    *out = (cz_report){.status = "present",
                       .frames = f->frames,
                       .damaged_frames = f->damaged_frames,
                       .clip = strdup(f->name)};
    const size_t n = strnlen(f->source_md5, sizeof out->md5 - 1);
    memcpy(out->md5, f->source_md5, n);
    if (is_gone) {
        out->warning = calloc(1, sizeof *out->warning);
        if (out->warning && (out->warning[0] = strdup("the source is gone")))
            out->n_warnings = 1;
    }
    if (out->clip && (!is_gone || out->n_warnings))
        return CZ_OK;
    cz_report_free(out);
    return cz_fail_memory(err, "%s", f->name);
}

static int refuse_size(const manifest_row *row, uint64_t size, cz_error *err)
{
    char *shown = source_clean(row->source);
    (void)cz_fail(err, CZ_CHANGED, "%s: has %" PRIu64 " bytes, the manifest says %" PRIu64,
                  shown ? shown : "source", size, row->size);
    cz_hint(err, "it is being written, was cut or was replaced; run `camzarr manifest` again");
    free(shown);
    return CZ_CHANGED;
}

int presence_check(bool *ret_present, cz_report *out, presence *p, const manifest_row *row,
                   cz_error *err)
{
    uint64_t size = 0;
    bool known = false;
    *ret_present = false;
    const int rc = source_size_probe(&size, &known, p, row->source, err);
    if (rc == CZ_NOMEM || rc == CZ_CANCELLED)
        return rc;
    if (rc < 0 && rc != CZ_ABSENT)
        return CZ_OK; /* some servers refuse HEAD; the conversion reports what is wrong */
    const bool exact = row->size != MANIFEST_SIZE_UNKNOWN && !row->size_is_rounded;
    if (rc == CZ_OK && known && exact && size != row->size)
        return refuse_size(row, size, err);
    if (rc == CZ_OK && !known)
        return CZ_OK;
    cz_facts *f = read_clip(p, row);
    *ret_present = f && (rc == CZ_ABSENT || (f->source_bytes == size && !has_record(p, row)));
    const int filled = *ret_present ? fill_report(out, f, rc == CZ_ABSENT, err) : CZ_OK;
    cz_facts_free(&f);
    return rc == CZ_ABSENT && !*ret_present ? rc : filled;
}
