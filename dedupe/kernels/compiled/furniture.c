/* Runs of words that are repeated, found owner by owner: with bitmaps, and a hash table for the few that remain. */

#include <string.h>

#include "words.h"

#define RUN_BASE 0x9E3779B97F4A7C15u /* records.RUN_BASE */

#define LEAST_BITS 13 /* logarithm of the places of the smallest bitmap */

#define AHEAD 16 /* how many keys before a place is needed its memory is asked for */

typedef struct {
    const uint64_t *words;
    const int64_t *offsets, *group;
    int64_t run, least;
    uint64_t *keys;    /* room for the keys of one row */
    uint8_t *repeated; /* the result */
} Articles;

/* Runs whose key may occur more than once. */
typedef struct {
    uint64_t *keys;
    int64_t *starts, *groups, count;
} Found;

/* The place of a key in a table with 2^bits places: its highest bits, after mixing. */
static inline uint64_t place_of(uint64_t key, int bits) { return (key ^ (key >> 29)) * RUN_BASE >> (64 - bits); }

/* Write the hash of every run of a row to `keys`, and return how many there are (Karp & Rabin 1987). */
static int64_t run_keys(const uint64_t *words, int64_t size, int64_t run, uint64_t *keys) {
    int64_t count = size - run + 1;
    if (count < 1)
        return 0;
    uint64_t key = 0, power = 1;
    for (int64_t i = 0; i < run; i++) {
        key = key * RUN_BASE + words[i];
        power *= RUN_BASE;
    }
    keys[0] = key;
    for (int64_t i = 1; i < count; i++) {
        key = key * RUN_BASE + (words[i + run - 1] - words[i - 1] * power);
        keys[i] = key;
    }
    return count;
}

static int64_t keys_of_row(const Articles *articles, int64_t row) {
    int64_t start = articles->offsets[row];
    return run_keys(articles->words + start, articles->offsets[row + 1] - start, articles->run, articles->keys);
}

/* Note each key in `met`, which has two bits for each place: whether a key was met there, and whether a second one was.
 * The places are all over the memory, so it asks for each of them some keys before. */
static void note(const uint64_t *restrict keys, int64_t count, int bits, uint8_t *restrict met) {
    for (int64_t i = 0; i < count; i++) {
        PREFETCH(&met[place_of(keys[smaller(i + AHEAD, count - 1)], bits) >> 2]);
        const uint64_t place = place_of(keys[i], bits);
        const int shift = 2 * (int)(place & 3), once = met[place >> 2] >> shift & 1;
        met[place >> 2] |= (uint8_t)((1 + once) << shift);
    }
}

/* Mark the words of the runs whose key occurs in `least` groups or more. The groups are ascending. */
static int64_t mark(const Articles *articles, const Found *found) {
    int bits = 4;
    while ((int64_t)1 << bits < 2 * found->count)
        bits++;
    const uint64_t mask = ((uint64_t)1 << bits) - 1;
    Scratch scratch = {0};
    /* Each key's number is that of its first run; a slot has that number plus one, 0 if it is empty. */
    int64_t *slots = take_zeros(&scratch, (int64_t)1 << bits, sizeof *slots);
    int64_t *number = take(&scratch, found->count, sizeof *number);
    int64_t *groups = take_zeros(&scratch, found->count, sizeof *groups); /* how many have the key */
    int64_t *latest = take(&scratch, found->count, sizeof *latest);       /* the last one of these */
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    for (int64_t i = 0; i < found->count; i++) {
        uint64_t slot = place_of(found->keys[i], bits);
        while (slots[slot] && found->keys[slots[slot] - 1] != found->keys[i])
            slot = (slot + 1) & mask;
        if (!slots[slot])
            slots[slot] = i + 1;
        int64_t key = number[i] = slots[slot] - 1;
        if (key == i || latest[key] != found->groups[i]) {
            latest[key] = found->groups[i];
            groups[key]++;
        }
    }
    for (int64_t i = 0; i < found->count; i++)
        if (groups[number[i]] >= articles->least)
            memset(articles->repeated + found->starts[i], 1, (size_t)articles->run);
    return give_back(&scratch, 0);
}

/* Mark the repeated runs of one owner, who has the given rows, with `total` words. */
static int64_t mark_owner(const Articles *articles, const int64_t *rows, int64_t count, int64_t total) {
    int bits = LEAST_BITS;
    while ((int64_t)1 << bits < 4 * total)
        bits++;
    Scratch scratch = {0};
    uint8_t *met = take_zeros(&scratch, (int64_t)1 << (bits - 2), 1);
    Found found = {take(&scratch, total, sizeof(uint64_t)), take(&scratch, total, sizeof(int64_t)),
                   take(&scratch, total, sizeof(int64_t)), 0};
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    for (int64_t i = 0; i < count; i++)
        note(articles->keys, keys_of_row(articles, rows[i]), bits, met);
    for (int64_t i = 0; i < count; i++) {
        int64_t runs = keys_of_row(articles, rows[i]);
        for (int64_t start = 0; start < runs; start++) {
            PREFETCH(&met[place_of(articles->keys[smaller(start + AHEAD, runs - 1)], bits) >> 2]);
            const uint64_t place = place_of(articles->keys[start], bits);
            if (!(met[place >> 2] >> 2 * (place & 3) & 2))
                continue;
            found.keys[found.count] = articles->keys[start];
            found.starts[found.count] = articles->offsets[rows[i]] + start;
            found.groups[found.count++] = articles->group[rows[i]];
        }
    }
    return give_back(&scratch, mark(articles, &found));
}

int64_t repeated_runs(const Value *in) {
    Articles articles = {in[0].u64, in[1].i64, in[4].i64, in[5].integer, in[6].integer, NULL, in[7].u8};
    const int64_t *by_owner = in[2].i64, *bounds = in[3].i64;
    Scratch scratch = {0};
    articles.keys = take(&scratch, longest_row(in[1]), sizeof *articles.keys);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    memset(articles.repeated, 0, (size_t)in[7].size);
    for (int64_t owner = 0; owner + 1 < in[3].size; owner++) {
        const int64_t *rows = by_owner + bounds[owner];
        int64_t count = bounds[owner + 1] - bounds[owner], total = 0;
        if (count < articles.least)
            continue;
        for (int64_t i = 0; i < count; i++)
            total += articles.offsets[rows[i] + 1] - articles.offsets[rows[i]];
        if (mark_owner(&articles, rows, count, total) == NO_MEMORY)
            return give_back(&scratch, NO_MEMORY);
    }
    return give_back(&scratch, 0);
}
