/* Plain http(s), what stores and sources share of it. */
#ifndef CZ_STORE_CLOUD_PLAIN_H
#define CZ_STORE_CLOUD_PLAIN_H

/* An address for messages: without user, password, query and fragment. The caller frees it; NULL: out of
 * memory. */
char *plain_shown(const char *url);

#endif
