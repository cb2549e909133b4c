/* Atoms, the units of QuickTime files (QTFF, "Introduction to Atoms").
 *
 * Two iterators: over atoms in memory (pure, bounds-checked), and over the top-level atoms of a
 * file, of which only the headers are read. */
#ifndef CZ_MOV_ATOM_H
#define CZ_MOV_ATOM_H

#include "base/bytes.h"
#include "mov/mov.h"

typedef struct atom {
    fourcc type;
    bytes body; /* what follows the atom header */
} atom;

/* The next atom of a container. Returns 1 for an atom, 0 at the end (fewer than 8 bytes left, or
 * the zero that terminates a user data list), -1 if the size of the atom exceeds the container. */
int atom_next(atom *out, bytes *in);

/* The first atom of that type before any malformed one; false if there is none. */
bool atom_find(bytes *out, bytes in, fourcc type);

/* Read the version and flags that many atoms begin with. */
uint8_t atom_version(bytes *body, uint32_t *flags);

typedef struct file_atom {
    fourcc type;
    uint64_t offset;
    uint64_t size; /* including the header; 0: not a valid atom */
    uint32_t head; /* header size: 8, or 16 with a 64-bit size */
    fourcc brand;  /* the four bytes after an 8-byte header; 0 if there are none */
    bool cut;      /* truncated: the file ends inside it */
} file_atom;

/* Read the header of the top-level atom at an offset. A size of 0 (to the end of the file) is
 * resolved. Errors: those of read_at. */
int file_atom_read(file_atom *out, const mov_input *in, uint64_t at, cz_error *err);

#endif
