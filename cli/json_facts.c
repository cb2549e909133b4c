#include "cli/json_facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "cli/say.h"

bool start_known(const char *start_from)
{
    return strcmp(start_from, "none") != 0;
}

void json_add_time(cJSON *to, const char *name, int64_t ns)
{
    char text[TIMESTAMP_TEXT_MAX];
    timestamp_format(text, ns);
    json_add_text(to, name, text);
}

void json_add_span(cJSON *to, int64_t start, int64_t end, const char *start_from)
{
    json_add_time(to, "start", start);
    json_add_time(to, "end", end);
    json_add_text(to, "start_from", start_from);
    json_add_double(to, "duration", (double)(end - start) / 1e9);
}

void json_add_texts(cJSON *to, const char *name, char *const *text, size_t n)
{
    cJSON *array = json_array();
    for (size_t i = 0; i < n; i++) {
        buf clean = {0};
        add_clean(&clean, text[i]);
        const char *s = buf_text(&clean);
        json_add_text(array, NULL, s);
        buf_free(&clean);
    }
    json_add(to, name, array);
}

void json_add_rate(cJSON *to, uint32_t num, uint32_t den)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRIu32 "/%" PRIu32, num, den);
    json_add_text(to, "frame_rate", text);
}
