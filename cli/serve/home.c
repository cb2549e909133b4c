/* The page of clips: no script, so that names and texts of a store cannot run any. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/timestamp.h"
#include "cli/json_facts.h"
#include "cli/serve/replies.h"
#include "cli/units.h"
#include "store/text/encode.h"

enum { TILES = 6 }; /* pictures of a clip */

static const char style[] =
    ":root{color-scheme:light dark}"
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}"
    "article{margin:0 0 1.6rem}h1{font-size:1.4rem}h2{font-size:1rem;margin:0}"
    "p{margin:.1rem 0 .4rem;opacity:.75}"
    "div{display:grid;grid-template-columns:repeat(6,1fr);gap:4px}"
    "img{width:100%;height:auto;display:block;background:#8883}nav a{margin-right:1rem}"
    "@media(max-width:40rem){div{grid-template-columns:repeat(3,1fr)}}";

static void add_text(buf *to, const char *text)
{
    for (const char *c = text; *c; c++) {
        const unsigned char u = (unsigned char)*c;
        if (u == '&' || u == '<' || u == '>' || u == '"' || u == '\'')
            buf_printf(to, "&#%d;", u);
        else if (u < 0x20 || u == 0x7f)
            buf_printf(to, "&#65533;");
        else
            buf_add(to, c, 1);
    }
}

static void add_tile(buf *to, const cz_facts *f, uint64_t frame)
{
    buf path = {0};
    buf_printf(&path, "/v1/clips/");
    uri_encode(&path, f->name, false);
    const char *clip = buf_text(&path);
    if (clip)
        buf_printf(to,
                   "<a href=\"%s/frames/%" PRIu64 ".png\"><img loading=lazy alt=\"frame %" PRIu64
                   "\" width=%u height=%u src=\"%s/frames/%" PRIu64
                   ".jpg?scale=1/8&amp;conceal=1\"></a>\n",
                   clip, frame, frame, (f->width + 7) / 8, (f->height + 7) / 8, clip, frame);
    to->bad |= path.bad;
    buf_free(&path);
}

static void add_article(buf *to, const cz_facts *f)
{
    char start[TIMESTAMP_TEXT_MAX] = "unknown start", duration[UNITS_TEXT_MAX],
         size[UNITS_TEXT_MAX];
    if (start_known(f->start_from))
        timestamp_format(start, f->start);
    duration_text(duration, f->end - f->start);
    size_text(size, f->source_bytes);
    buf_printf(to, "<article><h2>");
    add_text(to, f->name);
    buf_printf(to,
               "</h2><p>%s, %s, %" PRIu64 " frames of %" PRIu32 " x %" PRIu32 ", %s%s</p><div>\n",
               start, duration, f->frames, f->width, f->height, size,
               f->damaged_frames ? ", damaged frames" : "");
    const uint64_t n = f->frames < TILES ? f->frames : TILES;
    for (uint64_t i = 0; i < n; i++)
        add_tile(to, f, f->frames / n * i + f->frames % n * i / n);
    buf_printf(to, "</div></article>\n");
}

typedef struct page {
    buf articles;
    uint64_t first, n;
} page;

static int add_clip(void *user, const char *name, const cz_facts *facts, const cz_error *failed)
{
    page *p = user;
    const uint64_t i = p->n++;
    if (i < p->first || i - p->first >= HOME_CLIPS)
        return CZ_OK;
    if (facts) {
        add_article(&p->articles, facts);
        return CZ_OK;
    }
    buf_printf(&p->articles, "<article><h2>");
    add_text(&p->articles, name);
    buf_printf(&p->articles, "</h2><p>");
    add_text(&p->articles, failed->message);
    buf_printf(&p->articles, "</p></article>\n");
    return CZ_OK;
}

static void add_navigation(buf *to, const page *p)
{
    buf_printf(to, "<nav>");
    if (p->first > 0)
        buf_printf(to, "<a href=\"/?from=%" PRIu64 "\">earlier</a>",
                   p->first > HOME_CLIPS ? p->first - HOME_CLIPS : 0);
    if (p->n > p->first && p->n - p->first > HOME_CLIPS)
        buf_printf(to, "<a href=\"/?from=%" PRIu64 "\">later</a>", p->first + HOME_CLIPS);
    buf_printf(to, "<a href=\"/openapi.json\">addresses</a></nav>");
}

int reply_home(reply *r, site *s, uint64_t first, cz_error *err)
{
    page p = {.first = first};
    int rc = cz_list(s->store, add_clip, &p, err);
    buf *to = &r->body;
    buf_printf(to,
               "<!doctype html><html lang=en><meta charset=utf-8><title>camzarr</title>"
               "<meta name=viewport content=\"width=device-width\"><style>%s</style><h1>",
               style);
    add_text(to, s->os->url);
    buf_printf(to, "</h1><p>%" PRIu64 " clip%s</p>\n", p.n, p.n == 1 ? "" : "s");
    buf_add(to, p.articles.at, p.articles.len);
    add_navigation(to, &p);
    if (rc == CZ_OK && (to->bad || p.articles.bad))
        rc = cz_fail_memory(err, "page of clips");
    buf_free(&p.articles);
    r->status = 200;
    r->type = "text/html; charset=utf-8";
    return rc;
}

int home_policy(buf *out, cz_error *err)
{
    char hex[SHA256_HEX + 1];
    const int rc = sha256_hex(hex, style, sizeof style - 1, err);
    if (rc < 0)
        return rc;
    buf_printf(out, "default-src 'none'; img-src 'self'; base-uri 'none'; form-action 'none'; "
                    "frame-ancestors 'none'; style-src 'sha256-");
    base64_of_hex(out, hex);
    buf_printf(out, "'");
    return out->bad ? cz_fail_memory(err, "policy of the page") : CZ_OK;
}
