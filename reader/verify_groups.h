/* The documents above the clips, the root's and those of clips/, against what camzarr writes. */
#ifndef CZ_READER_VERIFY_GROUPS_H
#define CZ_READER_VERIFY_GROUPS_H

#include "reader/reader.h"

/* Tell found() of each document that is missing or isn't what camzarr wrote. All members that
 * camzarr writes are compared; attributes may have more than those, because they are the owner's as
 * well, and what they have more isn't checked: no digest covers it. Errors: NOMEM, UNREACHABLE. */
int verify_groups(cz_store *store, void (*found)(void *user, const cz_finding *finding), void *user,
                  cz_error *err);

#endif
