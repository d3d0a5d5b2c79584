/* What the pieces of two texts share. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "sorting.h"

enum { LEAST_COSINE, LEAST_DICE, LEAST_HELD };

/* What is added up for a pair of pieces, or for a piece. */
typedef struct {
    double dot, terms, nats, full, plain, plain_nats;
} Shared;

/* The distinct terms of the pieces of a text, piece by piece, ascending in each. */
typedef struct {
    int64_t pieces;
    int64_t *starts;  /* where the terms of each piece begin; one more at the end */
    int64_t *terms;   /* the terms */
    double *weights;  /* how often each occurs in its piece; later, times its information */
    int64_t *holders; /* by term: the number of pieces that have it */
    double *norm, *size, *plain, *nats, *known, *best;
} Side;

/* The pairs that are written: their pieces and measures, in columns of `room` elements. */
typedef struct {
    int64_t pairs, room;
    int64_t *numbers;
    double *measures;
} Found;

/* A term and the number of pairs of pieces that have it. */
typedef struct {
    int64_t products, term;
} Frequent;

/* The least products first; of equal ones the lowest term. */
static int by_products(const void *left, const void *right) {
    const Frequent *a = left, *b = right;
    if (a->products != b->products)
        return a->products < b->products ? -1 : 1;
    return (a->term > b->term) - (a->term < b->term);
}

/* Read the pieces of a text. `measures` is where its known shares and best cosines are written. */
static Side read_side(Scratch *scratch, Value bounds, Value words, int64_t vocabulary, double *measures) {
    Side side = {.pieces = bounds.size - 1};
    side.starts = take(scratch, side.pieces + 1, sizeof *side.starts);
    side.terms = take(scratch, words.size, sizeof *side.terms);
    side.weights = take(scratch, words.size, sizeof *side.weights);
    side.holders = take_zeros(scratch, vocabulary, sizeof *side.holders);
    double *sums = take_zeros(scratch, 4 * side.pieces, sizeof *sums);
    if (scratch->failed)
        return side;
    side.norm = sums;
    side.size = sums + side.pieces;
    side.plain = sums + 2 * side.pieces;
    side.nats = sums + 3 * side.pieces;
    side.known = measures;
    side.best = measures + side.pieces;
    int64_t written = 0;
    for (int64_t piece = 0; piece < side.pieces; piece++) {
        side.starts[piece] = written;
        const int64_t size = bounds.i64[piece + 1] - bounds.i64[piece];
        int64_t *own = side.terms + written;
        if (size > 0)
            memcpy(own, words.i64 + bounds.i64[piece], (size_t)size * sizeof *own);
        sort_numbers(own, size);
        int64_t distinct = 0;
        for (int64_t i = 0; i < size; i++) {
            if (distinct && own[distinct - 1] == own[i]) {
                side.weights[written + distinct - 1]++;
                continue;
            }
            side.holders[own[i]]++;
            own[distinct] = own[i];
            side.weights[written + distinct++] = 1;
        }
        written += distinct;
    }
    side.starts[side.pieces] = written;
    return side;
}

/* Which terms are compared: all, or the rarest ones whose products add up to at most `most`. Returns whether all are. */
static bool mark_compared(Scratch *scratch, const Side *left, const Side *right, int64_t vocabulary, int64_t most,
                          uint8_t *compared) {
    int64_t total = 0;
    for (int64_t term = 0; term < vocabulary; term++)
        total += left->holders[term] * right->holders[term];
    memset(compared, total <= most, (size_t)vocabulary);
    if (total <= most)
        return true;
    Frequent *terms = take(scratch, vocabulary, sizeof *terms);
    if (scratch->failed)
        return false;
    for (int64_t term = 0; term < vocabulary; term++)
        terms[term] = (Frequent){left->holders[term] * right->holders[term], term};
    qsort(terms, (size_t)vocabulary, sizeof *terms, by_products);
    total = 0;
    for (int64_t i = 0; i < vocabulary && (total += terms[i].products) <= most; i++)
        compared[terms[i].term] = 1;
    return false;
}

