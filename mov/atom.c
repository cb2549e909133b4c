#include "mov/atom.h"

int atom_next(atom *out, bytes *in)
{
    if (in->bad || in->left < 8)
        return 0;
    uint64_t size = bytes_u32be(in);
    const fourcc type = bytes_u32be(in);
    uint64_t head = 8;
    if (size == 0)
        return 0;
    if (size == 1) {
        size = bytes_u64be(in);
        head = 16;
    }
    if (in->bad || size < head || size - head > in->left)
        return -1;
    *out = (atom){type, bytes_take(in, (size_t)(size - head))};
    return 1;
}

bool atom_find(bytes *out, bytes in, fourcc type)
{
    atom a;
    while (atom_next(&a, &in) == 1) {
        if (a.type == type) {
            *out = a.body;
            return true;
        }
    }
    return false;
}

uint8_t atom_version(bytes *body, uint32_t *flags)
{
    const uint32_t v = bytes_u32be(body);
    if (flags)
        *flags = v & 0xffffff;
    return (uint8_t)(v >> 24);
}

int file_atom_read(file_atom *out, const mov_input *in, uint64_t at, cz_error *err)
{
    *out = (file_atom){.offset = at};
    uint8_t head[16] = {0};
    const uint64_t left = in->size - at;
    if (left < 8)
        return CZ_OK;
    const size_t n = left < sizeof head ? (size_t)left : sizeof head;
    const int rc = in->read_at(in->ctx, at, head, n, err);
    if (rc < 0)
        return rc;
    out->type = rd32be(head + 4);
    out->head = 8;
    uint64_t size = rd32be(head);
    if (size == 1) {
        out->head = 16;
        size = n == sizeof head ? rd64be(head + 8) : 0;
    } else {
        out->brand = rd32be(head + 8);
        if (size == 0)
            size = left;
    }
    if (size < out->head)
        return CZ_OK;
    out->size = size;
    out->cut = size > left;
    return CZ_OK;
}

void fourcc_text(char out[5], fourcc f)
{
    for (int i = 0; i < 4; i++) {
        const uint8_t c = (uint8_t)(f >> (24 - 8 * i));
        out[i] = '.';
        if (c >= ' ' && c <= '~')
            out[i] = (char)c;
    }
    out[4] = '\0';
}

bool fourcc_is_prores(fourcc f)
{
    switch (f) {
    case FOURCC('a', 'p', 'c', 'o'):
    case FOURCC('a', 'p', 'c', 's'):
    case FOURCC('a', 'p', 'c', 'n'):
    case FOURCC('a', 'p', 'c', 'h'):
    case FOURCC('a', 'p', '4', 'h'):
    case FOURCC('a', 'p', '4', 'x'):
        return true;
    default:
        return false;
    }
}
