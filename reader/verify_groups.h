/* The documents of the groups above the clips, the root and clips/, compared with what camzarr
 * writes. */
#ifndef CZ_READER_VERIFY_GROUPS_H
#define CZ_READER_VERIFY_GROUPS_H

#include "reader/reader.h"

/* Report each document that is missing or differs to found(). All members that camzarr writes are
 * compared. Additional attributes are permitted, since attributes belong to the owner of the store
 * too; no digest covers them. Errors: NOMEM, UNREACHABLE. */
int verify_groups(cz_store *store, void (*found)(void *user, const cz_finding *finding), void *user,
                  cz_error *err);

#endif
