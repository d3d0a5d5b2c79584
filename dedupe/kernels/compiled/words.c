/* From letters to word hashes and word sequences. */

#include "words.h"

/* Write where words begin and end to `borders`, and return how many borders there are. */
VECTORISED
static int64_t word_borders(const uint8_t *letters, int64_t size, int32_t *borders) {
    int64_t count = 0;
    int before = 0;
    /* Every place is written, and stays if it is a border; a branch would often be predicted wrongly. */
    for (int64_t i = 0; i < size; i++) {
        int inside = letters[i] != 0;
        borders[count] = (int32_t)i;
        count += inside != before;
        before = inside;
    }
    if (before)
        borders[count++] = (int32_t)size;
    return count;
}

static inline uint64_t mix(uint64_t h, uint64_t multiplier) {
    h *= multiplier;
    return h ^ (h >> 32);
}

int64_t hash_row(const uint8_t *letters, int64_t size, int32_t *borders, uint64_t multiplier, uint64_t start,
                 uint64_t *words) {
    int64_t count = word_borders(letters, size, borders) / 2;
    for (int64_t i = 0; i < count; i++) {
        const uint8_t *word = letters + borders[2 * i];
        int64_t left = borders[2 * i + 1] - borders[2 * i];
        /* The second step is always computed and kept only for words that have it: a branch is predicted wrongly too
         * often. */
        uint64_t h = start ^ (eight_bytes(word) & mask(left));
        uint64_t longer = mix(h, multiplier) ^ (eight_bytes(word + 8) & mask(larger(left - 8, 0)));
        h = left > 8 ? longer : h;
        for (; left > 16; left -= 8) {
            word += 8;
            h = mix(h, multiplier) ^ (eight_bytes(word + 8) & mask(left - 16));
        }
        words[i] = h;
    }
    for (int64_t i = 0; i < count; i++)
        words[i] = fmix64(words[i]);
    return count;
}

int64_t word_hashes(const Value *in) {
    const uint8_t *letters = in[0].u8;
    const int64_t *offsets = in[1].i64;
    uint64_t *words = in[4].u64;
    int64_t *word_offsets = in[5].i64;
    Scratch scratch = {0};
    int32_t *borders = take(&scratch, longest_row(in[1]) + 1, sizeof *borders);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    word_offsets[0] = 0;
    for (int64_t row = 0; row + 1 < in[1].size; row++) {
        int64_t first = word_offsets[row];
        word_offsets[row + 1] = first + hash_row(letters + offsets[row], offsets[row + 1] - offsets[row], borders,
                                                 in[2].bits, in[3].bits, words + first);
    }
    return give_back(&scratch, word_offsets[in[1].size - 1]);
}

int64_t word_sequences(const Value *in) {
    const uint8_t *letters = in[0].u8;
    const int64_t *offsets = in[1].i64;
    uint8_t *words = in[2].u8;
    int64_t *places = in[3].i64, count = 0;
    places[0] = 0;
    for (int64_t row = 0; row + 1 < in[1].size; row++) {
        bool before = false;
        /* Every byte is written, and stays if it is in a word or ends one; a branch would often be predicted wrongly. */
        for (int64_t i = offsets[row]; i < offsets[row + 1]; i++) {
            bool inside = letters[i] != 0;
            words[count] = letters[i];
            count += inside | before;
            before = inside;
        }
        count -= count > places[row] && !words[count - 1];
        places[row + 1] = count;
    }
    return count;
}
