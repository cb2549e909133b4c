/* Request targets of any bytes: a key never leaves the store, a clip is one segment, and a region
 * of IIIF lies in its picture. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/serve/iiif_request.h"
#include "cli/serve/origin.h"
#include "cli/serve/target.h"
#include "store/objects/object_store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_image(const target *t)
{
    iiif_request q;
    if (iiif_parse(&q, t->rest, 1920, 1080, NULL) < 0)
        return;
    if (q.width == 0 || q.height == 0 || q.x + q.width > 1920 || q.y + q.height > 1080 ||
        q.out_width == 0 || q.out_height == 0 || q.out_width > q.width || q.out_height > q.height)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    target t;
    char *raw = malloc(size + 1);
    if (!raw)
        return 0;
    memcpy(raw, data, size);
    raw[size] = '\0';
    (void)host_is_loopback(raw);
    (void)origin_is_allowed(raw, NULL);
    if (target_parse(&t, raw, NULL) == CZ_OK) {
        if (t.kind == TARGET_OBJECT && !os_key_valid(t.text))
            abort();
        if (t.kind != TARGET_OBJECT && strchr(t.text, '/'))
            abort();
        if (t.kind == TARGET_IIIF_IMAGE)
            check_image(&t);
    }
    free(raw);
    return 0;
}
