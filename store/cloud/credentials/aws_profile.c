#include "store/cloud/credentials/aws_profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/environment.h"
#include "store/text/encode.h"
#include "store/text/ini.h"

enum { FILE_MAX = 1 << 20 };

static int read_file(buf *out, const char *variable, const char *file, cz_error *err)
{
    buf path = {0};
    const char *given = environment(variable), *home = environment("HOME");
    if (given)
        buf_printf(&path, "%s", given);
    else if (home)
        buf_printf(&path, "%s/.aws/%s", home, file);
    const char *name = path.len ? buf_text(&path) : NULL;
    FILE *f = name ? fopen(name, "re") : NULL;
    int rc = path.bad ? cz_fail_memory(err, "~/.aws/%s", file) : CZ_OK;
    if (f) {
        uint8_t *to = buf_grow(out, FILE_MAX);
        if (to)
            out->len -= FILE_MAX - fread(to, 1, FILE_MAX, f);
        else
            rc = cz_fail_memory(err, "~/.aws/%s", file);
        (void)fclose(f);
    }
    buf_free(&path);
    return rc;
}

int aws_files_read(aws_files *out, cz_error *err)
{
    *out = (aws_files){0};
    int rc = read_file(&out->credentials, "AWS_SHARED_CREDENTIALS_FILE", "credentials", err);
    if (rc == CZ_OK)
        rc = read_file(&out->config, "AWS_CONFIG_FILE", "config", err);
    return rc;
}

void aws_files_close(aws_files *f)
{
    buf_free_secret(&f->credentials);
    buf_free_secret(&f->config);
}

/* In the config file sections are named "profile NAME", except "default". */
static const char *config_section(buf *out, const char *profile)
{
    buf_printf(out, "%s%s", strcmp(profile, "default") == 0 ? "" : "profile ", profile);
    return out->bad ? NULL : buf_text(out);
}

/* Moves value; false if nothing was found. */
static int take(char **out, buf *value, bool found, bool bad, const char *section, cz_error *err)
{
    const char *text = found ? buf_text(value) : NULL;
    *out = text ? strdup(text) : NULL;
    bad |= value->bad || (found && !*out);
    buf_free_secret(value);
    if (!bad)
        return CZ_OK;
    free(*out);
    *out = NULL;
    return cz_fail_memory(err, "profile %.64s", section);
}

bool aws_profile_exists(const aws_files *f, const char *profile)
{
    buf section = {0};
    const char *name = config_section(&section, profile);
    const bool found =
        ini_has_section((const char *)f->credentials.at, f->credentials.len, profile) ||
        (name && ini_has_section((const char *)f->config.at, f->config.len, name));
    buf_free(&section);
    return found;
}

int aws_profile_value(char **out, const aws_files *f, const char *profile, const char *name,
                      cz_error *err)
{
    buf value = {0}, section = {0};
    const char *in_config = config_section(&section, profile);
    bool found =
        ini_value(&value, (const char *)f->credentials.at, f->credentials.len, profile, name);
    if (!found && in_config)
        found = ini_value(&value, (const char *)f->config.at, f->config.len, in_config, name);
    const int rc = take(out, &value, found, !in_config, profile, err);
    buf_free(&section);
    return rc;
}

int aws_section_value(char **out, const aws_files *f, const char *kind, const char *section,
                      const char *name, cz_error *err)
{
    buf value = {0}, whole = {0};
    buf_printf(&whole, "%s %s", kind, section);
    const char *text = buf_text(&whole);
    const bool found =
        text && ini_value(&value, (const char *)f->config.at, f->config.len, text, name);
    const int rc = take(out, &value, found, !text, section, err);
    buf_free(&whole);
    return rc;
}

int aws_profile_endpoint(char **out, const aws_files *f, const char *profile, const char *service,
                         cz_error *err)
{
    char *services = NULL;
    buf whole = {0}, value = {0};
    int rc = aws_profile_value(&services, f, profile, "services", err);
    *out = NULL;
    if (rc == CZ_OK && services) {
        buf_printf(&whole, "services %s", services);
        const char *section = buf_text(&whole);
        const bool found =
            section && ini_nested_value(&value, (const char *)f->config.at, f->config.len, section,
                                        service, "endpoint_url");
        rc = take(out, &value, found, !section, services, err);
    }
    if (rc == CZ_OK && !*out)
        rc = aws_profile_value(out, f, profile, "endpoint_url", err);
    buf_free(&whole);
    free(services);
    return rc;
}
