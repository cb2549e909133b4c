#include "cli/options.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/say.h"
#include "format/layout.h"

typedef enum option_kind {
    KIND_FLAG,  /* bool */
    KIND_TEXT,  /* const char * */
    KIND_TEXTS, /* text_list: may be repeated */
    KIND_COUNT, /* uint64_t, within min..max */
    KIND_SIZE,  /* the same in bytes, with an optional K, M, G or T */
} option_kind;

typedef struct option_row {
    const char *name;
    char letter; /* 0: none */
    option_kind kind;
    const char *value; /* placeholder in the help; NULL for a flag */
    size_t at;         /* in options */
    uint64_t min, max;
    unsigned verbs;
    const char *help;
} option_row;

#define AT(field) offsetof(options, field)
#define MIB ((uint64_t)1 << 20)
#define EVERY_VERB (~0u)
#define VERB_NETWORK                                                                               \
    (VERB_CONVERT | VERB_LS | VERB_FRAME | VERB_VERIFY | VERB_RESTORE | VERB_EXPORT |              \
     VERB_ATTRIBUTES | VERB_MANIFEST | VERB_SHEET | VERB_SERVE | VERB_CLEAN | VERB_ANALYSE |       \
     VERB_SCENES | VERB_FIND | VERB_CATALOG)

