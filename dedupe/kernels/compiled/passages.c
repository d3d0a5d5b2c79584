/* The borders of passages that two texts share. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

enum { REACH_WORDS, ROUNDS, SUPPORT_WORDS }; /* places in the whole-number limits */
enum { HOPELESS_NATS, WORD_NATS, CHANCE_PAIR_SHARE, LEAST_CHANCE, MOST_CHANCE }; /* places in the other limits */
enum { ABSENT, ALONE, PAIRED, SURPLUS };

/* A word of the window whose term occurs more often here than in the other text. */
typedef struct {
    int64_t term, place;
    double support;
} Rival;

/* Room for one segment. The tables of terms are zero between two calls; couples have 2^bits places. */
typedef struct {
    int64_t *in_other, *in_window; /* how often each term occurs */
    int64_t *couples;              /* keys of two neighbouring terms of the other side, -1 where there is none */
    int64_t places;                /* how many places of `couples` are used, a power of two */
    uint8_t *state;
    double *support, *nats;
    Rival *rivals;
    int64_t *in_both;              /* how often each term occurs in both texts together */
    double *known;                 /* nats by state and by occurrences in both texts, NaN between two calls */
    double words;                  /* of both texts */
} Room;

/* A segment with its evidence. */
typedef struct {
    int64_t start, end;
    double nats, shared_words, shared_pairs;
} Segment;

static int64_t place_of(const Room *room, int64_t key) {
    uint64_t place = (uint64_t)key * 0x9E3779B97F4A7C15u;
    int64_t at = (int64_t)((place ^ place >> 32) & (uint64_t)(room->places - 1));
    while (room->couples[at] >= 0 && room->couples[at] != key)
        at = (at + 1) & (room->places - 1);
    return at;
}

/* Mark each word of the window as absent from the other side, alone there, or paired with a neighbour that it has here
 * too. The counts of terms are filled in. */
static void mark(Room *room, const int64_t *window, int64_t size, const int64_t *other, int64_t others, int64_t terms) {
    room->places = 4;
    while (room->places < 2 * others)
        room->places *= 2;
    memset(room->couples, 0xFF, (size_t)room->places * sizeof *room->couples);
    for (int64_t i = 0; i < others; i++) {
        room->in_other[other[i]]++;
        if (i + 1 < others) {
            const int64_t key = other[i] * terms + other[i + 1];
            room->couples[place_of(room, key)] = key;
        }
    }
    for (int64_t i = 0; i < size; i++) {
        room->in_window[window[i]]++;
        room->state[i] = room->in_other[window[i]] ? ALONE : ABSENT;
    }
    for (int64_t i = 0; i + 1 < size; i++) {
        if (room->state[i] == ABSENT || room->state[i + 1] == ABSENT)
            continue;
        if (room->couples[place_of(room, window[i] * terms + window[i + 1])] >= 0)
            room->state[i] = room->state[i + 1] = PAIRED;
    }
}

/* By term; then the best supported first; then in the order of the text. */
static int by_support(const void *left, const void *right) {
    const Rival *a = left, *b = right;
    if (a->term != b->term)
        return a->term < b->term ? -1 : 1;
    if (a->support != b->support)
        return a->support > b->support ? -1 : 1;
    return a->place < b->place ? -1 : 1;
}

/* Mark the words that get no counterpart, because their term occurs less often on the other side. */
static void mark_surplus(Room *room, const int64_t *window, int64_t size, int64_t reach) {
    double total = 0;
    for (int64_t i = 0; i < size; i++) { /* running sums: of the words before each */
        room->support[i] = total;
        total += room->state[i];
    }
    room->support[size] = total;
    int64_t rivals = 0;
    for (int64_t i = 0; i < size; i++) {
        if (room->state[i] == ABSENT || room->in_window[window[i]] <= room->in_other[window[i]])
            continue;
        const int64_t low = larger(0, i - reach), high = smaller(size, i + reach + 1);
        const double mean = (room->support[high] - room->support[low]) / (double)(high - low);
        room->rivals[rivals++] = (Rival){window[i], i, mean};
    }
    qsort(room->rivals, (size_t)rivals, sizeof *room->rivals, by_support);
    for (int64_t i = 0, rank = 0; i < rivals; i++) {
        rank = i && room->rivals[i].term == room->rivals[i - 1].term ? rank + 1 : 0;
        if (rank >= room->in_other[room->rivals[i].term])
            room->state[room->rivals[i].place] = SURPLUS;
    }
}