/* Weigh the terms of a text, and add up what a single piece has. `other`: the text it is compared with. */
static void weigh(Side *side, const Side *other, const double *nats, const uint8_t *compared, const uint8_t *plain,
                  double no_nats) {
    for (int64_t piece = 0; piece < side->pieces; piece++) {
        double squares = 0, known = 0;
        for (int64_t i = side->starts[piece]; i < side->starts[piece + 1]; i++) {
            const int64_t term = side->terms[i];
            side->weights[i] *= nats[term];
            squares += side->weights[i] * side->weights[i];
            side->size[piece] += compared[term];
            side->plain[piece] += plain[term] && compared[term];
            side->nats[piece] += nats[term];
            known += other->holders[term] ? nats[term] : 0.0;
        }
        side->norm[piece] = sqrt(squares);
        side->nats[piece] = side->nats[piece] > no_nats ? side->nats[piece] : no_nats;
        side->known[piece] = known / side->nats[piece];
        side->best[piece] = 0;
    }
}

/* Add up what a left piece shares with each right one. `holders`: the right pieces of each term, and `places` the places
 * of the term in them, from `first[term]` on. `touched`: a bit for each right piece. */
static void add_shared(const Side *left, const Side *right, int64_t piece, const int64_t *first, const int64_t *holders,
                       const int64_t *places, const double *nats, const uint8_t *compared, const uint8_t *plain,
                       const uint8_t *full, Shared *shared, uint64_t *touched) {
    for (int64_t i = left->starts[piece]; i < left->starts[piece + 1]; i++) {
        const int64_t term = left->terms[i];
        if (!compared[term])
            continue;
        const Shared one = {left->weights[i], 1, nats[term], full[term], plain[term], plain[term] ? nats[term] : 0};
        for (int64_t k = first[term]; k < first[term] + right->holders[term]; k++) {
            Shared *sum = shared + holders[k];
            touched[holders[k] / 64] |= (uint64_t)1 << holders[k] % 64;
            sum->dot += one.dot * right->weights[places[k]];
            sum->terms += one.terms;
            sum->nats += one.nats;
            sum->full += one.full;
            sum->plain += one.plain;
            sum->plain_nats += one.plain_nats;
        }
    }
}

static double share_held(const Side *side, int64_t piece, const Shared *shared, double no_nats) {
    return side->nats[piece] > no_nats ? shared->nats / side->nats[piece] : shared->terms / side->size[piece];
}

/* Measure a pair of pieces, and write it if it reaches any of the least values. */
static void measure(Side *left, Side *right, int64_t i, int64_t j, const Shared *sum, double unit, double no_nats,
                    const double *least, Found *found) {
    const double norm = left->norm[i] * right->norm[j], cosine = norm > 0 ? sum->dot / norm : 0;
    const double dice = 2 * sum->terms / (left->size[i] + right->size[j]);
    const double in_right = share_held(left, i, sum, no_nats), in_left = share_held(right, j, sum, no_nats);
    left->best[i] = cosine > left->best[i] ? cosine : left->best[i];
    right->best[j] = cosine > right->best[j] ? cosine : right->best[j];
    if (cosine < least[LEAST_COSINE] && dice < least[LEAST_DICE] && in_right < least[LEAST_HELD] &&
        in_left < least[LEAST_HELD])
        return;
    const double fewer = left->plain[i] < right->plain[j] ? left->plain[i] : right->plain[j];
    const double of_plain = sum->plain / (fewer > 1 ? fewer : 1);
    const double measures[] = {cosine,     dice,     sum->nats / unit, sum->full, sum->plain, sum->plain_nats / unit,
                               of_plain, in_right, in_left};
    found->numbers[found->pairs] = i;
    found->numbers[found->room + found->pairs] = j;
    for (size_t k = 0; k < sizeof measures / sizeof *measures; k++)
        found->measures[(int64_t)k * found->room + found->pairs] = measures[k];
    found->pairs++;
}

