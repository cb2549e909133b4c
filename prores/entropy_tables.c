/* Tables of all codes that are short enough. */
#include "prores/books.h"
#include "prores/entropy.h"

static uint32_t entry(unsigned length, unsigned next_book, int value)
{
    return length | next_book << TABLE_BITS | (uint32_t)value << 16;
}

static uint32_t run_entry(unsigned book, uint64_t bits)
{
    unsigned run = 0;
    const unsigned length = code_read(run_books[book], bits, &run);
    if (length == 0 || length > TABLE_BITS)
        return 0;
    return entry(length, run_book_after(run), (int)run + 1);
}

/* A level is followed by its sign. */
static uint32_t level_entry(unsigned book, uint64_t bits)
{
    unsigned code = 0;
    const unsigned length = code_read(level_books[book], bits, &code);
    if (length == 0 || length + 1 > TABLE_BITS)
        return 0;
    const int level = (int)code + 1;
    const int minus = (int)(bits << length >> 63);
    return entry(length + 1, level_book_after(code + 1), minus ? -level : level);
}

static uint32_t dc_entry(unsigned book, uint64_t bits)
{
    unsigned code = 0;
    const unsigned length = code_read(dc_books[book], bits, &code);
    if (length == 0 || length > TABLE_BITS)
        return 0;
    return entry(length, dc_book_after(code), (int)code);
}

void prores_entropy_tables(entropy_tables *out)
{
    for (unsigned book = 0; book < RUN_BOOKS; book++)
        for (uint64_t i = 0; i < 1 << TABLE_BITS; i++) {
            out->run[book][i] = run_entry(book, i << (64 - TABLE_BITS));
            out->level[book][i] = level_entry(book, i << (64 - TABLE_BITS));
        }
    for (unsigned book = 0; book < DC_BOOKS; book++)
        for (uint64_t i = 0; i < 1 << TABLE_BITS; i++)
            out->dc[book][i] = dc_entry(book, i << (64 - TABLE_BITS));
}