static const option_row table[] = {
    {"out", 'o', KIND_TEXT, "OUT", AT(out), 0, 0, VERB_FRAME | VERB_MANIFEST | VERB_SHEET,
     "where to write; - is standard output"},
    {"like", 0, KIND_TEXT, "CLIP@FRAME", AT(like), 0, 0, VERB_FIND, "the view to find"},
    {"clips", 0, KIND_TEXTS, "NAME", AT(clips), 0, 0, VERB_FIND,
     "search this clip, or those of a pattern; may be repeated"},
    {"min-score", 0, KIND_TEXT, "N", AT(min_score), 0, 0, VERB_FIND,
     "least score, above 0 and up to 1 (default: 0.7)"},
    {"limit", 0, KIND_COUNT, "N", AT(limit), 1, 1 << 20, VERB_FIND, "print the best N only"},
    {"label", 0, KIND_TEXT, "LABEL", AT(label), 0, 0, VERB_FIND,
     "print CSV that proposes LABEL for the scenes (see camzarr scenes)"},
    {"align", 0, KIND_TEXT, "OUT", AT(align), 0, 0, VERB_FIND,
     "write the pictures of all scenes, aligned with the frame"},
    {"frames", 0, KIND_TEXT, "FRAMES", AT(frames), 0, 0, VERB_EXPORT | VERB_SHEET,
     "these frames, or pictures of them (see camzarr frame)"},
    {"format", 0, KIND_TEXT, "FORM", AT(format), 0, 0,
     VERB_FRAME | VERB_EXPORT | VERB_SHEET | VERB_FIND,
     "pixel format (rgb24, gray16le, ...) or file format"},
    {"scale", 0, KIND_TEXT, "1/N", AT(scale), 0, 0, VERB_FRAME | VERB_EXPORT,
     "scale pictures to 1/2, 1/4 or 1/8"},
    {"region", 0, KIND_TEXT, "Y0:Y1,X0:X1", AT(region), 0, 0, VERB_FRAME | VERB_EXPORT,
     "crop the picture; ends are excluded"},
    {"fields", 0, KIND_TEXT, "WHICH", AT(fields), 0, 0, VERB_FRAME | VERB_EXPORT,
     "weave, top, bottom, bob-top or bob-bottom"},
    {"compression", 0, KIND_TEXT, "LEVEL", AT(compression), 0, 0, VERB_FRAME,
     "of PNG and TIFF: fast, default, best or none"},
    {"quality", 0, KIND_COUNT, "N", AT(quality), 1, 100, VERB_FRAME, "of JPEG (default: 95)"},
    {"chroma", 0, KIND_TEXT, "WHICH", AT(chroma), 0, 0, VERB_FRAME,
     "of JPEG: 4:4:4, 4:2:2, 4:2:0 (default: as recorded)"},
    {"conceal", 0, KIND_FLAG, NULL, AT(conceal), 0, 0, VERB_FRAME | VERB_EXPORT,
     "paint damaged areas grey instead of failing"},
    {"name", 0, KIND_TEXT, "NAME", AT(name), 0, 0, VERB_CONVERT,
     "name of the clip (default: file name without extension)"},
    {"frames-per-shard", 0, KIND_COUNT, "N", AT(frames_per_shard), 1, SHARD_FRAMES_MAX,
     VERB_CONVERT, "maximum frames per object (default: 64)"},
    {"zarr-format", 0, KIND_COUNT, "N", AT(zarr_format), 2, 3, VERB_CONVERT,
     "Zarr version of the store, 2 or 3 (default: 3)"},
    {"overview", 0, KIND_TEXT, "RATE", AT(overview), 0, 0, VERB_CONVERT | VERB_ANALYSE,
     "store statistics, and RATE pictures a second or all (default: none)"},
    {"labels", 0, KIND_TEXT, "FILE", AT(labels), 0, 0, VERB_SCENES,
     "show the labels of a CSV or JSON file"},
    {"memory", 0, KIND_SIZE, "SIZE", AT(memory), 16 * MIB, (uint64_t)1 << 40,
     VERB_CONVERT | VERB_SERVE, "memory for buffers, e.g. 1G (default: 256M; serve: 128M)"},
    {"threads", 0, KIND_COUNT, "N", AT(threads), 1, 1024,
     VERB_CONVERT | VERB_FRAME | VERB_EXPORT | VERB_SHEET | VERB_SERVE | VERB_ANALYSE | VERB_FIND,
     "worker threads (default: one per processor)"},
    {"connections", 0, KIND_COUNT, "N", AT(connections), 1, 256, VERB_NETWORK,
     "maximum connections to each server (default: 16)"},
    {"rate-limit", 0, KIND_SIZE, "SIZE", AT(rate_limit), 1024, (uint64_t)1 << 40, VERB_NETWORK,
     "limit network traffic to SIZE bytes per second, e.g. 20M"},
    {"allow-private-redirects", 0, KIND_FLAG, NULL, AT(allow_private_redirects), 0, 0, VERB_NETWORK,
     "follow redirects to private addresses"},
    {"stats", 0, KIND_FLAG, NULL, AT(stats), 0, 0, VERB_NETWORK, "print network statistics"},
    {"attributes", 0, KIND_TEXT, "FILE", AT(attributes), 0, 0, VERB_CONVERT,
     "give the clip the attributes of a JSON file (see camzarr attributes)"},
    {"set", 0, KIND_TEXT, "FILE", AT(set), 0, 0, VERB_ATTRIBUTES,
     "replace the attributes by those of a JSON file"},
    {"remove", 0, KIND_TEXTS, "NAME", AT(remove), 0, 0, VERB_ATTRIBUTES,
     "remove this attribute; may be repeated"},
    {"manifest", 0, KIND_TEXT, "FILE", AT(manifest), 0, 0, VERB_CONVERT,
     "convert the sources of a manifest (see camzarr manifest)"},
    {"manifest", 0, KIND_TEXT, "FILE", AT(manifest), 0, 0, VERB_VERIFY,
     "check that the clips of a manifest are there, whole, of its sources"},
    {"sample", 0, KIND_TEXT, "N%", AT(sample), 0, 0, VERB_VERIFY,
     "with --manifest, read all bytes of N % of the clips"},
    {"from", 0, KIND_TEXT, "FILE", AT(from), 0, 0, VERB_CONVERT,
     "convert the sources listed in FILE, one a line; - is standard input"},
    {"jobs", 0, KIND_COUNT, "N", AT(jobs), 1, 64, VERB_CONVERT,
     "convert N clips at a time, within --memory and --connections"},
    {"index", 0, KIND_TEXT, "K/N", AT(index), 0, 0, VERB_CONVERT,
     "convert share K (from 0) of N; auto: as Slurm or Kubernetes has it"},
    {"only", 0, KIND_TEXT, "failed", AT(only), 0, 0, VERB_CONVERT,
     "convert only what failed according to --report"},
    {"patience", 0, KIND_TEXT, "TIME", AT(patience), 0, 0, VERB_CONVERT,
     "retry for TIME while a server is unreachable, e.g. 90s or 10m"},
    {"metrics", 0, KIND_TEXT, "FILE", AT(metrics), 0, 0, VERB_CONVERT,
     "keep FILE up to date with counters in the OpenMetrics format"},
    {"since", 0, KIND_TEXT, "TIME", AT(since), 0, 0, VERB_MANIFEST,
     "keep recordings from TIME on, e.g. 2018-07-12 or 2018-07-12T00:15Z"},
    {"until", 0, KIND_TEXT, "TIME", AT(until), 0, 0, VERB_MANIFEST, "keep recordings before TIME"},
    {"deployment", 0, KIND_COUNT, "N", AT(deployment), 1, 99, VERB_MANIFEST,
     "keep the recordings of a deployment of CamHD"},
    {"min-size", 0, KIND_SIZE, "SIZE", AT(min_size), 1, (uint64_t)1 << 50, VERB_MANIFEST,
     "keep files of at least SIZE bytes"},
    {"sidecars", 0, KIND_FLAG, NULL, AT(sidecars), 0, 0, VERB_MANIFEST,
     "read the .md5 files that the listing has"},
    {"check", 0, KIND_FLAG, NULL, AT(check), 0, 0, VERB_MANIFEST,
     "open every source and estimate what a conversion costs"},
    {"link", 0, KIND_SIZE, "SIZE", AT(link), 1024, (uint64_t)1 << 40, VERB_MANIFEST,
     "estimate the cost; bytes per second of the link (default: 10 Gb/s)"},
    {"prices", 0, KIND_TEXT, "FILE", AT(prices), 0, 0, VERB_MANIFEST,
     "estimate the cost; prices in a JSON file"},
    {"md5", 0, KIND_TEXT, "HEX", AT(md5), 0, 0, VERB_CONVERT,
     "the source's MD5, in place of its .md5 file's; none: ignore that file"},
    {"recover", 0, KIND_FLAG, NULL, AT(recover), 0, 0, VERB_CONVERT,
     "scan for frames even if there is a moov atom"},
    {"sha256", 0, KIND_FLAG, NULL, AT(sha256), 0, 0, VERB_CONVERT,
     "record the source's SHA-256 in addition to its MD5"},
    {"strict", 0, KIND_FLAG, NULL, AT(strict), 0, 0, VERB_CONVERT,
     "exit with 1 if frames are damaged"},
    {"report", 0, KIND_TEXT, "FILE", AT(report), 0, 0, VERB_CONVERT | VERB_MANIFEST | VERB_VERIFY,
     "append the lines of --json to FILE; verify: a report"},
    {"port", 0, KIND_TEXT, "N", AT(port), 0, 0, VERB_SERVE,
     "port to listen on; 0 takes one that is free (default: 8080)"},
    {"listen", 0, KIND_TEXT, "ADDRESS", AT(listen), 0, 0, VERB_SERVE,
     "IP address to listen on (default: 127.0.0.1)"},
    {"remote", 0, KIND_FLAG, NULL, AT(remote), 0, 0, VERB_SERVE,
     "let other machines read the store, by an address of --listen"},
    {"origin", 0, KIND_TEXT, "ORIGIN", AT(origin), 0, 0, VERB_SERVE,
     "let web pages of ORIGIN read it, * of all (default: of this machine)"},
    {"source", 0, KIND_TEXT, "SOURCE", AT(source), 0, 0, VERB_VERIFY | VERB_EXPORT,
     "MOV of the clip, to compare with or to refer to"},
    {"track", 0, KIND_COUNT, "N", AT(track), 1, UINT32_MAX, VERB_EXPORT,
     "sound track of the MOV (see camzarr info; default: the first)"},
    {"decode", 0, KIND_FLAG, NULL, AT(decode), 0, 0, VERB_VERIFY, "also decode every frame"},
    {"for", 0, KIND_TEXT, "WHAT", AT(purpose), 0, 0, VERB_DOCTOR,
     "fail unless the store can be used to: read, write"},
    {"unfinished", 0, KIND_FLAG, NULL, AT(unfinished), 0, 0, VERB_LS,
     "list clips whose conversion or removal has not ended"},
    {"older-than", 0, KIND_TEXT, "TIME", AT(older_than), 0, 0, VERB_CLEAN,
     "keep what was changed within TIME, e.g. 2h (without locks: 1d)"},
    {"dry-run", 'n', KIND_FLAG, NULL, AT(dry_run), 0, 0,
     VERB_CONVERT | VERB_RM | VERB_CLEAN | VERB_ANALYSE | VERB_CATALOG,
     "show what would be done, without doing it"},
    {"no-catalog", 0, KIND_FLAG, NULL, AT(no_catalog), 0, 0, VERB_CONVERT | VERB_ANALYSE,
     "do not update the catalog of a local store at the end"},
    {"overwrite", 0, KIND_FLAG, NULL, AT(overwrite), 0, 0,
     VERB_CONVERT | VERB_FRAME | VERB_VERIFY | VERB_RESTORE | VERB_EXPORT | VERB_MANIFEST |
         VERB_SHEET | VERB_FIND,
     "replace an existing clip or file"},
    {"json", 0, KIND_FLAG, NULL, AT(json), 0, 0, EVERY_VERB, "print JSON lines on standard output"},
    {"quiet", 'q', KIND_FLAG, NULL, AT(quiet), 0, 0, EVERY_VERB, "print errors only"},
    {"verbose", 'v', KIND_FLAG, NULL, AT(verbose), 0, 0, EVERY_VERB, "print more details"},
    {"help", 'h', KIND_FLAG, NULL, AT(help), 0, 0, EVERY_VERB, "show this help"},
};
enum { N_ROWS = sizeof table / sizeof *table, FIRST_VALUE = 256 };

