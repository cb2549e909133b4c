#include "convert/frame_check.h"

static bool contradicts(const prores_header *a, const prores_header *b)
{
    return a->width != b->width || a->height != b->height || a->chroma != b->chroma;
}

static bool varies(const prores_header *a, const prores_header *b)
{
    return a->interlace != b->interlace || a->aspect != b->aspect || a->rate != b->rate ||
           a->primaries != b->primaries || a->transfer != b->transfer || a->matrix != b->matrix ||
           a->alpha != b->alpha;
}

uint8_t frame_check(const plan *p, uint64_t i, const uint8_t *data)
{
    const uint32_t there = plan_frame_size(p, i), said = p->movie->size[i];
    const uint8_t found = p->movie->recovered ? CZ_FLAG_RECOVERED : 0;
    unsigned flags = found;
    prores_header head;
    if (there == 0)
        return found | CZ_FLAG_MISSING;
    if (there < said)
        flags |= CZ_FLAG_TRUNCATED;
    switch (prores_header_parse(&head, data, there)) {
    case PRORES_HEADER_NO_MAGIC:
        return (uint8_t)(flags | CZ_FLAG_MAGIC);
    case PRORES_HEADER_INVALID:
        flags |= CZ_FLAG_HEADER;
        break;
    default:
        if (p->has_reference_header && contradicts(&head, &p->reference_header))
            flags |= CZ_FLAG_HEADER;
        else if (p->has_reference_header && varies(&head, &p->reference_header))
            flags |= CZ_FLAG_VARIES;
    }
    if (head.frame_size != said)
        flags |= CZ_FLAG_SIZE;
    return (uint8_t)flags;
}
