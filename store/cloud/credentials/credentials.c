#include "store/cloud/credentials/credentials.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "store/text/encode.h"

enum { RENEW_BEFORE = 300, RETRY_AFTER = 30 }; /* seconds */

struct credentials {
    credential_source source; /* renew NULL: fixed */
    /* Of the members below; held during renewal, so that one thread renews. */
    pthread_mutex_t lock;
    credential now;
    bool stale;      /* not fetched yet, or rejected by the service */
    time_t retry_at; /* after a failure while they are valid */
};

void credential_free(credential *c)
{
    if (!c)
        return;
    free_secret(c->id);
    free_secret(c->secret);
    free_secret(c->token);
    *c = (credential){0};
}

static bool copy_text(char **out, const char *from)
{
    *out = from ? strdup(from) : NULL;
    return *out || !from;
}

int credential_copy(credential *out, const credential *from, cz_error *err)
{
    credential c = {.expires = from->expires};
    if (!copy_text(&c.id, from->id) || !copy_text(&c.secret, from->secret) ||
        !copy_text(&c.token, from->token)) {
        credential_free(&c);
        return cz_fail_memory(err, "credentials");
    }
    *out = c;
    return CZ_OK;
}

static int credentials_new(credentials **out, credential_source source, cz_error *err)
{
    credentials *c = calloc(1, sizeof *c);
    if (!c || pthread_mutex_init(&c->lock, NULL) != 0) {
        free(c);
        return cz_fail_memory(err, "credentials");
    }
    c->source = source;
    *out = c;
    return CZ_OK;
}

int credentials_fixed(credentials **out, credential *c, cz_error *err)
{
    const int rc = credentials_new(out, (credential_source){0}, err);
    if (rc == CZ_OK) {
        (*out)->now = *c;
        *c = (credential){0};
    }
    credential_free(c);
    return rc;
}

int credentials_renewed(credentials **out, credential_source source, cz_error *err)
{
    const int rc = credentials_new(out, source, err);
    if (rc == CZ_OK)
        (*out)->stale = true;
    else if (source.close)
        source.close(source.ctx);
    return rc;
}

void credentials_close(credentials **c)
{
    if (!c || !*c)
        return;
    if ((*c)->source.close)
        (*c)->source.close((*c)->source.ctx);
    credential_free(&(*c)->now);
    (void)pthread_mutex_destroy(&(*c)->lock);
    free(*c);
    *c = NULL;
}

static bool are_valid(const credentials *c)
{
    return !c->stale && (!c->now.expires || c->now.expires > time(NULL));
}

/* Renew if necessary, with the lock held. While the old credentials are valid, a failing source is
 * called only every RETRY_AFTER seconds. */
static int renew(credentials *c, cz_error *err)
{
    const time_t now = time(NULL);
    const bool ends = c->now.expires && c->now.expires - now < RENEW_BEFORE;
    if (!c->source.renew || (!c->stale && !ends) || (are_valid(c) && now < c->retry_at))
        return CZ_OK;
    credential fresh = {0};
    cz_error why = {0};
    const int rc = c->source.renew(c->source.ctx, are_valid(c), &fresh, &why);
    if (rc == CZ_OK) {
        if (fresh.id && fresh.token && !*fresh.token) { /* keys that need no session token */
            free(fresh.token);
            fresh.token = NULL;
        }
        credential_free(&c->now);
        c->now = fresh;
        c->stale = false;
        return CZ_OK;
    }
    c->retry_at = time(NULL) + RETRY_AFTER;
    if (are_valid(c))
        return CZ_OK;
    if (err)
        *err = why;
    return rc;
}

int credentials_take(credential *out, credentials *c, cz_error *err)
{
    (void)pthread_mutex_lock(&c->lock);
    int rc = renew(c, err);
    if (rc == CZ_OK)
        rc = credential_copy(out, &c->now, err);
    (void)pthread_mutex_unlock(&c->lock);
    return rc;
}

bool credentials_expired(credentials *c)
{
    if (!c->source.renew)
        return false;
    (void)pthread_mutex_lock(&c->lock);
    c->stale = true;
    (void)pthread_mutex_unlock(&c->lock);
    return true;
}
