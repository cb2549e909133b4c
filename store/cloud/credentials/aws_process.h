/* credential_process of AWS profiles: a program that prints credentials. */
#ifndef CZ_STORE_CLOUD_CREDENTIALS_AWS_PROCESS_H
#define CZ_STORE_CLOUD_CREDENTIALS_AWS_PROCESS_H

#include "store/cloud/credentials/credentials.h"

/* Run the command with the shell, and parse what it prints: JSON with Version 1, AccessKeyId,
 * SecretAccessKey and, for temporary keys, SessionToken and Expiration. It has a minute; its
 * standard error is the process's. Its output never appears in messages. Errors: DENIED (it fails,
 * or does not end), FORMAT, IO, NOMEM, CANCELLED (stop_asked()). */
int aws_process_run(credential *out, const char *command, cz_error *err);

/* Parse such a document; pure; exported for tests. */
int aws_process_parse(credential *out, const void *text, size_t n, cz_error *err);

#endif
