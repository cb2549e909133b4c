/* store/json/ with any bytes. Valid JSON is printed, parsed and printed again: the same text. */
#include "store/json/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void print(buf *out, const cJSON *doc, bool line)
{
    if (json_print(out, doc, line, NULL) != CZ_OK)
        abort();
}

/* Every number is asked for both ways; every text by its own path, where it has one. */
static void ask(const cJSON *item)
{
    uint64_t u;
    int64_t i;
    const char *text;
    cz_error err;
    (void)json_u64(&u, item, "", "fuzz", &err);
    (void)json_i64(&i, item, "", "fuzz", &err);
    if (cJSON_IsString(item) && json_text(&text, item, "", "fuzz", &err) != CZ_OK)
        abort();
    for (const cJSON *child = item->child; child; child = child->next) {
        if (child->string && !strchr(child->string, '.') && *child->string &&
            json_at(item, child->string) != child)
            abort();
        ask(child);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    cJSON *doc = NULL, *again = NULL;
    cz_error err;
    if (json_parse(&doc, data, n, "fuzz", &err) != CZ_OK)
        return 0;
    ask(doc);
    buf first = {0}, second = {0};
    print(&first, doc, true);
    print(&first, doc, false);
    const char *text = buf_text(&first);
    if (!text || json_parse(&again, text, strcspn(text, "\n"), "fuzz", &err) != CZ_OK)
        abort();
    print(&second, again, true);
    print(&second, again, false);
    if (first.len != second.len || memcmp(first.at, second.at, first.len) != 0)
        abort();
    buf_free(&first);
    buf_free(&second);
    cJSON_Delete(doc);
    cJSON_Delete(again);
    return 0;
}
