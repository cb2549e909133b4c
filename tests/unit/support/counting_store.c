#include "tests/unit/support/counting_store.h"

static int count_get(object_store *os, os_read *reads, size_t n, void (*done)(os_read *r),
                     cz_error *err)
{
    counting_store *c = (counting_store *)os;
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++)
        bytes += reads[i].len;
    c->trips++;
    c->ranges += n;
    c->bytes += bytes;
    if (bytes > c->most)
        c->most = bytes;
    return os_get(c->of, reads, n, done, err);
}

static int count_get_all(object_store *os, const char *key, size_t max, buf *out, cz_error *err)
{
    counting_store *c = (counting_store *)os;
    c->trips++;
    c->ranges++;
    return os_get_all(c->of, key, max, out, err);
}

static int count_stat(object_store *os, const char *key, uint64_t *ret_size, cz_error *err)
{
    counting_store *c = (counting_store *)os;
    c->trips++;
    return os_stat(c->of, key, ret_size, err);
}

static int hand_put(object_store *os, const char *key, const os_body *body, os_put_mode mode,
                    cz_error *err)
{
    return os_put_body(((counting_store *)os)->of, key, body, mode, err);
}

static int hand_list(object_store *os, const char *prefix, bool delimiter,
                     int (*each)(void *user, const os_object *o), void *user, cz_error *err)
{
    counting_store *c = (counting_store *)os;
    c->trips++;
    return os_list(c->of, prefix, delimiter, each, user, err);
}

static int hand_remove(object_store *os, const char *key, cz_error *err)
{
    return os_remove(((counting_store *)os)->of, key, err);
}

static void close_inner(object_store *os)
{
    os_close(&((counting_store *)os)->of);
}

void counting_store_begin(counting_store *c, object_store **of)
{
    static const object_store_ops ops = {.get = count_get,
                                         .get_all = count_get_all,
                                         .stat = count_stat,
                                         .put = hand_put,
                                         .list = hand_list,
                                         .remove = hand_remove,
                                         .close = close_inner};
    *c = (counting_store){.base = {.ops = &ops, .url = (*of)->url, .range_cost = (*of)->range_cost},
                          .of = *of};
    *of = NULL;
}

void counting_store_reset(counting_store *c)
{
    c->trips = c->ranges = c->bytes = c->most = 0;
}
