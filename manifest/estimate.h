/* What the conversion of a manifest costs: objects, requests, time and money. Pure, but for reading
 * the price table. */
#ifndef CZ_MANIFEST_ESTIMATE_H
#define CZ_MANIFEST_ESTIMATE_H

#include "manifest/manifest.h"

/* Prices in one currency. */
typedef struct price_table {
    char currency[8];
    double put_1000, get_1000; /* of the store's requests */
    double source_get_1000;    /* of the source's */
    double storage_gb_month;   /* of 10^9 bytes */
    double egress_gb;          /* of the source, for 10^9 bytes */
} price_table;

/* List prices of Amazon S3 Standard in 2026, in USD: nothing for the source. */
void price_table_default(price_table *out);
/* Replace those that a JSON object has (docs/ingest.md). `what` names it in messages. Errors:
 * FORMAT, also for a member that is not known, NOMEM. */
int price_table_parse(price_table *out, const void *text, size_t n, const char *what,
                      cz_error *err);

typedef struct estimate {
    uint64_t clips, bytes, frames;
    uint64_t guessed;         /* clips whose size or frames are not known exactly */
    uint64_t objects;         /* in the store */
    uint64_t puts, gets;      /* requests to the store, if it is remote */
    uint64_t source_requests; /* if the source is remote */
    double seconds;           /* at the speed of the link */
    double request_cost, egress_cost, storage_cost_month;
} estimate;

/* link: bytes a second. frames_per_shard as in cz_convert_job. Rows that cannot be converted are
 * left out. */
void estimate_make(estimate *out, const manifest *m, uint64_t frames_per_shard, uint64_t link,
                   const price_table *prices);
/* The caller owns it. */
cJSON *estimate_json(const estimate *e, const price_table *prices);

#endif
