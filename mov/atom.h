/* Atoms: what QuickTime files are made of (QTFF, "Introduction to Atoms").
 *
 * Two walks: over atoms in memory, pure, by a cursor that can't leave its buffer; and over the
 * outermost atoms of a file, of which nothing but the heads is read. */
#ifndef CZ_MOV_ATOM_H
#define CZ_MOV_ATOM_H

#include "base/bytes.h"
#include "mov/mov.h"

typedef struct atom {
    fourcc type;
    bytes body; /* what follows its head */
} atom;

/* The next atom of a container. 1: there it is; 0: there is none (fewer than 8 bytes are left, or
 * the zero that ends a list of user data); -1: its size leads out of the container. */
int atom_next(atom *out, bytes *in);

/* The first atom of that type, looked for up to the first broken one; false when there is none. */
bool atom_find(bytes *out, bytes in, fourcc type);

/* The version and flags that many atoms begin with. */
uint8_t atom_version(bytes *body, uint32_t *flags);

typedef struct file_atom {
    fourcc type;
    uint64_t offset;
    uint64_t size; /* head included; 0: no atom can begin like this */
    uint32_t head; /* 8, or 16 with a size of 64 bits */
    fourcc brand;  /* the first four bytes behind an 8-byte head; 0 when there aren't any */
    bool cut;      /* the file ends inside */
} file_atom;

/* The head of the outermost atom at a place in the file. A size of 0 (up to the end of the file) is
 * resolved. Errors: read_at's. */
int file_atom_read(file_atom *out, const mov_input *in, uint64_t at, cz_error *err);

#endif