static double between(double value, double least, double most) {
    value = value > least ? value : least;
    return value < most ? value : most;
}

/* The log-likelihood ratio of each word of the window, reused against chance. `inside`: the words that the rates are
 * counted in. */
static void weigh(Room *room, const int64_t *window, int64_t size, int64_t first, int64_t last, double others,
                  const double *limits) {
    int64_t paired = 0, alone = 0;
    for (int64_t i = first; i < last; i++) {
        paired += room->state[i] == PAIRED;
        alone += room->state[i] == ALONE;
    }
    /* Each of the three rates counts one word more than there is, so that none is 0. */
    const double words = (double)(last - first + 3);
    const double paired_rate = (double)(paired + 1) / words, alone_rate = (double)(alone + 1) / words;
    const double rest_rate = 1 - paired_rate - alone_rate;
    for (int64_t i = 0; i < size; i++) {
        const int64_t occurrences = room->in_both[window[i]];
        double *known = room->known + 4 * occurrences + room->state[i];
        if (!isnan(*known)) {
            room->nats[i] = *known;
            continue;
        }
        const double frequency = (double)occurrences / room->words;
        const double chance = between(-expm1(-frequency * others), limits[LEAST_CHANCE], limits[MOST_CHANCE]);
        double nats;
        switch (room->state[i]) {
        case SURPLUS:
            nats = log(rest_rate) * (1 - chance);
            break;
        case PAIRED:
            nats = log(paired_rate / (chance * limits[CHANCE_PAIR_SHARE]));
            break;
        case ALONE:
            nats = log(alone_rate / (chance * (1 - limits[CHANCE_PAIR_SHARE])));
            break;
        default:
            nats = log(rest_rate / (1 - chance));
        }
        room->nats[i] = *known = between(nats, -limits[WORD_NATS], limits[WORD_NATS]);
    }
    /* Only what was filled in is emptied: a word of a repetitive text may occur far more often than a window is long. */
    for (int64_t i = 0; i < size; i++)
        room->known[4 * room->in_both[window[i]] + room->state[i]] = NAN;
}

/* The segment of the window with the largest sum of nats and of the bonuses of its borders; of equal ones, that with the
 * first end, then that with the first start. */
static Segment best(const Room *room, int64_t size, const double *borders) {
    double total = 0, least = 0, most = 0;
    int64_t start = 0;
    Segment found = {0, 0, 0, 0, 0};
    for (int64_t i = 0; i < size; i++) {
        const double cost = total - borders[i];
        if (i == 0 || cost < least) {
            least = cost;
            start = i;
        }
        total += room->nats[i];
        const double gain = total + borders[i + 1] - least;
        if (i == 0 || gain > most) {
            most = gain;
            found = (Segment){start, i + 1, gain, 0, 0};
        }
    }
    return found;
}

