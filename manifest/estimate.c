#include "manifest/estimate.h"

#include <string.h>

/* Measured with conversions of Zarr version 3 into an S3 server. */
enum {
    CLIP_OBJECTS = 30,      /* beside its shards: documents, columns, commit marker, other bytes */
    CLIP_PUTS = 32,         /* those, and the conversion record */
    CLIP_GETS = 70,         /* lookups before the first put, and of the record beside each put */
    SHARD_GETS = 2,         /* of the record, before and after a shard's put */
    SOURCE_RANGE = 2 << 20, /* bytes of one request to the source */
    CLIP_SOURCE_REQUESTS = 10,
    FRAME_BYTES = 588000, /* of the usual file of CamHD, where the number of frames is unknown */
    SHARD_BYTES_MAX = 48 << 20,
};

void price_table_default(price_table *out)
{
    *out = (price_table){
        .currency = "USD", .put_1000 = 0.005, .get_1000 = 0.0004, .storage_gb_month = 0.021};
}

static int parse_price(price_table *out, const cJSON *item, const char *what, cz_error *err)
{
    const struct {
        const char *name;
        double *to;
    } prices[] = {{"put_1000", &out->put_1000},
                  {"get_1000", &out->get_1000},
                  {"source_get_1000", &out->source_get_1000},
                  {"storage_gb_month", &out->storage_gb_month},
                  {"egress_gb", &out->egress_gb}};
    for (size_t i = 0; i < sizeof prices / sizeof *prices; i++) {
        if (strcmp(item->string, prices[i].name) != 0)
            continue;
        if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) || item->valuedouble > 1e9)
            return cz_fail(err, CZ_FORMAT, "%s: %s: not a price", what, item->string);
        *prices[i].to = item->valuedouble;
        return CZ_OK;
    }
    return cz_fail(err, CZ_FORMAT, "%s: %.100s: unknown price", what, item->string);
}

static int parse_currency(price_table *out, const cJSON *item, const char *what, cz_error *err)
{
    if (!cJSON_IsString(item) || strlen(item->valuestring) >= sizeof out->currency)
        return cz_fail(err, CZ_FORMAT, "%s: currency: not a text of up to 7 letters", what);
    memcpy(out->currency, item->valuestring, strlen(item->valuestring) + 1);
    return CZ_OK;
}

int price_table_parse(price_table *out, const void *text, size_t n, const char *what, cz_error *err)
{
    cJSON *doc = NULL;
    price_table parsed = *out;
    const cJSON *item;
    int rc = json_parse(&doc, text, n, what, err);
    if (rc == CZ_OK && !cJSON_IsObject(doc))
        rc = cz_fail(err, CZ_FORMAT, "%s: not an object of prices", what);
    if (rc == CZ_OK) {
        cJSON_ArrayForEach(item, doc)
        {
            rc = strcmp(item->string, "currency") == 0 ? parse_currency(&parsed, item, what, err)
                                                       : parse_price(&parsed, item, what, err);
            if (rc < 0)
                break;
        }
    }
    json_free(doc);
    if (rc == CZ_OK)
        *out = parsed;
    return rc;
}

/* Shards of a clip: frames_per_shard is halved until a shard of usual frames is small enough. */
static uint64_t shards_of(uint64_t size, uint64_t frames, uint64_t per_shard)
{
    const uint64_t frame = size / frames;
    while (per_shard > 1 && frame > SHARD_BYTES_MAX / per_shard)
        per_shard /= 2;
    return (frames + per_shard - 1) / per_shard;
}

static void add_row(estimate *e, const manifest_row *row, uint64_t per_shard)
{
    const bool sized = row->size != MANIFEST_SIZE_UNKNOWN;
    const uint64_t size = sized ? row->size : 0;
    const uint64_t frames = row->frames ? row->frames : size / FRAME_BYTES + 1;
    const uint64_t shards = shards_of(size, frames, per_shard);
    e->clips++;
    e->bytes += size;
    e->frames += frames;
    e->guessed += !sized || row->size_is_rounded || !row->frames;
    e->objects += CLIP_OBJECTS + shards;
    e->puts += CLIP_PUTS + shards;
    e->gets += CLIP_GETS + SHARD_GETS * shards;
    e->source_requests += CLIP_SOURCE_REQUESTS + size / SOURCE_RANGE;
}

void estimate_make(estimate *out, const manifest *m, uint64_t frames_per_shard, uint64_t link,
                   const price_table *prices)
{
    *out = (estimate){0};
    for (size_t i = 0; i < manifest_count(m); i++) {
        const manifest_row *row = manifest_at(m, i);
        /* Hostile sizes cannot add up to more than 64 bits hold. */
        if (row->problem != MANIFEST_UNREADABLE && row->problem != MANIFEST_EMPTY &&
            (row->size == MANIFEST_SIZE_UNKNOWN || row->size < UINT64_MAX / 2 - out->bytes))
            add_row(out, row, frames_per_shard);
    }
    const double gb = (double)out->bytes / 1e9;
    out->seconds = (double)out->bytes / (double)link;
    out->request_cost = (double)out->puts / 1000 * prices->put_1000 +
                        (double)out->gets / 1000 * prices->get_1000 +
                        (double)out->source_requests / 1000 * prices->source_get_1000;
    out->egress_cost = gb * prices->egress_gb;
    out->storage_cost_month = gb * prices->storage_gb_month;
}

cJSON *estimate_json(const estimate *e, const price_table *prices)
{
    cJSON *to = json_object();
    json_add_u64(to, "clips", e->clips);
    json_add_u64(to, "bytes", e->bytes);
    json_add_u64(to, "frames", e->frames);
    json_add_u64(to, "guessed", e->guessed);
    json_add_u64(to, "objects", e->objects);
    json_add_u64(to, "puts", e->puts);
    json_add_u64(to, "gets", e->gets);
    json_add_u64(to, "source_requests", e->source_requests);
    json_add_double(to, "seconds", e->seconds);
    json_add_text(to, "currency", prices->currency);
    json_add_double(to, "request_cost", e->request_cost);
    json_add_double(to, "egress_cost", e->egress_cost);
    json_add_double(to, "storage_cost_month", e->storage_cost_month);
    return to;
}
