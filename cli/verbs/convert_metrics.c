#include "cli/verbs/convert_metrics.h"

#include <inttypes.h>

#include "base/buf.h"
#include "cli/out_file.h"

static void add_counter(buf *to, const char *name, const char *help, uint64_t v)
{
    buf_printf(to,
               "# TYPE camzarr_%s counter\n# HELP camzarr_%s %s\ncamzarr_%s_total %" PRIu64 "\n",
               name, name, help, name, v);
}

static void add_clips(buf *to, const convert_counts *c)
{
    const struct {
        const char *status;
        size_t n;
    } all[] = {{"converted", c->converted}, {"recovered", c->recovered}, {"present", c->present},
               {"planned", c->planned},     {"empty", c->empty},         {"failed", c->failed}};
    buf_printf(to, "# TYPE camzarr_clips counter\n"
                   "# HELP camzarr_clips Clips that have ended, by status.\n");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        buf_printf(to, "camzarr_clips_total{status=\"%s\"} %zu\n", all[i].status, all[i].n);
}

static void add_text(buf *to, const convert_counts *c, size_t left, double seconds)
{
    add_clips(to, c);
    buf_printf(to,
               "# TYPE camzarr_clips_left gauge\n"
               "# HELP camzarr_clips_left Clips that have not ended.\n"
               "camzarr_clips_left %zu\n",
               left);
    add_counter(to, "frames", "Frames converted.", c->frames);
    add_counter(to, "source_bytes", "Bytes of sources that were converted.", c->bytes_read);
    add_counter(to, "store_bytes", "Bytes put into the store.", c->bytes_written);
    add_counter(to, "retries", "Requests that were sent again.", c->retries);
    buf_printf(to,
               "# TYPE camzarr_run_seconds gauge\n"
               "# UNIT camzarr_run_seconds seconds\n"
               "# HELP camzarr_run_seconds Time since the start.\n"
               "camzarr_run_seconds %.3f\n# EOF\n",
               seconds);
}

int convert_metrics_write(const char *path, const convert_counts *c, size_t left, double seconds,
                          cz_error *err)
{
    buf text = {0};
    out_file out = OUT_FILE_NONE;
    add_text(&text, c, left, seconds);
    int rc = text.bad ? cz_fail_memory(err, "%s", path) : out_open(&out, path, true, err);
    if (rc == CZ_OK)
        rc = out_write(&out, text.at, text.len, err);
    if (rc == CZ_OK)
        rc = out_publish(&out, err);
    out_close(&out, err);
    buf_free(&text);
    return rc;
}