/* The segment of a text around the words [start, end) with the most evidence that it reuses the other words. */
static Segment strongest(Room *room, Value text, int64_t start, int64_t end, const int64_t *other, int64_t others,
                         int64_t terms, const double *borders, const int64_t *sizes, const double *limits) {
    const int64_t first = larger(0, start - sizes[REACH_WORDS]), last = smaller(text.size, end + sizes[REACH_WORDS]);
    const int64_t *window = text.i64 + first, size = last - first;
    mark(room, window, size, other, others, terms);
    mark_surplus(room, window, size, sizes[SUPPORT_WORDS]);
    weigh(room, window, size, start - first, end - first, (double)others, limits);
    Segment found = best(room, size, borders + first);
    int64_t paired = 0, alone = 0;
    for (int64_t i = found.start; i < found.end; i++) {
        paired += room->state[i] == PAIRED;
        alone += room->state[i] == ALONE;
    }
    const double words = (double)(found.end - found.start);
    found.shared_pairs = (double)paired / words;
    found.shared_words = found.shared_pairs + (double)alone / words;
    found.start += first;
    found.end += first;
    for (int64_t i = 0; i < others; i++)
        room->in_other[other[i]] = 0;
    for (int64_t i = 0; i < size; i++)
        room->in_window[window[i]] = 0;
    return found;
}

/* left terms, right terms, terms, left borders, right borders, sizes, limits, words*, evidence* */
int64_t refine_borders(const Value *in) {
    const Value left = in[0], right = in[1];
    const int64_t terms = in[2].integer;
    const int64_t *sizes = in[5].i64;
    const double *limits = in[6].f64;
    Scratch scratch = {0};
    const int64_t longest = larger(left.size, right.size);
    Room room = {.places = 4};
    while (room.places < 2 * longest)
        room.places *= 2;
    room.in_other = take_zeros(&scratch, terms, sizeof *room.in_other);
    room.in_window = take_zeros(&scratch, terms, sizeof *room.in_window);
    room.couples = take(&scratch, room.places, sizeof *room.couples);
    room.state = take(&scratch, longest, sizeof *room.state);
    room.support = take(&scratch, longest + 1, sizeof *room.support);
    room.nats = take(&scratch, longest, sizeof *room.nats);
    room.rivals = take(&scratch, longest, sizeof *room.rivals);
    room.in_both = take_zeros(&scratch, terms, sizeof *room.in_both);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    room.words = (double)larger(1, left.size + right.size);
    int64_t most = 0; /* occurrences of a term in both texts */
    for (int64_t i = 0; i < left.size; i++)
        most = larger(most, ++room.in_both[left.i64[i]]);
    for (int64_t i = 0; i < right.size; i++)
        most = larger(most, ++room.in_both[right.i64[i]]);
    room.known = take(&scratch, 4 * (most + 1), sizeof *room.known);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    for (int64_t i = 0; i < 4 * (most + 1); i++)
        room.known[i] = NAN;
    for (int64_t candidate = 0; candidate < in[7].size / 4; candidate++) {
        int64_t *words = in[7].i64 + 4 * candidate;
        Segment of_left = {0}, of_right = {0};
        for (int64_t round = 0; round < sizes[ROUNDS]; round++) {
            of_left = strongest(&room, left, words[0], words[1], right.i64 + words[2], words[3] - words[2], terms,
                                in[3].f64, sizes, limits);
            of_right = strongest(&room, right, words[2], words[3], left.i64 + of_left.start,
                                 of_left.end - of_left.start, terms, in[4].f64, sizes, limits);
            const bool is_stable = words[0] == of_left.start && words[1] == of_left.end &&
                                   words[2] == of_right.start && words[3] == of_right.end;
            words[0] = of_left.start;
            words[1] = of_left.end;
            words[2] = of_right.start;
            words[3] = of_right.end;
            if (is_stable || of_left.nats < limits[HOPELESS_NATS] || of_right.nats < limits[HOPELESS_NATS])
                break;
        }
        double *evidence = in[8].f64 + 3 * candidate;
        evidence[0] = of_left.nats < of_right.nats ? of_left.nats : of_right.nats;
        evidence[1] = of_left.shared_words < of_right.shared_words ? of_left.shared_words : of_right.shared_words;
        evidence[2] = of_left.shared_pairs < of_right.shared_pairs ? of_left.shared_pairs : of_right.shared_pairs;
    }
    return give_back(&scratch, 0);
}