static const char units[] = "KMGT"; /* of 1024 each */
enum { SIZE_TEXT_MAX = 24 };

/* Parse a decimal number; a size may end in one of the letters of `units`. */
static bool parse_number(uint64_t *out, const char *text, const option_row *row)
{
    uint64_t v = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++)
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *at - '0', &v))
            return false;
    if (at == text)
        return false;
    if (row->kind == KIND_SIZE && *at) {
        const char *unit = strchr(units, *at++);
        const unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 64;
        if (!unit || v > UINT64_MAX >> shift)
            return false;
        v <<= shift;
    }
    *out = v;
    return *at == '\0' && v >= row->min && v <= row->max;
}

static bool append(text_list *list, const char *value)
{
    if (*value == '\0' || list->n == TEXT_LIST_MAX)
        return false;
    list->at[list->n++] = value;
    return true;
}

static bool set(options *o, const option_row *row, const char *value)
{
    char *const at = (char *)o + row->at;
    switch (row->kind) {
    case KIND_FLAG:
        *(bool *)(void *)at = true;
        return true;
    case KIND_TEXT:
        *(const char **)(void *)at = value;
        return *value != '\0';
    case KIND_TEXTS:
        return append((text_list *)(void *)at, value);
    default:
        return parse_number((uint64_t *)(void *)at, value, row);
    }
}

