/* Pairing rows by equal keys, and counting what two rows share. */

#include <string.h>

#include "words.h"

/* The key of one band: a hash of its minima and of a number. */
static inline uint64_t band_key(const uint32_t *minima, int64_t size, uint64_t key) {
    for (int64_t i = 0; i < size; i++)
        key = fmix64(key * JOIN_MULTIPLIER + minima[i]);
    return key;
}

int64_t band_keys(const Value *in) {
    const uint32_t *minima = in[0].u32;
    const int64_t permutations = in[1].integer, size = in[2].integer, bands = permutations / size;
    uint64_t *keys = in[3].u64;
    for (int64_t done = 0; done < in[3].size; done += bands, minima += permutations)
        for (int64_t band = 0; band < bands; band++)
            keys[done + band] = band_key(minima + band * size, size, (uint64_t)band);
    return 0;
}

int64_t band_members(const Value *in) {
    const int64_t permutations = in[1].integer, size = in[3].integer, bits = in[4].integer;
    const uint32_t *minima = in[0].u32 + in[2].integer * size;
    uint64_t *members = in[5].u64;
    for (int64_t row = 0; row < in[5].size; row++)
        members[row] = band_key(minima + row * permutations, size, 0) << bits | (uint64_t)row;
    return 0;
}

/* In how many places two signatures are equal. */
VECTORISED
static int64_t count_equal(const uint32_t *ours, const uint32_t *theirs, int64_t permutations) {
    uint32_t same = 0;
    for (int64_t i = 0; i < permutations; i++)
        same += ours[i] == theirs[i];
    return same;
}

int64_t equal_minima(const Value *in) {
    const uint32_t *minima = in[0].u32;
    const int64_t permutations = in[1].integer, *left = in[2].i64, *right = in[3].i64;
    for (int64_t pair = 0; pair < in[4].size; pair++)
        in[4].i64[pair] = count_equal(minima + left[pair] * permutations, minima + right[pair] * permutations,
                                      permutations);
    return 0;
}

int64_t bucket_members(const Value *in) {
    const uint64_t *keys = in[0].u64, part = in[4].bits, mask = in[5].bits - 1;
    const int64_t *offsets = in[1].i64, bits = in[3].integer;
    uint64_t *members = in[6].u64;
    int64_t count = 0;
    for (int64_t row = 0; row + 1 < in[1].size; row++)
        for (int64_t place = offsets[row]; place < offsets[row + 1]; place++) {
            /* Every key is written, and stays if it belongs to the part; a branch would often be predicted wrongly. */
            members[count] = keys[place] << bits | (in[2].bits + (uint64_t)row);
            count += (keys[place] & mask) == part;
        }
    return count;
}

int64_t shared_buckets(const Value *in) {
    const uint64_t *members = in[0].u64;
    const int64_t bits = in[1].integer, last = in[0].size - 1;
    uint64_t *kept = in[2].u64;
    int64_t count = 0;
    bool before = false;
    for (int64_t i = 0; i < last; i++) {
        bool after = (members[i] ^ members[i + 1]) >> bits == 0;
        kept[count] = members[i];
        count += before | after;
        before = after;
    }
    if (before)
        kept[count++] = members[last];
    return count;
}

/* --- what two rows share ------------------------------------------------------------------------------------------ */

/* Slots of a row's index for each value in the row. With this many, one in sixteen values of another row meets a full
 * slot by chance. */
#define SLOTS_A_VALUE 16

#define LEAST_POWER 6 /* logarithm of the slots of the smallest index */

/* A row, and its index: the range of all hashes is divided into slots. */
typedef struct {
    const uint64_t *values;
    int64_t size;
    int shift;      /* of a value, for its slot */
    uint8_t *full;  /* whether the row has a value in a slot */
    int64_t *first; /* the place in the row of the first one, if so */
} Row;

/* The logarithm of the slots for a row with as many values. */
static int slots_power(int64_t size) {
    int power = LEAST_POWER;
    while ((int64_t)1 << power < size * SLOTS_A_VALUE)
        power++;
    return power;
}

static void index_row(Row *row, const uint64_t *values, int64_t size) {
    int power = slots_power(size);
    row->values = values;
    row->size = size;
    row->shift = 64 - power;
    memset(row->full, 0, (size_t)1 << power);
    for (int64_t i = size - 1; i >= 0; i--) {
        row->full[values[i] >> row->shift] = 1;
        row->first[values[i] >> row->shift] = i;
    }
}

/* How many values of another row are in the indexed row. `maybe`: room for one value more than the other row has. */
static int64_t shared_with(const Row *row, const uint64_t *other, int64_t size, uint64_t *restrict maybe) {
    const uint8_t *full = row->full;
    const int shift = row->shift;
    /* Values that meet an empty slot are dropped, without a branch, which would be predicted wrongly too often. */
    int64_t candidates = 0, count = 0;
    for (int64_t i = 0; i < size; i++) {
        maybe[candidates] = other[i];
        candidates += full[other[i] >> shift];
    }
    for (int64_t i = 0; i < candidates; i++) {
        uint64_t value = maybe[i];
        int64_t place = row->first[value >> shift];
        while (place < row->size && row->values[place] < value)
            place++;
        count += place < row->size && row->values[place] == value;
    }
    return count;
}

/* The rows are given as their addresses and sizes, so that rows of several arrays need not be copied into one. */
int64_t shared_counts(const Value *in) {
    const uint64_t *addresses = in[0].u64;
    const int64_t *sizes = in[1].i64, *left = in[2].i64, *right = in[3].i64, pairs = in[4].size;
    int64_t longest_left = 0, longest_right = 0;
    for (int64_t pair = 0; pair < pairs; pair++) {
        longest_left = larger(longest_left, sizes[left[pair]]);
        longest_right = larger(longest_right, sizes[right[pair]]);
    }
    Scratch scratch = {0};
    const int64_t slots = (int64_t)1 << slots_power(longest_left);
    Row row = {.full = take(&scratch, slots, sizeof *row.full), .first = take(&scratch, slots, sizeof *row.first)};
    uint64_t *maybe = take(&scratch, longest_right + 1, sizeof *maybe);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    for (int64_t pair = 0, indexed = -1; pair < pairs; pair++) {
        if (indexed != left[pair]) {
            indexed = left[pair];
            index_row(&row, (const uint64_t *)(uintptr_t)addresses[indexed], sizes[indexed]);
        }
        in[4].i64[pair] = shared_with(&row, (const uint64_t *)(uintptr_t)addresses[right[pair]], sizes[right[pair]],
                                      maybe);
    }
    return give_back(&scratch, 0);
}
