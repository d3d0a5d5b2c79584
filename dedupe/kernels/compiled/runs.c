/* Runs of words that two texts have in common, and seeds of passages that lie close together. */

#include <stdlib.h>
#include <string.h>

#include "kernel.h"

/* Which words of a text begin a run all of whose terms the other text has: their places, ascending. */
static int64_t known_runs(Value own, Value other, int64_t run, uint8_t *is_known, int64_t terms, int64_t *starts) {
    memset(is_known, 0, (size_t)terms);
    for (int64_t i = 0; i < other.size; i++)
        is_known[other.i64[i]] = 1;
    int64_t found = 0, length = 0;
    for (int64_t i = 0; i < own.size; i++) {
        length = is_known[own.i64[i]] ? length + 1 : 0;
        if (length >= run)
            starts[found++] = i + 1 - run;
    }
    return found;
}

static uint64_t hashed(const int64_t *words, int64_t run) {
    uint64_t hash = 0;
    for (int64_t i = 0; i < run; i++)
        hash = hash * 0x9E3779B97F4A7C15u + (uint64_t)words[i] + 1;
    return hash ^ hash >> 32;
}

/* left, right, terms, run, left starts*, right starts* */
int64_t shared_runs(const Value *in) {
    const Value left = in[0], right = in[1];
    const int64_t terms = in[2].integer, run = in[3].integer;
    Scratch scratch = {0};
    uint8_t *is_known = take(&scratch, terms, 1);
    int64_t *lefts = take(&scratch, left.size, sizeof *lefts), *rights = take(&scratch, right.size, sizeof *rights);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    const int64_t of_left = known_runs(left, right, run, is_known, terms, lefts);
    const int64_t of_right = of_left ? known_runs(right, left, run, is_known, terms, rights) : 0;
    int64_t size = 4;
    while (size < 2 * of_right)
        size *= 2;
    int64_t *slots = take(&scratch, size, sizeof *slots); /* the first place of each run of the right text */
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    memset(slots, 0xFF, (size_t)size * sizeof *slots);
    for (int64_t side = 0; side < 2; side++) {
        int64_t found = 0;
        for (int64_t i = 0; i < (side ? of_left : of_right); i++) {
            const int64_t *words = side ? left.i64 + lefts[i] : right.i64 + rights[i];
            uint64_t at = hashed(words, run) & (uint64_t)(size - 1);
            while (slots[at] >= 0 && memcmp(right.i64 + slots[at], words, (size_t)run * sizeof *words))
                at = (at + 1) & (uint64_t)(size - 1);
            if (!side && slots[at] < 0)
                slots[at] = rights[i];
            if (side && slots[at] >= 0 && found < in[4].size) {
                in[4].i64[found] = lefts[i];
                in[5].i64[found++] = slots[at];
            }
        }
        if (side)
            return give_back(&scratch, found);
    }
    return give_back(&scratch, 0);
}

typedef struct {
    int64_t first[2], last[2]; /* half-open, of the left and of the right text */
} Seed;

static int by_left(const void *left, const void *right) {
    const Seed *a = left, *b = right;
    return (a->first[0] > b->first[0]) - (a->first[0] < b->first[0]);
}

static int by_right(const void *left, const void *right) {
    const Seed *a = left, *b = right;
    return (a->first[1] > b->first[1]) - (a->first[1] < b->first[1]);
}

/* Seeds that are still to be split: those from `first` on, and on which side the next gap is looked for. */
typedef struct {
    int64_t first, size;
    int side;
    bool is_whole_on_other_side;
} Part;

static void write_joined(const Seed *seeds, int64_t size, int64_t *joined) {
    int64_t first[2] = {seeds[0].first[0], seeds[0].first[1]}, last[2] = {seeds[0].last[0], seeds[0].last[1]};
    for (int64_t i = 1; i < size; i++)
        for (int side = 0; side < 2; side++) {
            first[side] = smaller(first[side], seeds[i].first[side]);
            last[side] = larger(last[side], seeds[i].last[side]);
        }
    const int64_t both[] = {first[0], last[0], first[1], last[1]};
    memcpy(joined, both, sizeof both);
}

/* seeds, gap, joined* */
int64_t join_seeds(const Value *in) {
    const int64_t count = in[0].size / 4, gap = in[1].integer;
    Scratch scratch = {0};
    Seed *seeds = take(&scratch, count, sizeof *seeds);
    Part *parts = take(&scratch, count + 1, sizeof *parts);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    for (int64_t i = 0; i < count; i++) {
        const int64_t *own = in[0].i64 + 4 * i;
        seeds[i] = (Seed){{own[0], own[2]}, {own[1], own[3]}};
    }
    int64_t waiting = 0, joined = 0;
    if (count)
        parts[waiting++] = (Part){0, count, 0, false};
    while (waiting) {
        const Part part = parts[--waiting];
        Seed *own = seeds + part.first;
        const int side = part.side;
        if (part.size > 1)
            qsort(own, (size_t)part.size, sizeof *own, side ? by_right : by_left);
        int64_t begin = 0, end = own[0].last[side];
        const int64_t before = waiting;
        for (int64_t i = 1; i <= part.size; i++) {
            if (i < part.size && own[i].first[side] - end <= gap) {
                end = larger(end, own[i].last[side]);
                continue;
            }
            if (begin || i < part.size) { /* there is a gap */
                parts[waiting++] = (Part){part.first + begin, i - begin, 1 - side, false};
            }
            begin = i;
            end = i < part.size ? own[i].last[side] : 0;
        }
        if (waiting > before)
            continue;
        if (part.is_whole_on_other_side || part.size == 1)
            write_joined(own, part.size, in[2].i64 + 4 * joined++);
        else
            parts[waiting++] = (Part){part.first, part.size, 1 - side, true};
    }
    return give_back(&scratch, joined);
}
