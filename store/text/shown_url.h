/* URLs for messages. */
#ifndef CZ_STORE_TEXT_SHOWN_URL_H
#define CZ_STORE_TEXT_SHOWN_URL_H

/* A copy of a URL without user, password, query and fragment, which may hold credentials. The
 * caller frees it. NULL: out of memory. */
char *shown_url(const char *url);

#endif
