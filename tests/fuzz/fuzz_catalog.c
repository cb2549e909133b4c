/* catalog/catalog_text_read.c: catalog.jsonl.
 *
 * The input is the text without its last line: the digest is added, so that parsing is reached. */
#include "catalog/catalog_text.h"

#include <stdlib.h>
#include <string.h>

#include "format/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void promise(bool kept)
{
    if (!kept)
        abort();
}

static void check(const catalog_text *c)
{
    uint64_t scenes = 0;
    for (size_t i = 0; i < c->n_clips; i++) {
        const catalog_clip *row = &c->clip[i];
        const cz_facts *f = &row->facts;
        promise(clip_name_ok(f->name) && catalog_text_find(c, f->name) == row);
        promise(i == 0 || catalog_clip_order(row - 1, row) < 0);
        promise(f->frames > 0 && f->frames < UINT64_C(1) << 28 && f->start <= f->end);
        promise(f->rate_den > 0 && f->damaged_frames <= f->frames && row->n_scenes <= f->frames);
        promise(strlen(f->source_md5) == MD5_HEX && strlen(row->marker_digest) == SHA256_HEX);
        promise(f->codec && f->chroma && f->interlace && f->start_from && row->overview);
        scenes += row->n_scenes;
    }
    promise(scenes == c->n_scenes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    cz_error err;
    catalog_text *c = NULL;
    catalog_scene *scene = NULL;
    buf text = {0};
    buf_add(&text, data, n);
    if (text.bad || catalog_print_digest(&text, NULL) < 0)
        abort();
    int rc = catalog_text_parse(&c, &text, "fuzz", &err);
    promise(rc == CZ_OK || (c == NULL && err.code == rc && err.message[0]));
    if (rc == CZ_OK) {
        check(c);
        rc = catalog_text_scenes(&scene, c, &err);
        promise(rc == CZ_OK || scene == NULL);
        for (uint64_t i = 0; scene && i < c->n_scenes; i++)
            promise(scene[i].clip < c->n_clips &&
                    scene[i].last < c->clip[scene[i].clip].facts.frames);
    }
    free(scene);
    catalog_text_free(&c);
    buf_free(&text);
    return 0;
}
