#include "format/conversion_record.h"

#include <stdio.h>
#include <string.h>

#include "format/layout.h"
#include "format/member_names.h"
#include "store/json/json.h"

#define KIND_REMOVAL "removal"
#define KIND_CONVERSION "begun"
enum { CONVERSION_RECORD_MAX = 64 << 10 };

/* For messages; a record without them is one, too. */
static void read_source(conversion_record *out, const cJSON *doc, const char *key)
{
    const char *name;
    out->source_name[0] = '\0';
    out->source_bytes = 0;
    if (json_text(&name, doc, MEMBER_CAMZARR "." MEMBER_SOURCE "." MEMBER_NAME, key, NULL) == CZ_OK)
        (void)snprintf(out->source_name, sizeof out->source_name, "%s", name);
    (void)json_u64(&out->source_bytes, doc, MEMBER_CAMZARR "." MEMBER_SOURCE "." MEMBER_BYTES, key,
                   NULL);
}

int conversion_record_read(conversion_record *out, object_store *os, const char *clip,
                           cz_error *err)
{
    char key[KEY_MAX];
    clip_key(key, clip, REL_KEY_RECORD);
    buf text = {0};
    cJSON *doc = NULL;
    const char *fingerprint, *kind;
    int rc = os_get_all(os, key, CONVERSION_RECORD_MAX, &text, err);
    if (rc == CZ_OK)
        rc = json_parse(&doc, text.at, text.len, key, err);
    if (rc == CZ_OK)
        rc = json_text(&fingerprint, doc, MEMBER_CAMZARR "." MEMBER_FINGERPRINT, key, err);
    if (rc == CZ_OK && strlen(fingerprint) != SHA256_HEX)
        rc = cz_fail(err, CZ_FORMAT, "%s: no fingerprint in it", key);
    if (rc == CZ_OK) {
        memcpy(out->fingerprint, fingerprint, SHA256_HEX + 1);
        out->is_removal =
            json_text(&kind, doc, MEMBER_CAMZARR "." MEMBER_KIND, key, NULL) == CZ_OK &&
            strcmp(kind, KIND_REMOVAL) == 0;
        read_source(out, doc, key);
    }
    json_free(doc);
    buf_free(&text);
    return rc;
}

/* Moves source; NULL: none. */
static int put_record(object_store *os, const char *clip, const char *kind, const char *fingerprint,
                      cJSON *source, os_put_mode mode, cz_error *err)
{
    char key[KEY_MAX];
    clip_key(key, clip, REL_KEY_RECORD);
    cJSON *doc = json_object(), *ours = json_object();
    json_add_text(ours, MEMBER_FORMAT, FORMAT_TEXT);
    json_add_text(ours, MEMBER_KIND, kind);
    json_add_text(ours, MEMBER_FINGERPRINT, fingerprint);
    if (source)
        json_add(ours, MEMBER_SOURCE, source);
    json_add(doc, MEMBER_CAMZARR, ours);
    buf text = {0};
    int rc = json_print_stored(&text, doc, err);
    if (rc == CZ_OK)
        rc = os_put(os, key, text.at, text.len, mode, err);
    buf_free(&text);
    json_free(doc);
    return rc;
}

int conversion_record_write(object_store *os, const char *clip, const char *fingerprint,
                            const char *source_name, uint64_t source_bytes, bool replace,
                            cz_error *err)
{
    cJSON *source = json_object();
    json_add_text(source, MEMBER_NAME, source_name);
    json_add_u64(source, MEMBER_BYTES, source_bytes);
    return put_record(os, clip, KIND_CONVERSION, fingerprint, source,
                      replace ? OS_COMMIT : OS_CREATE, err);
}

int removal_record_write(object_store *os, const char *clip, const char *identity, cz_error *err)
{
    return put_record(os, clip, KIND_REMOVAL, identity, NULL, OS_COMMIT, err);
}

int conversion_record_remove(object_store *os, const char *clip, const char *fingerprint,
                             cz_error *err)
{
    char key[KEY_MAX];
    conversion_record there;
    cz_error why = {0};
    clip_key(key, clip, REL_KEY_RECORD);
    int rc = conversion_record_read(&there, os, clip, &why);
    if (rc == CZ_OK && strcmp(there.fingerprint, fingerprint) != 0)
        return cz_fail(err, CZ_CHANGED, "clips/%s: another conversion or removal took it over",
                       clip);
    if (rc == CZ_OK)
        rc = os_remove(os, key, &why);
    if (rc < 0 && rc != CZ_ABSENT && err)
        *err = why;
    return rc == CZ_ABSENT ? CZ_OK : rc;
}
