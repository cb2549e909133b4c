#include "format/chunk_list.h"
#include "format/member_names.h"
#include "store/json/json.h"

int chunk_list_print_line(buf *out, const char *rel_key, uint64_t size, const char *sha256,
                          cz_error *err)
{
    cJSON *line = json_object();
    json_add_text(line, MEMBER_KEY, rel_key);
    json_add_u64(line, MEMBER_SIZE, size);
    json_add_text(line, MEMBER_SHA256, sha256);
    const int rc = json_print(out, line, true, err);
    json_free(line);
    return rc;
}
