/* From word hashes to fingerprints. */

#include <string.h>

#include "words.h"

int64_t sequence_hashes(const Value *in) {
    const uint64_t *words = in[0].u64, base = in[2].bits;
    const int64_t *offsets = in[1].i64;
    uint64_t *hashes = in[3].u64;
    for (int64_t row = 0; row < in[3].size; row++) {
        uint64_t total = 0;
        /* From the last word to the first: Horner's rule for the sum of word × base^place. */
        for (int64_t place = offsets[row + 1]; place > offsets[row]; place--)
            total = total * base + words[place - 1];
        hashes[row] = fmix64(total);
    }
    return 0;
}

/* Write the shingles of one row to `hashes`, which has room for one more than there are words; return how many. */
VECTORISED
static int64_t shingle_row(const uint64_t *words, int64_t count, int64_t size, uint64_t base,
                           uint64_t *restrict hashes) {
    int64_t inside = smaller(size, count);
    count = smaller(count, larger(1, count - size + 1));
    memcpy(hashes, words, (size_t)count * sizeof *hashes);
    uint64_t power = base;
    /* The outer loop takes one word of every shingle at a time, so that the inner loop runs over neighbouring elements
     * and is vectorised. */
    for (int64_t i = 1; i < inside; i++, power *= base)
        for (int64_t j = 0; j < count; j++)
            hashes[j] += words[i + j] * power;
    for (int64_t j = 0; j < count; j++)
        hashes[j] = fmix64(hashes[j] ^ (uint64_t)(size - inside));
    return count;
}

int64_t shingle_hashes(const Value *in) {
    const int64_t *offsets = in[1].i64;
    uint64_t *hashes = in[4].u64;
    int64_t *places = in[5].i64;
    places[0] = 0;
    for (int64_t row = 0; row + 1 < in[1].size; row++)
        places[row + 1] = places[row] + shingle_row(in[0].u64 + offsets[row], offsets[row + 1] - offsets[row],
                                                    in[2].integer, in[3].bits, hashes + places[row]);
    return places[in[1].size - 1];
}

/* Sort values by one byte, stably, into `out`. `places`: where the values with each byte begin; it is changed. */
static inline void scatter(const uint64_t *values, int64_t size, int shift, int64_t *places, uint64_t *restrict out) {
    for (int64_t i = 0; i < size; i++)
        out[places[values[i] >> shift & 0xFF]++] = values[i];
}

/* Write the distinct values in ascending order to `out`, and return how many there are.
 *
 * Because hashes are spread evenly, a radix sort by the two top bytes leaves few values in the wrong place (Knuth, The
 * Art of Computer Programming 3, 5.2.5), so the insertion sort after it has little to do. `room` and `out` must have
 * room for all values. */
static int64_t sort_distinct(const uint64_t *values, int64_t size, uint64_t *room, uint64_t *out) {
    int64_t low[257] = {0}, high[257] = {0};
    for (int64_t i = 0; i < size; i++) {
        low[(values[i] >> 48 & 0xFF) + 1]++;
        high[(values[i] >> 56) + 1]++;
    }
    for (int byte = 0; byte < 256; byte++) {
        low[byte + 1] += low[byte];
        high[byte + 1] += high[byte];
    }
    scatter(values, size, 48, low, room);
    scatter(room, size, 56, high, out);
    int64_t count = smaller(size, 1);
    for (int64_t i = 1; i < size; i++) {
        uint64_t value = out[i];
        if (value > out[count - 1]) {
            out[count++] = value;
            continue;
        }
        int64_t j = count;
        while (j > 0 && out[j - 1] > value)
            j--;
        if (j > 0 && out[j - 1] == value)
            continue;
        memmove(out + j + 1, out + j, (size_t)(count - j) * sizeof *out);
        out[j] = value;
        count++;
    }
    return count;
}

int64_t unique_sorted(const Value *in) {
    const int64_t *offsets = in[1].i64;
    int64_t *places = in[3].i64;
    Scratch scratch = {0};
    uint64_t *room = take(&scratch, longest_row(in[1]), sizeof *room);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    places[0] = 0;
    for (int64_t row = 0; row + 1 < in[1].size; row++)
        places[row + 1] = places[row] + sort_distinct(in[0].u64 + offsets[row], offsets[row + 1] - offsets[row], room,
                                                      in[2].u64 + places[row]);
    return give_back(&scratch, places[in[1].size - 1]);
}

/* Write the minimum of every window to `minima`, equal neighbours once, and return how many these are. */
VECTORISED
static int64_t minima_row(const uint64_t *shingles, int64_t size, int64_t window, int64_t reach_on,
                          uint64_t *restrict minima) {
    if (0 < reach_on && reach_on < size) {
        size -= reach_on;
        for (int64_t i = 0; i < size; i++)
            minima[i] = shingles[i] * JOIN_MULTIPLIER + shingles[i + reach_on];
    } else {
        memcpy(minima, shingles, (size_t)size * sizeof *minima);
    }
    /* The span of the minima is doubled in each of log2(window) passes, which are vectorised. */
    int64_t wanted = smaller(window, size);
    for (int64_t span = 1; span < wanted;) {
        int64_t step = smaller(span, wanted - span);
        size -= step;
        for (int64_t i = 0; i < size; i++)
            minima[i] = minima[i] < minima[i + step] ? minima[i] : minima[i + step];
        span += step;
    }
    int64_t count = 0;
    uint64_t last = size ? ~minima[0] : 0;
    for (int64_t i = 0; i < size; i++) {
        uint64_t value = minima[i];
        minima[count] = value;
        count += value != last;
        last = value;
    }
    return count;
}