/* A size as the command line takes it: "16M". */
static void size_with_unit(char out[SIZE_TEXT_MAX], uint64_t bytes)
{
    size_t unit = 0;
    for (; bytes >= 1024 && bytes % 1024 == 0 && units[unit]; unit++)
        bytes /= 1024;
    char name[2] = "";
    if (unit > 0)
        name[0] = units[unit - 1];
    (void)snprintf(out, SIZE_TEXT_MAX, "%" PRIu64 "%s", bytes, name);
}

static int bad_value(const verb *v, const option_row *row, const char *value)
{
    if (row->kind == KIND_TEXTS && *value)
        return say_usage(v->name, "--%s: given more than %d times", row->name, TEXT_LIST_MAX);
    if (row->kind == KIND_TEXT || row->kind == KIND_TEXTS)
        return say_usage(v->name, "--%s: requires a value", row->name);
    if (row->kind == KIND_SIZE) {
        char least[SIZE_TEXT_MAX], most[SIZE_TEXT_MAX];
        size_with_unit(least, row->min);
        size_with_unit(most, row->max);
        return say_usage(v->name, "--%s %s: not a size from %s to %s, such as 512M", row->name,
                         value, least, most);
    }
    return say_usage(v->name, "--%s %s: not a number from %u to %u", row->name, value,
                     (unsigned)row->min, (unsigned)row->max);
}

