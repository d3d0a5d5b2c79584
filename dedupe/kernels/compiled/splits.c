/* Splits of a group of texts in two. All sums are taken in the order of the reference. */

#include <math.h>
#include <string.h>

#include "kernel.h"

#define MIN_GAIN 1e-9 /* records.MIN_GAIN */

/* A group of texts, and what is worked out for it. */
typedef struct {
    int64_t texts, terms;
    const int64_t *has, *holders;
    const double *weights, *odds, *tables;
    int64_t *inside;       /* of each term, how many texts of the second side have it */
    int64_t *held, *ends;  /* the terms of each text, ragged */
    double *of_terms;      /* of each term, by how much its evidence rises if a text that has it moves */
    double *of_moves;      /* of each text that may move, by how much the evidence rises if it does */
    double *total;         /* of each text, the sum of its log-odds */
    double *to_second;     /* of each text, the sum of its log-odds with the texts of the second side */
} Group;

/* The evidence of a term that `holders` texts have, `inside` of them on a side of `size` texts. */
static inline double evidence_of(const Group *of, int64_t size, int64_t inside, int64_t holders) {
    return of->tables[(size * (of->texts + 1) + inside) * (of->texts + 1) + holders];
}

/* Find the terms of each text. */
static void list_terms(Group *of) {
    int64_t count = 0;
    of->ends[0] = 0;
    for (int64_t text = 0; text < of->texts; text++) {
        for (int64_t term = 0; term < of->terms; term++) {
            of->held[count] = term;
            count += of->has[text * of->terms + term] != 0;
        }
        of->ends[text + 1] = count;
    }
}

/* Count how many texts of the second side have each term. Returns how many texts it has. */
static int64_t count_inside(Group *of, const uint8_t *side) {
    int64_t size = 0;
    memset(of->inside, 0, (size_t)of->terms * sizeof *of->inside);
    for (int64_t text = 0; text < of->texts; text++) {
        if (!side[text])
            continue;
        size++;
        for (int64_t at = of->ends[text]; at < of->ends[text + 1]; at++)
            of->inside[of->held[at]]++;
    }
    return size;
}

/* Write by how much the evidence rises if each text moves to the second side (`step` 1) or from it (-1). */
static void measure_moves(Group *of, const uint8_t *side, int64_t size, int64_t step) {
    const int64_t after = size + step;
    double if_no_term_moves = 0.0;
    /* The counts are clipped for the reason given in the reference. */
    for (int64_t term = 0; term < of->terms; term++) {
        const int64_t holders = of->holders[term], inside = of->inside[term];
        const int64_t least = larger(0, holders - (of->texts - after)), most = smaller(after, holders);
        const double stays = evidence_of(of, after, smaller(larger(inside, least), most), holders);
        const double goes = evidence_of(of, after, smaller(larger(inside + step, least), most), holders);
        if_no_term_moves += (stays - evidence_of(of, size, inside, holders)) * of->weights[term];
        of->of_terms[term] = (goes - stays) * of->weights[term];
    }
    for (int64_t text = 0; text < of->texts; text++) {
        if ((side[text] != 0) != (step < 0))
            continue;
        double own = 0.0;
        for (int64_t at = of->ends[text]; at < of->ends[text + 1]; at++)
            own += of->of_terms[of->held[at]];
        of->of_moves[text] = if_no_term_moves + own;
    }
}

/* Add a row of the log-odds, which is also a column, to the sums of all texts. */
static void add_row(const Group *of, int64_t text, double *sums) {
    const double *row = of->odds + text * of->texts;
    for (int64_t other = 0; other < of->texts; other++)
        sums[other] += row[other];
}

/* Return the text whose move raises the score most (ties: the first one), and set `most` to by how much. */
static int64_t find_best_move(const Group *of, const uint8_t *side, int64_t size, double pair_weight, double level,
                              double *most) {
    const int64_t texts = of->texts;
    int64_t best = 0;
    *most = -INFINITY;
    memset(of->to_second, 0, (size_t)texts * sizeof *of->to_second);
    for (int64_t text = 0; text < texts; text++)
        if (side[text])
            add_row(of, text, of->to_second);
    for (int64_t text = 0; text < texts; text++) {
        const int64_t step = side[text] ? -1 : 1;
        if (size + step <= 0 || size + step >= texts)
            continue;
        const int64_t pairs = (size + step) * (texts - size - step) - size * (texts - size);
        const double across = (double)step * (of->total[text] - 2 * of->to_second[text]);
        const double gain = of->of_moves[text] - pair_weight * (across - level * (double)pairs);
        if (gain > *most) {
            best = text;
            *most = gain;
        }
    }
    return best;
}

/* The score of a split whose second side has `size` texts. */
static double score_of(const Group *of, const uint8_t *side, int64_t size, double pair_weight, double level) {
    double evidence = 0.0, across = 0.0;
    for (int64_t term = 0; term < of->terms; term++)
        evidence += evidence_of(of, size, of->inside[term], of->holders[term]) * of->weights[term];
    for (int64_t one = 0; one < of->texts; one++)
        for (int64_t other = 0; side[one] && other < of->texts; other++)
            if (!side[other])
                across += of->odds[one * of->texts + other];
    return evidence - pair_weight * (across - level * (double)size * (double)(of->texts - size));
}

/* Writes how many moves are left, and the score. Returns whether it came to an end, 1 or 0. */
int64_t improve_split(const Value *in) {
    uint8_t *side = in[0].u8;
    const uint8_t *filled = in[6].u8;
    const double pair_weight = in[7].real, level = in[8].real;
    int64_t *moves = in[9].i64;
    double *score = in[10].f64;
    Scratch scratch = {0};
    Group of = {.texts = in[0].size, .terms = in[2].size, .has = in[1].i64, .holders = in[2].i64};
    of.weights = in[3].f64;
    of.odds = in[4].f64;
    of.tables = in[5].f64;
    of.inside = take(&scratch, of.terms, sizeof *of.inside);
    of.held = take(&scratch, in[1].size + 1, sizeof *of.held);
    of.ends = take(&scratch, of.texts + 1, sizeof *of.ends);
    of.of_terms = take(&scratch, of.terms, sizeof *of.of_terms);
    of.of_moves = take(&scratch, of.texts, sizeof *of.of_moves);
    of.total = take_zeros(&scratch, of.texts, sizeof *of.total);
    of.to_second = take(&scratch, of.texts, sizeof *of.to_second);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    list_terms(&of);
    for (int64_t text = 0; text < of.texts; text++)
        add_row(&of, text, of.total);
    for (;;) {
        const int64_t size = count_inside(&of, side);
        bool are_filled = true;
        for (int64_t near = larger(1, size - 1); near <= smaller(of.texts - 1, size + 1); near++)
            are_filled &= filled[near] != 0;
        if (!are_filled) {
            *score = 0.0;
            return give_back(&scratch, 0);
        }
        double most = 0.0;
        int64_t best = 0;
        if (*moves > 0) {
            if (size + 1 < of.texts)
                measure_moves(&of, side, size, 1);
            if (size - 1 > 0)
                measure_moves(&of, side, size, -1);
            best = find_best_move(&of, side, size, pair_weight, level, &most);
        }
        if (!(most > MIN_GAIN)) {
            *score = score_of(&of, side, size, pair_weight, level);
            return give_back(&scratch, 1);
        }
        side[best] = !side[best];
        --*moves;
    }
}