int64_t winnow(const Value *in) {
    const int64_t *offsets = in[1].i64, longest = longest_row(in[1]);
    int64_t *places = in[5].i64;
    Scratch scratch = {0};
    uint64_t *room = take(&scratch, longest, sizeof *room), *minima = take(&scratch, longest, sizeof *minima);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    places[0] = 0;
    for (int64_t row = 0; row + 1 < in[1].size; row++) {
        int64_t count = minima_row(in[0].u64 + offsets[row], offsets[row + 1] - offsets[row], in[2].integer,
                                   in[3].integer, minima);
        places[row + 1] = places[row] + sort_distinct(minima, count, room, in[4].u64 + places[row]);
    }
    return give_back(&scratch, places[in[1].size - 1]);
}

/* Write the minima of one row to `out`. `mixed`: room for as many elements as there are shingles. */
VECTORISED
static void signature_row(const uint64_t *shingles, int64_t size, const uint32_t *a, const uint32_t *b,
                          int64_t permutations, uint32_t *restrict mixed, uint32_t *restrict out) {
    for (int64_t i = 0; i < size; i++) {
        uint32_t h = (uint32_t)shingles[i];
        h = (h ^ (h >> 16)) * 0x85EBCA6Bu;
        h = (h ^ (h >> 13)) * 0xC2B2AE35u;
        mixed[i] = h ^ (h >> 16);
    }
    for (int64_t p = 0; p < permutations; p++) {
        uint32_t least = UINT32_MAX;
        for (int64_t i = 0; i < size; i++) {
            uint32_t value = a[p] * mixed[i] + b[p];
            least = value < least ? value : least;
        }
        out[p] = least;
    }
}

int64_t signatures(const Value *in) {
    const int64_t *offsets = in[1].i64, permutations = in[2].size;
    Scratch scratch = {0};
    uint32_t *mixed = take(&scratch, longest_row(in[1]), sizeof *mixed);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    for (int64_t row = 0; row + 1 < in[1].size; row++)
        signature_row(in[0].u64 + offsets[row], offsets[row + 1] - offsets[row], in[2].u32, in[3].u32, permutations,
                      mixed, in[4].u32 + row * permutations);
    return give_back(&scratch, 0);
}

int64_t fingerprint(const Value *in) {
    const uint8_t *letters = in[0].u8;
    const int64_t *offsets = in[1].i64, size = in[2].integer, window = in[3].integer, reach_on = in[4].integer;
    const uint64_t word_multiplier = in[5].bits, shingle_base = in[6].bits, sequence_base = in[7].bits,
                   word_start = in[8].bits;
    const int64_t permutations = in[9].size, sketch_only = in[14].integer;
    int64_t *words = in[11].i64, *shingle_places = in[16].i64, *passage_places = in[18].i64;
    uint64_t *digests = in[12].u64, *shingles = in[15].u64, *passages = in[17].u64;
    const int64_t longest = longest_row(in[1]) / 2 + 1; /* words; two words have a zero between them */
    Scratch scratch = {0};
    int32_t *borders = take(&scratch, 2 * longest, sizeof *borders);
    uint64_t *hashed = take(&scratch, longest, sizeof *hashed), *ordered = take(&scratch, longest, sizeof *ordered);
    uint64_t *room = take(&scratch, longest, sizeof *room), *minima = take(&scratch, longest, sizeof *minima);
    uint32_t *mixed = take(&scratch, longest, sizeof *mixed);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    for (int64_t row = 0; row + 1 < in[1].size; row++) {
        int64_t count = hash_row(letters + offsets[row], offsets[row + 1] - offsets[row], borders, word_multiplier,
                                 word_start, hashed);
        words[row] = count;
        uint64_t total = 0;
        for (int64_t i = count; i > 0; i--)
            total = total * sequence_base + hashed[i - 1];
        digests[row] = fmix64(total);
        count = shingle_row(hashed, count, size, shingle_base, ordered);
        signature_row(ordered, count, in[9].u32, in[10].u32, permutations, mixed, in[13].u32 + row * permutations);
        if (sketch_only)
            continue;
        int64_t first = shingle_places[row];
        shingle_places[row + 1] = first + sort_distinct(ordered, count, room, shingles + first);
        int64_t found = minima_row(ordered, count, window, reach_on, minima);
        first = passage_places[row];
        passage_places[row + 1] = first + sort_distinct(minima, found, room, passages + first);
    }
    return give_back(&scratch, 0);
}
