#include "convert/pass_result.h"

#include <stdlib.h>

int pass_result_init(pass_result *r, const plan *p, cz_error *err)
{
    const size_t n = (size_t)p->movie->n_frames, shards = (size_t)p->n_shards;
    const size_t chunks = (size_t)(p->extra_bytes / SOURCE_CHUNK + 1);
    *r = (pass_result){.crc32c = calloc(n, sizeof *r->crc32c),
                       .flags = calloc(n, sizeof *r->flags),
                       .shard_head = calloc(shards, sizeof *r->shard_head),
                       .shard = calloc(shards, sizeof *r->shard),
                       .chunk = calloc(chunks, sizeof *r->chunk)};
    if (!r->crc32c || !r->flags || !r->shard_head || !r->shard || !r->chunk)
        return cz_fail_memory(err, "tables of %zu frames", n);
    return CZ_OK;
}

void pass_result_free(pass_result *r)
{
    if (!r)
        return;
    free(r->crc32c);
    free(r->flags);
    free(r->shard_head);
    free(r->shard);
    free(r->chunk);
    *r = (pass_result){0};
}
