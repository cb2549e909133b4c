#include "cli/check/verify_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "cli/out_file.h"
#include "cli/place.h"
#include "cli/say.h"
#include "format/commit_marker.h"
#include "format/layout.h"
#include "store/text/shown_url.h"

enum { FINDINGS_MAX = 1000 }; /* of a clip; a report counts the others */

struct verify_report {
    const options *o;
    const cz_store *store;
    out_file file;
    cJSON *doc;
    cJSON *clips; /* in doc */
    cJSON *above; /* in doc: findings */
    uint64_t count[N_CLIP_STATES];
    char clip[CLIP_NAME_MAX + 1]; /* the one that is being verified */
    cJSON *findings;              /* of it; NULL: none is */
    uint64_t n_findings;
    commit_marker *marker; /* of it, before the verification; NULL: cannot be read */
    int marker_rc;
    cz_error marker_error; /* why, if marker_rc says so */
    int code;              /* exit code of a failure that only the report has met; 0: none */
};

/* ---- Head ------------------------------------------------------------------------------------ */

static void add_place(cJSON *to, const char *name, const char *place)
{
    char *shown = place_is_address(place) ? shown_url(place) : strdup(place);
    if (shown)
        json_add_clean(to, name, shown);
    else
        json_add(to, name, NULL); /* out of memory */
    free(shown);
}

static void add_checks(cJSON *doc, const options *o)
{
    cJSON *to = json_object();
    json_add_bool(to, "objects", true); /* the size and SHA-256 of each */
    json_add_bool(to, "frames", true);  /* the CRC-32C of each */
    json_add_bool(to, "decoded", o->decode);
    json_add_bool(to, "source", o->source != NULL);
    json_add(doc, "checks", to);
}

int verify_report_open(verify_report **out, const options *o, const cz_store *store, cz_error *err)
{
    *out = NULL;
    if (!o->report)
        return CZ_OK;
    verify_report *r = calloc(1, sizeof *r);
    if (!r)
        return cz_fail_memory(err, "%s", o->report);
    r->o = o;
    r->store = store;
    r->file = OUT_FILE_NONE;
    r->doc = json_object();
    r->clips = json_array();
    r->above = json_array();
    json_add_text(r->doc, "kind", "verify-report");
    json_add_text(r->doc, "version", "1.0");
    json_add_text(r->doc, "software", "camzarr " CZ_VERSION);
    json_add_clean(r->doc, "store", store->os->url);
    add_checks(r->doc, o);
    const int rc = out_open(&r->file, o->report, o->overwrite, err);
    if (rc < 0)
        verify_report_close(&r);
    *out = r;
    return rc;
}

void verify_report_close(verify_report **report)
{
    verify_report *r = *report;
    cz_error ignored;
    if (!r)
        return;
    out_close(&r->file, &ignored);
    json_free(r->findings);
    json_free(r->clips);
    json_free(r->above);
    json_free(r->doc);
    commit_marker_free(&r->marker);
    free(r);
    *report = NULL;
}

/* ---- Findings -------------------------------------------------------------------------------- */

static void add_finding(cJSON *to, const cz_finding *f)
{
    cJSON *one = json_object();
    json_add_text(one, "code", cz_code_name(f->code));
    json_add_clean(one, "key", f->key);
    if (f->frame >= 0)
        json_add_i64(one, "frame", f->frame);
    json_add_clean(one, "what", f->what);
    json_add(to, NULL, one);
}

void verify_report_above(verify_report *r, const cz_finding *f)
{
    if (r)
        add_finding(r->above, f);
}

void verify_report_found(verify_report *r, const cz_finding *f)
{
    if (r && r->n_findings++ < FINDINGS_MAX)
        add_finding(r->findings, f);
}

/* ---- Clips ----------------------------------------------------------------------------------- */

static int read_marker(commit_marker **out, const verify_report *r, cz_error *err)
{
    return commit_marker_read(out, r->store->os, r->store->zarr, r->clip, err);
}

static const char *digest_of(const commit_marker *m)
{
    const char *text = NULL;
    return m && json_text(&text, m->ours, "digest", "", NULL) == CZ_OK ? text : NULL;
}

void verify_report_clip(verify_report *r, const char *clip)
{
    if (!r)
        return;
    (void)snprintf(r->clip, sizeof r->clip, "%s", clip);
    r->findings = json_array();
    r->n_findings = 0;
    r->marker_rc = read_marker(&r->marker, r, &r->marker_error);
}

