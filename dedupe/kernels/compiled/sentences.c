/* What sentences of two texts share, counted with repetitions. */

#include "kernel.h"
#include "sorting.h"

enum { TERMS, COUPLES };

/* Write the terms, and the couples of neighbouring terms, of a group of sentences, sorted. `sizes`: how many
 * there are. */
static void read_group(Value words, Value bounds, const int64_t *sentences, int64_t count, int64_t terms,
                       int64_t *found[2], int64_t sizes[2]) {
    sizes[TERMS] = sizes[COUPLES] = 0;
    for (int64_t k = 0; k < count; k++)
        for (int64_t i = bounds.i64[sentences[k]]; i < bounds.i64[sentences[k] + 1]; i++) {
            found[TERMS][sizes[TERMS]++] = words.i64[i];
            if (i + 1 < bounds.i64[sentences[k] + 1])
                found[COUPLES][sizes[COUPLES]++] = words.i64[i] * terms + words.i64[i + 1];
        }
    for (int what = TERMS; what <= COUPLES; what++)
        sort_numbers(found[what], sizes[what]);
}

/* How many numbers two sorted lists share, repeated ones counted. */
static int64_t count_common(const int64_t *left, int64_t lefts, const int64_t *right, int64_t rights) {
    int64_t common = 0;
    for (int64_t i = 0, j = 0; i < lefts && j < rights;) {
        const int64_t a = left[i], b = right[j];
        common += a == b;
        i += a <= b;
        j += b <= a;
    }
    return common;
}

/* left, left bounds, right, right bounds, terms, left sentences, left offsets, right sentences, right offsets,
 * shared* */
int64_t count_common_terms(const Value *in) {
    const int64_t terms = in[4].integer, pairs = in[6].size - 1;
    Scratch scratch = {0};
    int64_t *lefts[2], *rights[2], of_left[2] = {0}, of_right[2] = {0};
    for (int what = TERMS; what <= COUPLES; what++) {
        lefts[what] = take(&scratch, in[0].size, sizeof *lefts[what]);
        rights[what] = take(&scratch, in[2].size, sizeof *rights[what]);
    }
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    for (int64_t pair = 0; pair < pairs; pair++) {
        const int64_t *left = in[5].i64 + in[6].i64[pair], *right = in[7].i64 + in[8].i64[pair];
        const int64_t left_size = in[6].i64[pair + 1] - in[6].i64[pair];
        const int64_t right_size = in[8].i64[pair + 1] - in[8].i64[pair];
        read_group(in[0], in[1], left, left_size, terms, lefts, of_left);
        read_group(in[2], in[3], right, right_size, terms, rights, of_right);
        for (int what = TERMS; what <= COUPLES; what++)
            in[9].i64[what * pairs + pair] = count_common(lefts[what], of_left[what], rights[what], of_right[what]);
    }
    return give_back(&scratch, 0);
}

/* own, own bounds, other, other bounds, plain, full, sentences, members, others, counts* */
int64_t count_added_terms(const Value *in) {
    const int64_t *own = in[0].i64, *bounds = in[1].i64, sentences = in[6].size;
    const uint8_t *plain = in[4].u8, *full = in[5].u8;
    Scratch scratch = {0};
    int64_t *left_over = take_zeros(&scratch, in[4].size, sizeof *left_over); /* occurrences without a counterpart */
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    for (int64_t k = 0; k < in[8].size; k++)
        for (int64_t i = in[3].i64[in[8].i64[k]]; i < in[3].i64[in[8].i64[k] + 1]; i++)
            left_over[in[2].i64[i]]++;
    for (int64_t k = 0; k < in[7].size; k++)
        for (int64_t i = bounds[in[7].i64[k]]; i < bounds[in[7].i64[k] + 1]; i++)
            left_over[own[i]]--;
    for (int64_t k = 0; k < sentences; k++) {
        const int64_t first = bounds[in[6].i64[k]], last = bounds[in[6].i64[k] + 1];
        int64_t words = 0, added = 0, added_plain = 0;
        for (int64_t i = first; i < last; i++) {
            const bool is_added = left_over[own[i]]-- > 0;
            words += full[own[i]];
            added += is_added && full[own[i]];
            added_plain += is_added && plain[own[i]];
        }
        for (int64_t i = first; i < last; i++)
            left_over[own[i]]++;
        in[9].i64[k] = words;
        in[9].i64[sentences + k] = added;
        in[9].i64[2 * sentences + k] = added_plain;
    }
    return give_back(&scratch, 0);
}
