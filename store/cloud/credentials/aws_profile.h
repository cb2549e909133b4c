/* The files ~/.aws/credentials and ~/.aws/config, and what a profile in them says.
 *
 * AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE name others. A file that is absent is empty. */
#ifndef CZ_STORE_CLOUD_CREDENTIALS_AWS_PROFILE_H
#define CZ_STORE_CLOUD_CREDENTIALS_AWS_PROFILE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

typedef struct aws_files {
    buf credentials, config;
} aws_files;
/* Errors: NOMEM. Close in any case. */
int aws_files_read(aws_files *out, cz_error *err);
void aws_files_close(aws_files *f);

bool aws_profile_exists(const aws_files *f, const char *profile);
/* A value of a profile, from the credentials file first; NULL: not set. The caller frees it with
 * free_secret(). Errors: NOMEM. */
int aws_profile_value(char **out, const aws_files *f, const char *profile, const char *name,
                      cz_error *err);
/* The same of [KIND NAME] of the config file, such as [sso-session NAME]. */
int aws_section_value(char **out, const aws_files *f, const char *kind, const char *section,
                      const char *name, cz_error *err);
/* endpoint_url of a service ("s3"), from the section that the profile's `services` names, else of
 * the profile; NULL: neither. */
int aws_profile_endpoint(char **out, const aws_files *f, const char *profile, const char *service,
                         cz_error *err);

#endif
