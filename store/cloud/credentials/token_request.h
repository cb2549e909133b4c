/* A request for a credential: to a metadata service, to AWS STS or to IAM Identity Center. */
#ifndef CZ_STORE_CLOUD_CREDENTIALS_TOKEN_REQUEST_H
#define CZ_STORE_CLOUD_CREDENTIALS_TOKEN_REQUEST_H

#include "store/http/transport.h"
#include "store/text/encode.h"

enum { TOKEN_HEADERS = 4 };

typedef struct token_request {
    const char *method, *url;
    http_pair header[TOKEN_HEADERS]; /* those with a name are sent */
    const char *body;                /* of a POST: JSON */
} token_request;

/* Run it, and append the body of the response. The URL never appears in messages, since it may hold
 * a token; `what` does. With `once`, a single attempt is made. Errors: DENIED (a refusal; its code
 * and text are in the message), UNREACHABLE, CORRUPT (a large response), NOMEM, CANCELLED. */
int token_request_run(transport *t, token_request *a, bool once, buf *answer, const char *what,
                      cz_error *err);

/* The text of b without trailing white space; NULL if it is empty or not printable ASCII, which
 * headers and URLs require. */
const char *token_text(buf *b);
/* Append such a text from a file; `name` is the setting that names it, for messages. Errors: DENIED
 * (it cannot be read), FORMAT, NOMEM. */
int token_file_read(buf *out, const char *path, const char *name, cz_error *err);

#endif
