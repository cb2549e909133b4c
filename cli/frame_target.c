#include "cli/frame_target.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/out_file.h"
#include "cli/picture/picture.h"
#include "cli/view_arg.h"

typedef struct form_row {
    const char *name, *ending;
    bool many;        /* a file holds any number of frames */
    cz_layout layout; /* of pictures, unless --format gives one */
} form_row;

static const form_row forms[] = {
    [FORM_RAW] = {"raw", ".raw", true, CZ_NATIVE},
    [FORM_ICPF] = {"icpf", ".icpf", false, CZ_NATIVE},
    [FORM_MOV] = {"mov", ".mov", true, CZ_NATIVE},
    [FORM_AVI] = {"avi", ".avi", true, CZ_NATIVE},
    [FORM_PNG] = {"png", ".png", false, CZ_RGB24},
    [FORM_TIFF] = {"tif", ".tif", false, CZ_RGB48},
    [FORM_JPEG] = {"jpg", ".jpg", false, CZ_RGB24},
    [FORM_NPY] = {"npy", ".npy", true, CZ_RGB24},
    [FORM_YUV] = {"yuv", ".yuv", true, CZ_NATIVE},
};
enum { N_FORMS = sizeof forms / sizeof *forms, DIGITS_MAX = 20 };

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n > m && strcmp(text + n - m, end) == 0;
}

static bool is_folder(const char *path)
{
    struct stat st;
    return ends_with(path, "/") || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

/* The file format of an extension; NULL for an unknown one. */
static const form_row *form_of_ending(const char *path)
{
    for (int i = 0; i < N_FORMS; i++)
        if (ends_with(path, forms[i].ending))
            return &forms[i];
    return NULL;
}

/* A file named x.png that holds raw samples would be opened as a PNG. Errors: USAGE. */
static int check_ending(const char *path, const form_row *form, cz_error *err)
{
    const form_row *named = form_of_ending(path);
    if (!named || named == form)
        return CZ_OK;
    cz_fail(err, CZ_USAGE, "%s: --format %s contradicts the extension %s", path, form->name,
            named->ending);
    cz_hint(err, "name the file x%s, or leave --format out", form->ending);
    return CZ_USAGE;
}

/* --format is a file format, or a pixel format while OUT's extension gives the file format. Errors:
 * USAGE. */
static int find_form(frame_target *t, const char *path, const char *format, cz_error *err)
{
    const bool pixels = format && layout_find(&t->layout, format);
    const bool by_name = format && !pixels;
    for (int i = 0; i < N_FORMS; i++) {
        if (by_name ? strcmp(format, forms[i].name) == 0 : ends_with(path, forms[i].ending)) {
            t->form = (frame_form)i;
            if (!pixels)
                t->layout = forms[i].layout;
            if (by_name)
                return check_ending(path, &forms[i], err);
            if (!pixels || target_is_picture(t))
                return CZ_OK;
            return cz_fail(err, CZ_USAGE, "%s: holds frames as recorded, not --format %s", path,
                           format);
        }
    }
    if (pixels && strcmp(path, "-") == 0) {
        t->form = FORM_PIXELS;
        return CZ_OK;
    }
    if (by_name)
        cz_fail(err, CZ_USAGE, "--format %s: unknown format", format);
    else if (strcmp(path, "-") == 0)
        cz_fail(err, CZ_USAGE, "-: standard output needs a --format, such as raw or rgb24");
    else
        cz_fail(err, CZ_USAGE, "%s: unknown file format", path);
    cz_hint(err, "file formats are icpf, mov, avi, png, tif, jpg, npy, yuv and raw; pixel formats "
                 "are rgb24, "
                 "bgr24, rgb48le, rgba, gray, gray16le, yuv422p10le, yuva444p12le, ... or native");
    return CZ_USAGE;
}

/* The one %d or %06d in a path; NULL without one. */
static const char *find_number(const char *path, int *digits, const char **end)
{
    for (const char *at = path; (at = strchr(at, '%')); at++) {
        char *stop;
        const unsigned long n = at[1] == '0' ? strtoul(at + 1, &stop, 10) : 0;
        const char *d = at[1] == '0' ? stop : at + 1;
        if (*d == 'd' && n <= DIGITS_MAX) {
            *digits = (int)n;
            *end = d + 1;
            return at;
        }
    }
    return NULL;
}

/* A file holds any number of frames. */
static bool holds_many(const frame_target *t)
{
    return t->form == FORM_PIXELS || forms[t->form].many;
}

static int for_folder(frame_target *t, const char *path, const char *clip, cz_error *err)
{
    if (holds_many(t))
        return cz_fail(err, CZ_USAGE, "%s: is a folder, but --format %s writes one file", path,
                       forms[t->form].name);
    const int rc = out_make_folder(path, err);
    if (rc < 0)
        return rc;
    t->digits = 6;
    t->after = strdup(forms[t->form].ending);
    if (asprintf(&t->before, "%s%s%s_", path, ends_with(path, "/") ? "" : "/", clip) < 0)
        t->before = NULL;
    return CZ_OK;
}

static int for_file(frame_target *t, const char *path, size_t n, cz_error *err)
{
    const char *behind = "";
    const char *at = holds_many(t) ? NULL : find_number(path, &t->digits, &behind);
    int more;
    const char *end;
    if (at && find_number(behind, &more, &end))
        return cz_fail(err, CZ_USAGE, "%s: more than one %%d in the name", path);
    t->before = at ? strndup(path, (size_t)(at - path)) : strdup(path);
    t->after = strdup(behind);
    if (at)
        return CZ_OK;
    t->digits = -1;
    if (n == 1 || holds_many(t))
        return CZ_OK;
    cz_fail(err, CZ_USAGE, "%s: this format holds one frame, not %zu", path, n);
    cz_hint(err, "put %%06d into the name for one file per frame, or give a folder (OUT/)");
    return CZ_USAGE;
}

int target_make(frame_target *out, const char *path, const char *format, const char *clip, size_t n,
                cz_error *err)
{
    frame_target t = {.form = FORM_ICPF};
    const bool folder = strcmp(path, "-") != 0 && is_folder(path);
    int rc = folder && !format ? CZ_OK : find_form(&t, path, format, err);
    if (rc == CZ_OK)
        rc = folder ? for_folder(&t, path, clip, err) : for_file(&t, path, n, err);
    if (rc == CZ_OK && (!t.before || !t.after))
        rc = cz_fail_memory(err, "%s", path);
    if (rc < 0)
        target_free(&t);
    else
        *out = t;
    return rc;
}

char *target_path(const frame_target *t, uint64_t frame)
{
    char *path = NULL;
    if (t->digits < 0)
        return strdup(t->before);
    if (asprintf(&path, "%s%0*" PRIu64 "%s", t->before, t->digits, frame, t->after) < 0)
        return NULL;
    return path;
}

void target_free(frame_target *t)
{
    free(t->before);
    free(t->after);
    *t = (frame_target){.digits = -1};
}

bool target_is_picture(const frame_target *t)
{
    return t->form >= FORM_PNG;
}
