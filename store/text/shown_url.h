/* Addresses in messages. */
#ifndef CZ_STORE_TEXT_SHOWN_URL_H
#define CZ_STORE_TEXT_SHOWN_URL_H

/* A copy of an address without user, password, query and fragment, which may be credentials. The
 * caller frees it. NULL: out of memory. */
char *shown_url(const char *url);

#endif