/* The verb's options for getopt_long(); the value of an option is FIRST_VALUE plus its row. */
static void for_getopt(struct option *longs, char *letters, const verb *v)
{
    *letters++ = ':'; /* reports a missing value as ':' and an unknown option as '?' */
    for (int i = 0; i < N_ROWS; i++) {
        const option_row *row = &table[i];
        if (!(row->verbs & v->bit))
            continue;
        *longs++ =
            (struct option){row->name, row->kind == KIND_FLAG ? no_argument : required_argument,
                            NULL, FIRST_VALUE + i};
        if (row->letter)
            *letters++ = row->letter;
        if (row->letter && row->kind != KIND_FLAG)
            *letters++ = ':';
    }
    *longs = (struct option){0};
    *letters = '\0';
}

static const option_row *row_of(int c)
{
    if (c >= FIRST_VALUE)
        return &table[c - FIRST_VALUE];
    for (int i = 0; i < N_ROWS; i++)
        if (table[i].letter && table[i].letter == c)
            return &table[i];
    return NULL;
}

static int check_count(const options *o, const verb *v)
{
    if (o->n_args < v->least)
        return say_usage(v->name, "missing argument: %s", v->args);
    if (o->n_args > v->most)
        return say_usage(v->name, "%s: unexpected argument", o->arg[v->most]);
    return 0;
}

int options_parse(options *out, const verb *v, int argc, char **argv)
{
    struct option longs[N_ROWS + 1];
    char letters[2 * N_ROWS + 2];
    for_getopt(longs, letters, v);
    *out = (options){0};
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, letters, longs, NULL)) != -1;) {
        const option_row *row = row_of(c == ':' || c == '?' ? optopt : c);
        if (c == ':' && row)
            return say_usage(v->name, "--%s: requires %s", row->name, row->value);
        if (c == '?' && row && row->verbs & v->bit)
            return say_usage(v->name, "--%s: takes no value", row->name);
        if (c == '?' && optopt)
            return say_usage(v->name, "-%c: unknown option", optopt);
        if (c == '?')
            return say_usage(v->name, "%s: unknown option", argv[optind - 1]);
        if (row && !set(out, row, optarg))
            return bad_value(v, row, optarg);
    }
    out->arg = argv + optind;
    out->n_args = (size_t)(argc - optind);
    return out->help ? 0 : check_count(out, v);
}

void options_help(FILE *to, const verb *v)
{
    (void)fprintf(to, "usage: camzarr %s [OPTION...] %s\n\n%s\n\nOptions:\n", v->name, v->args,
                  v->text);
    for (int i = 0; i < N_ROWS; i++) {
        const option_row *row = &table[i];
        if (!(row->verbs & v->bit))
            continue;
        char left[40], letter[8] = "    ";
        if (row->letter)
            (void)snprintf(letter, sizeof letter, "-%c, ", row->letter);
        (void)snprintf(left, sizeof left, "%s--%s%s%s", letter, row->name, row->value ? " " : "",
                       row->value ? row->value : "");
        (void)fprintf(to, "  %-26s  %s\n", left, row->help);
    }
}