/* What the commit marker says of the clip and its source, whose bytes it covers by its digest. */
static void add_from_marker(cJSON *to, const commit_marker *m)
{
    static const char *const names[] = {"format", "software",       "fingerprint",
                                        "frames", "damaged_frames", "source"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const cJSON *item = json_at(m->ours, names[i]);
        if (item)
            json_add(to, names[i], json_copy(item));
    }
    json_add_text(to, "marker_digest", digest_of(m));
    json_add_u64(to, "objects",
                 1 + m->n_objects + commit_marker_shards(m) + commit_marker_source_chunks(m));
}

/* Whether the commit marker is the one that was read before: the clip may have been replaced, or
 * its attributes changed, while it was verified. */
static int check_marker(const verify_report *r, cz_error *err)
{
    commit_marker *now = NULL;
    if (r->marker_rc < 0) {
        *err = r->marker_error;
        return r->marker_rc;
    }
    int rc = read_marker(&now, r, err);
    const char *before = digest_of(r->marker), *after = digest_of(now);
    if (rc == CZ_OK && (!before || !after || strcmp(before, after) != 0))
        rc = cz_fail(err, CZ_CHANGED, "%s: changed while it was verified", r->clip);
    commit_marker_free(&now);
    return rc;
}

void verify_report_result(verify_report *r, clip_state state, uint64_t differences,
                          const cz_error *err)
{
    cz_error why;
    if (!r)
        return;
    if (state == CLIP_SOUND && check_marker(r, &why) < 0) {
        state = CLIP_FAILED;
        err = &why;
        r->code = say_error(&why);
    }
    r->count[state]++;
    cJSON *to = json_object();
    json_add_clean(to, "clip", r->clip);
    json_add_text(to, "status", clip_state_name(state));
    json_add_u64(to, "differences", differences);
    if (r->o->source)
        add_place(to, "compared_with", r->o->source);
    if (state == CLIP_FAILED)
        json_add_error(to, err);
    if (r->marker)
        add_from_marker(to, r->marker);
    if (r->n_findings > FINDINGS_MAX)
        json_add_u64(to, "findings_omitted", r->n_findings - FINDINGS_MAX);
    json_add(to, "findings", r->findings);
    r->findings = NULL;
    json_add(r->clips, NULL, to);
    commit_marker_free(&r->marker);
}

/* ---- File ------------------------------------------------------------------------------------ */

/* "sound" if everything that was verified is, so that a script need read nothing else. */
static void add_summary(verify_report *r, int code)
{
    uint64_t all = 0;
    cJSON *counts = json_object();
    for (int i = 0; i < N_CLIP_STATES; i++) {
        json_add_u64(counts, clip_state_name((clip_state)i), r->count[i]);
        all += r->count[i];
    }
    const bool sound = code == EXIT_DONE && all == r->count[CLIP_SOUND] && all > 0;
    json_add_text(r->doc, "status", sound ? "sound" : "not_sound");
    json_add(r->doc, "counts", counts);
    json_add(r->doc, "findings", r->above);
    json_add(r->doc, "clips", r->clips);
    r->above = r->clips = NULL;
}

/* The digest is that of the text with 64 zeros in its place, as in a commit marker. */
static int close_with_digest(buf *text, cJSON *doc, cz_error *err)
{
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    char hex[SHA256_HEX + 1];
    const size_t after = sizeof "\"\n}\n" - 1;
    json_add_text(doc, "digest", zeros);
    int rc = json_print(text, doc, false, err);
    if (rc == CZ_OK)
        rc = sha256_hex(hex, text->at, text->len, err);
    if (rc == CZ_OK)
        memcpy(text->at + text->len - after - SHA256_HEX, hex, SHA256_HEX);
    return rc;
}

int verify_report_publish(verify_report *r, int code)
{
    buf text = {0};
    cz_error err;
    if (!r || code == EXIT_STOPPED)
        return code;
    if (code == EXIT_DONE)
        code = r->code;
    add_summary(r, code);
    int rc = close_with_digest(&text, r->doc, &err);
    if (rc == CZ_OK)
        rc = out_write(&r->file, text.at, text.len, &err);
    if (rc == CZ_OK)
        rc = out_publish(&r->file, &err);
    buf_free(&text);
    if (rc == CZ_OK)
        return code;
    const int failed = say_error(&err);
    return code == EXIT_DONE ? failed : code;
}
