/* Building documents. After a failed allocation json_print() refuses the document: an incomplete
 * container becomes invalid, and json_missing() replaces an item. */
#include "store/json/json.h"
#include "store/json/json_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Replaces every item that could not be allocated; never modified or freed. NULL cannot be used,
 * since callers pass NULL for optional values. */
static const cJSON missing = {.type = cJSON_Invalid};

static cJSON *json_missing(void)
{
    return (cJSON *)(uintptr_t)&missing;
}

static cJSON *item_or_missing(cJSON *item)
{
    return item ? item : json_missing();
}

cJSON *json_object(void)
{
    return item_or_missing(cJSON_CreateObject());
}

cJSON *json_array(void)
{
    return item_or_missing(cJSON_CreateArray());
}

cJSON *json_string(const char *text)
{
    return item_or_missing(text ? cJSON_CreateString(text) : NULL);
}

cJSON *json_copy(const cJSON *item)
{
    return item_or_missing(item ? cJSON_Duplicate(item, true) : NULL);
}

void json_free(cJSON *item)
{
    if (item != &missing)
        cJSON_Delete(item);
}

bool json_is_whole(const cJSON *item)
{
    if (!item || (item->type & 0xff) == cJSON_Invalid)
        return false;
    for (const cJSON *child = item->child; child; child = child->next)
        if (!json_is_whole(child))
            return false;
    return true;
}

void json_add(cJSON *to, const char *name, cJSON *item)
{
    if (!to || to == &missing) {
        json_free(item);
        return;
    }
    const bool added =
        item && item != &missing &&
        (name ? cJSON_AddItemToObject(to, name, item) : cJSON_AddItemToArray(to, item));
    if (!added) {
        json_free(item);
        to->type = cJSON_Invalid; /* its children are still freed with it */
    }
}

/* The same item that json_parse() creates for these digits. */
static cJSON *integer(const char *digits, double v)
{
    const size_t n = strlen(digits) - (*digits == '-');
    return n > JSON_DIGITS ? cJSON_CreateRaw(digits) : cJSON_CreateNumber(v);
}

void json_add_u64(cJSON *to, const char *name, uint64_t v)
{
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%" PRIu64, v);
    json_add(to, name, integer(digits, (double)v));
}

void json_add_i64(cJSON *to, const char *name, int64_t v)
{
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%" PRIi64, v);
    json_add(to, name, integer(digits, (double)v));
}

void json_add_double(cJSON *to, const char *name, double v)
{
    json_add(to, name, cJSON_CreateNumber(v));
}

void json_add_text(cJSON *to, const char *name, const char *text)
{
    json_add(to, name, json_string(text));
}

void json_add_optional_text(cJSON *to, const char *name, const char *text)
{
    if (text)
        json_add_text(to, name, text);
}

void json_add_bool(cJSON *to, const char *name, bool v)
{
    json_add(to, name, cJSON_CreateBool(v));
}

void json_add_null(cJSON *to, const char *name)
{
    json_add(to, name, cJSON_CreateNull());
}