/* left bounds, left terms, right bounds, right terms, plain, full, nats by holders, unit, no nats, most, least,
 * pairs*, measures*, left pieces*, right pieces*, is partial* */
int64_t compare_pieces(const Value *in) {
    const int64_t vocabulary = in[4].size, room = in[11].size / 2;
    const uint8_t *plain = in[4].u8, *full = in[5].u8;
    const double unit = in[7].real, no_nats = in[8].real, *least = in[10].f64;
    Scratch scratch = {0};
    Side left = read_side(&scratch, in[0], in[1], vocabulary, in[13].f64);
    Side right = read_side(&scratch, in[2], in[3], vocabulary, in[14].f64);
    uint8_t *compared = take(&scratch, vocabulary, 1);
    double *nats = take(&scratch, vocabulary, sizeof *nats);
    int64_t *first = take(&scratch, vocabulary + 1, sizeof *first);
    int64_t *holders = take(&scratch, in[3].size, sizeof *holders), *places = take(&scratch, in[3].size, sizeof *places);
    Shared *shared = take_zeros(&scratch, right.pieces, sizeof *shared);
    uint64_t *touched = take_zeros(&scratch, right.pieces / 64 + 1, sizeof *touched);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    const bool are_all = mark_compared(&scratch, &left, &right, vocabulary, in[9].integer, compared);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    in[15].u8[0] = !are_all;
    first[0] = 0;
    for (int64_t term = 0; term < vocabulary; term++) {
        nats[term] = compared[term] ? in[6].f64[left.holders[term] + right.holders[term]] : 0;
        first[term + 1] = first[term] + right.holders[term];
    }
    weigh(&left, &right, nats, compared, plain, no_nats);
    weigh(&right, &left, nats, compared, plain, no_nats);
    for (int64_t piece = right.pieces - 1; piece >= 0; piece--) /* from the back, which moves every end to the start */
        for (int64_t i = right.starts[piece]; i < right.starts[piece + 1]; i++) {
            const int64_t place = --first[right.terms[i] + 1];
            holders[place] = piece;
            places[place] = i;
        }
    Found found = {0, room, in[11].i64, in[12].f64};
    for (int64_t i = 0; i < left.pieces; i++) {
        add_shared(&left, &right, i, first + 1, holders, places, nats, compared, plain, full, shared, touched);
        for (int64_t word = 0; word <= right.pieces / 64; word++)
            for (; touched[word]; touched[word] &= touched[word] - 1) {
                const int64_t j = 64 * word + lowest_bit(touched[word]);
                measure(&left, &right, i, j, &shared[j], unit, no_nats, least, &found);
                shared[j] = (Shared){0};
            }
    }
    return give_back(&scratch, found.pairs);
}

/* keys, other keys, numbers* */
int64_t number_keys(const Value *in) {
    const Value own = in[0], other = in[1];
    Scratch scratch = {0};
    int64_t size = 4;
    while (size < 2 * own.size)
        size *= 2;
    int64_t *slots = take(&scratch, size, sizeof *slots);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    memset(slots, 0xFF, (size_t)size * sizeof *slots);
    for (int64_t i = 0; i < own.size; i++) {
        uint64_t at = own.u64[i] & (uint64_t)(size - 1);
        while (slots[at] >= 0)
            at = (at + 1) & (uint64_t)(size - 1);
        slots[at] = i;
    }
    int64_t next = own.size;
    for (int64_t i = 0; i < other.size; i++) {
        uint64_t at = other.u64[i] & (uint64_t)(size - 1);
        while (slots[at] >= 0 && own.u64[slots[at]] != other.u64[i])
            at = (at + 1) & (uint64_t)(size - 1);
        in[2].i64[i] = slots[at] >= 0 ? slots[at] : next++;
    }
    return give_back(&scratch, next);
}
