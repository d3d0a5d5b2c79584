/* What lists of keys share. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

/* --- keys that two lists share ----------------------------------------------------------------------------------- */

/* One list whose keys can be looked up. */
typedef struct {
    const int64_t *starts;
    const uint32_t *keys;
    int64_t list;    /* -1 if no list is indexed */
    uint32_t *bits;  /* a bit for each key: whether the list has it */
    uint32_t *place; /* of each key that it has, in the list */
} Index;

/* The keys that another list shares with the indexed one: their places in both. There is room for one more than the
 * longest list has. */
typedef struct {
    uint32_t *mine, *theirs;
    int64_t count;
} Shared;

/* An index of no list. `starts` and `keys`: of all lists. */
static Index make_index(Scratch *scratch, Value starts, Value keys) {
    int64_t largest = 0; /* the keys of a list are ascending, so its last one is its largest */
    for (int64_t list = 0; list + 1 < starts.size; list++)
        if (starts.i64[list] < starts.i64[list + 1])
            largest = larger(largest, keys.u32[starts.i64[list + 1] - 1]);
    Index index = {.starts = starts.i64, .keys = keys.u32, .list = -1};
    index.bits = take_zeros(scratch, largest / 32 + 1, sizeof *index.bits);
    index.place = take(scratch, largest + 1, sizeof *index.place);
    return index;
}

static Shared make_shared(Scratch *scratch, Value starts) {
    const int64_t room = longest_row(starts) + 1;
    Shared shared = {.mine = take(scratch, room, sizeof *shared.mine)};
    shared.theirs = take(scratch, room, sizeof *shared.theirs);
    return shared;
}

/* Index a list instead of the one before. */
static void index_list(Index *index, int64_t list) {
    if (list == index->list)
        return;
    const int64_t *starts = index->starts;
    const uint32_t *keys = index->keys;
    if (index->list >= 0)
        for (int64_t entry = starts[index->list]; entry < starts[index->list + 1]; entry++)
            index->bits[keys[entry] / 32] = 0;
    for (int64_t entry = starts[list]; entry < starts[list + 1]; entry++) {
        index->bits[keys[entry] / 32] |= (uint32_t)1 << keys[entry] % 32;
        index->place[keys[entry]] = (uint32_t)(entry - starts[list]);
    }
    index->list = list;
}

/* Find the keys that another list shares with the indexed one.
 *
 * Most keys are not shared. The bits that tell so fit into the fastest cache, which the places would not. */
static void match(const Index *index, int64_t other, Shared *shared) {
    const uint32_t *keys = index->keys + index->starts[other], *bits = index->bits;
    const int64_t size = index->starts[other + 1] - index->starts[other];
    uint32_t *restrict mine = shared->mine, *restrict theirs = shared->theirs;
    int64_t count = 0;
    /* Every place is written, and stays if the key is shared; a branch would often be predicted wrongly. */
    for (int64_t i = 0; i < size; i++) {
        theirs[count] = (uint32_t)i;
        count += bits[keys[i] / 32] >> keys[i] % 32 & 1;
    }
    for (int64_t i = 0; i < count; i++)
        mine[i] = index->place[keys[theirs[i]]];
    shared->count = count;
}

/* Add up the products of the weights of shared keys for `some` kinds at once: each sum has to wait for its own
 * additions only. `own`, `their`: the weights of both lists, `kinds` for each entry. A sum is written to every
 * `pairs`-th element of `totals`. */
static inline void add_products(const Shared *shared, const double *own, const double *their, int64_t kinds, int some,
                                double *totals, int64_t pairs) {
    double sums[4] = {0};
    for (int64_t i = 0; i < shared->count; i++)
        for (int kind = 0; kind < some; kind++)
            sums[kind] += own[shared->mine[i] * kinds + kind] * their[shared->theirs[i] * kinds + kind];
    for (int kind = 0; kind < some; kind++)
        totals[kind * pairs] = sums[kind];
}

/* The same for all kinds. */
static void add_all_products(const Shared *shared, const double *own, const double *their, int64_t kinds,
                             double *totals, int64_t pairs) {
    for (int64_t kind = 0; kind < kinds; kind += 4) {
        double *to = totals + kind * pairs;
        /* The number of sums is a constant in each call, so that they are kept in registers. */
        switch (kinds - kind) {
        case 1:
            add_products(shared, own + kind, their + kind, kinds, 1, to, pairs);
            break;
        case 2:
            add_products(shared, own + kind, their + kind, kinds, 2, to, pairs);
            break;
        case 3:
            add_products(shared, own + kind, their + kind, kinds, 3, to, pairs);
            break;
        default:
            add_products(shared, own + kind, their + kind, kinds, 4, to, pairs);
        }
    }
}

int64_t shared_sums(const Value *in) {
    const int64_t *starts = in[0].i64, *left = in[2].i64, *right = in[3].i64;
    const double *weights = in[4].f64;
    const int64_t pairs = in[2].size, kinds = in[5].integer;
    Scratch scratch = {0};
    Index index = make_index(&scratch, in[0], in[1]);
    Shared current = make_shared(&scratch, in[0]), next = make_shared(&scratch, in[0]);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    /* It asks for the weights of a pair's shared keys, and adds up those of the pair before until they are there. */
    for (int64_t pair = 0; pair <= pairs; pair++) {
        if (pair < pairs) {
            index_list(&index, left[pair]);
            match(&index, right[pair], &next);
            const double *their = weights + starts[right[pair]] * kinds;
            for (int64_t i = 0; i < next.count; i++)
                PREFETCH(their + next.theirs[i] * kinds);
        }
        if (pair > 0)
            add_all_products(&current, weights + starts[left[pair - 1]] * kinds,
                             weights + starts[right[pair - 1]] * kinds, kinds, in[6].f64 + pair - 1, pairs);
        Shared free = current;
        current = next;
        next = free;
    }
    return give_back(&scratch, 0);
}

int64_t count_shared(const Value *in) {
    const int64_t *starts = in[0].i64, *left = in[2].i64, *right = in[3].i64;
    const uint8_t *of_left = in[4].u8, *of_right = in[5].u8;
    Scratch scratch = {0};
    Index index = make_index(&scratch, in[0], in[1]);
    Shared shared = make_shared(&scratch, in[0]);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    for (int64_t pair = 0; pair < in[2].size; pair++) {
        if (!of_left[pair] && !of_right[pair])
            continue;
        index_list(&index, left[pair]);
        match(&index, right[pair], &shared);
        int32_t *own = in[6].i32 + starts[left[pair]], *their = in[6].i32 + starts[right[pair]];
        if (of_left[pair])
            for (int64_t i = 0; i < shared.count; i++)
                own[shared.mine[i]]++;
        if (of_right[pair])
            for (int64_t i = 0; i < shared.count; i++)
                their[shared.theirs[i]]++;
    }
    return give_back(&scratch, 0);
}

/* --- weights of lists -------------------------------------------------------------------------------------------- */

#define LANES 4 /* lists whose squares are added up at the same time */

/* Divide the weights by `norm`. */
VECTORISED
static void divide(const double *weights, int64_t size, double norm, double *restrict scaled) {
    for (int64_t i = 0; i < size; i++)
        scaled[i] = weights[i] / norm;
}

int64_t scale_to_unit(const Value *in) {
    const int64_t *starts = in[0].i64;
    const double *weights = in[1].f64;
    for (int64_t row = 0; row + 1 < in[0].size; row += LANES) {
        /* A sum must be taken in order, and an addition takes several steps of the processor; so it adds up several
         * lists at the same time, as far as the shortest of them goes. */
        const int64_t lists = smaller(LANES, in[0].size - 1 - row);
        int64_t common = INT64_MAX;
        double squares[LANES] = {0};
        for (int64_t lane = 0; lane < lists; lane++)
            common = smaller(common, starts[row + lane + 1] - starts[row + lane]);
        if (lists == LANES)
            for (int64_t i = 0; i < common; i++)
                for (int lane = 0; lane < LANES; lane++) {
                    double weight = weights[starts[row + lane] + i];
                    squares[lane] += weight * weight;
                }
        else
            common = 0;
        for (int64_t lane = 0; lane < lists; lane++) {
            const int64_t begin = starts[row + lane], end = starts[row + lane + 1];
            double sum = squares[lane];
            for (int64_t entry = begin + common; entry < end; entry++)
                sum += weights[entry] * weights[entry];
            double norm = sqrt(sum);
            divide(weights + begin, end - begin, norm < 1e-12 ? 1e-12 : norm, in[2].f64 + begin);
        }
    }
    return 0;
}

/* A number that is higher the higher the value is, and equal for equal values. Not-a-number comes lowest. */
static inline uint64_t rank_of(double value) {
    uint64_t bits;
    value += 0.0; /* makes 0 of -0 */
    memcpy(&bits, &value, sizeof bits);
    bits ^= bits >> 63 ? UINT64_MAX : (uint64_t)1 << 63;
    return value == value ? bits : 0;
}

/* The `best`-th highest of some numbers, which must be at least as many, and `best` at least 1. The numbers are
 * changed.
 *
 * The range from the lowest number to the highest is divided evenly by 256, and only the part that holds the number
 * sought is looked at again. So it takes at most eight rounds whatever the numbers are, and with those of news two or
 * three. */
VECTORISED
static uint64_t highest(uint64_t *numbers, int64_t size, int64_t best) {
    for (;;) {
        uint64_t low = UINT64_MAX, high = 0;
        for (int64_t i = 0; i < size; i++) {
            low = numbers[i] < low ? numbers[i] : low;
            high = numbers[i] > high ? numbers[i] : high;
        }
        if (low == high)
            return low;
        int shift = 0;
        while ((high - low) >> shift > 255)
            shift++;
        int64_t counts[256] = {0};
        for (int64_t i = 0; i < size; i++)
            counts[(numbers[i] - low) >> shift]++;
        int part = 255;
        for (; counts[part] < best; part--)
            best -= counts[part];
        int64_t kept = 0;
        for (int64_t i = 0; i < size; i++) {
            uint64_t number = numbers[i];
            numbers[kept] = number;
            kept += (number - low) >> shift == (uint64_t)part;
        }
        size = kept;
    }
}

int64_t top_entries(const Value *in) {
    const int64_t *starts = in[0].i64, most = in[2].integer, longest = longest_row(in[0]);
    Scratch scratch = {0};
    uint64_t *ranks = take(&scratch, longest, sizeof *ranks), *room = take(&scratch, longest, sizeof *room);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    for (int64_t row = 0; row + 1 < in[0].size; row++) {
        const double *weights = in[1].f64 + starts[row];
        uint8_t *is_top = in[3].u8 + starts[row];
        const int64_t size = starts[row + 1] - starts[row];
        if (size <= most || most <= 0) {
            memset(is_top, most > 0, (size_t)size);
            continue;
        }
        for (int64_t i = 0; i < size; i++)
            ranks[i] = rank_of(weights[i]);
        memcpy(room, ranks, (size_t)size * sizeof *room);
        uint64_t bound = highest(room, size, most);
        int64_t ties = most;
        for (int64_t i = 0; i < size; i++) {
            is_top[i] = ranks[i] > bound;
            ties -= is_top[i];
        }
        for (int64_t i = 0; ties > 0; i++) {
            ties -= ranks[i] == bound;
            is_top[i] |= ranks[i] == bound;
        }
    }
    return give_back(&scratch, 0);
}

/* --- the inverted index ------------------------------------------------------------------------------------------ */

int64_t invert_lists(const Value *in) {
    const int64_t *starts = in[0].i64, width = in[3].size - 1;
    const uint32_t *keys = in[1].u32;
    int64_t *first = in[3].i64;
    /* On the way, first[key + 1] is where the next list with the key belongs, and so in the end where the lists with
     * the key after it begin. */
    memset(first, 0, (size_t)in[3].size * sizeof *first);
    for (int64_t entry = 0; entry < in[1].size; entry++)
        first[keys[entry] + 1]++;
    int64_t before = 0;
    for (int64_t key = 0; key < width; key++) {
        int64_t count = first[key + 1];
        first[key + 1] = before;
        before += count;
    }
    for (int64_t row = 0; row + 1 < in[0].size; row++)
        for (int64_t entry = starts[row]; entry < starts[row + 1]; entry++) {
            int64_t place = first[keys[entry] + 1]++;
            in[4].u32[place] = (uint32_t)row;
            in[5].f64[place] = in[2].f64[entry];
        }
    return 0;
}

/* The lists below `high` that are not below `low`, and those that are not below `undated`. */
typedef struct {
    int64_t low, high, undated;
} Window;

/* An entry of the list that is asked about: its weight, and the lists that have its key, with their weights. */
typedef struct {
    double own;
    const uint32_t *lists;
    const double *weights;
    int64_t size;
    Window near; /* the places, among those lists, of the ones that are compared */
    bool is_rare;
    uint32_t *last; /* the same places for the list that had the key before; three */
} Query;

/* The scores of all lists, of which few are ever different from 0. */
typedef struct {
    double *scores;    /* of each list; -0 if nothing was added yet */
    uint32_t *touched; /* lists that something was added to; room for one more than there are lists */
    int64_t count;     /* how many these are */
} Scores;

static inline bool is_untouched(double score) {
    uint64_t bits;
    memcpy(&bits, &score, sizeof bits);
    return bits == (uint64_t)1 << 63;
}

/* Add the products of the own weight and those of other lists to their scores. */
static void add_scores(double own, const uint32_t *lists, const double *weights, int64_t size,
                       double *restrict scores) {
    for (int64_t i = 0; i < size; i++)
        scores[lists[i]] += own * weights[i];
}

/* The same; and those lists outside the window that something is added to for the first time become `touched`.
 *
 * A sum that begins with -0 becomes -0 again only if all its summands are -0. So a list is touched once at most, even
 * if its summands have different signs, and `touched` cannot overflow. */
static void add_and_note(double own, const uint32_t *lists, const double *weights, int64_t size, Window window,
                         Scores *to) {
    double *scores = to->scores;
    uint32_t *touched = to->touched;
    int64_t count = to->count;
    /* Every list is written to its place, and stays if it is new; a branch would often be predicted wrongly. */
    for (int64_t i = 0; i < size; i++) {
        const int64_t at = lists[i];
        double before = scores[at], after = before + own * weights[i];
        touched[count] = (uint32_t)at;
        count += is_untouched(before) & !is_untouched(after) & ((at < window.low) | (at >= window.high)) &
                 (at < window.undated);
        scores[at] = after;
    }
    to->count = count;
}

/* Note the lists from `begin` to below `end` that something was added to. */
static void note_range(int64_t begin, int64_t end, Scores *to) {
    int64_t count = to->count;
    for (int64_t at = begin; at < end; at++) {
        to->touched[count] = (uint32_t)at;
        count += !is_untouched(to->scores[at]);
    }
    to->count = count;
}

/* Where the first of some ascending lists stands that is at least as high as `least`. It is sought from `at` on, step
 * by step: windows that follow each other hardly differ. */
static inline int64_t follow(const uint32_t *lists, int64_t size, int64_t at, int64_t least) {
    while (at > 0 && lists[at - 1] >= least)
        at--;
    while (at < size && lists[at] < least)
        at++;
    return at;
}

/* What `best_matches` works on. */
typedef struct {
    const int64_t *starts, *first;
    const uint32_t *keys, *lists;
    const double *weights, *their_weights;
    const uint8_t *is_query;
    int64_t longest, rare;
    uint32_t *last;   /* of each key, three places; see `Query` */
    Query *queries;   /* room for the longest list */
} Search;

/* Find the lists that have the keys of a list. Returns how many keys can be used; adds to `oversized` how many cannot.
 *
 * Each place that is looked up is far from the one before, in more memory than a processor's cache holds. So it goes
 * through all keys several times, and each time asks for the memory that the next time needs. */
static int64_t look_up(const Search *search, int64_t row, Window window, int64_t *oversized) {
    Query *queries = search->queries;
    int64_t count = 0, usable = 0;
    for (int64_t entry = search->starts[row]; entry < search->starts[row + 1]; entry++) {
        if (!search->is_query[entry] || !(search->weights[entry] > 0))
            continue;
        const uint32_t key = search->keys[entry];
        PREFETCH(&search->first[key]);
        PREFETCH(&search->last[3 * (int64_t)key]);
        queries[count].own = search->weights[entry];
        queries[count++].size = key;
    }
    for (int64_t i = 0; i < count; i++) {
        Query *query = &queries[i];
        const int64_t key = query->size, from = search->first[key];
        query->size = search->first[key + 1] - from;
        query->is_rare = query->size <= search->rare;
        query->lists = search->lists + from;
        query->weights = search->their_weights + from;
        query->last = search->last + 3 * key;
        const int64_t at = query->is_rare ? 0 : query->last[0];
        PREFETCH(&query->lists[at]);
        PREFETCH(&query->weights[at]);
        if (!query->is_rare) {
            PREFETCH(&query->lists[query->last[1]]);
            PREFETCH(&query->lists[query->last[2]]);
        }
    }
    for (int64_t i = 0; i < count; i++) {
        Query query = queries[i];
        if (query.is_rare) {
            query.near = (Window){0, query.size, query.size};
        } else {
            query.near.low = follow(query.lists, query.size, query.last[0], window.low);
            query.near.high = follow(query.lists, query.size, query.last[1], window.high);
            query.near.undated = follow(query.lists, query.size, query.last[2], window.undated);
            query.last[0] = (uint32_t)query.near.low;
            query.last[1] = (uint32_t)query.near.high;
            query.last[2] = (uint32_t)query.near.undated;
            if (query.near.high - query.near.low + query.size - query.near.undated > search->longest) {
                ++*oversized;
                continue;
            }
        }
        queries[usable++] = query;
    }
    return usable;
}

/* Add up the scores of a list with all others, from its first `count` queries. Returns how many lists have a score. */
static void add_up(const Query *queries, int64_t count, Window window, int64_t rows, Scores *to) {
    int64_t summands = 0;
    for (int64_t i = 0; i < count; i++)
        if (!queries[i].is_rare)
            summands += queries[i].near.high - queries[i].near.low + queries[i].size - queries[i].near.undated;
    /* A window that is smaller than the number of summands is searched for scores in the end. That is quicker than to
     * note at each summand whether its list is new. */
    const bool is_searched = window.high - window.low + rows - window.undated < summands;
    if (!is_searched)
        window = (Window){0, 0, rows};
    to->count = 0;
    for (int64_t i = 0; i < count; i++) {
        const Query *query = &queries[i];
        for (int part = 0; part < 2; part++) {
            const int64_t from = part ? query->near.undated : query->near.low;
            const int64_t size = (part ? query->size : query->near.high) - from;
            if (is_searched && !query->is_rare)
                add_scores(query->own, query->lists + from, query->weights + from, size, to->scores);
            else
                add_and_note(query->own, query->lists + from, query->weights + from, size, window, to);
        }
    }
    note_range(window.low, window.high, to);
    note_range(window.undated, rows, to);
}

static int compare(const void *one, const void *other) {
    int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;
    return (a > b) - (a < b);
}

/* Write the lists that `best_matches` keeps to `chosen`, ascending, and return how many these are. Adds 1 to `cut` if
 * more than `most` scored at least `least`. `ranks`, `room`, `chosen`: room for one more than there are lists. */
static int64_t choose(const Scores *of, int64_t fewest, int64_t most, double least, uint64_t *ranks, uint64_t *room,
                      int64_t *chosen, int64_t *cut) {
    const uint64_t nothing = rank_of(0.0), enough = rank_of(least);
    int64_t good = 0;
    for (int64_t i = 0; i < of->count; i++) {
        ranks[i] = rank_of(of->scores[of->touched[i]]);
        good += ranks[i] >= enough;
    }
    uint64_t bound = enough;
    const bool too_many = good > most;
    *cut += too_many;
    if (too_many && most <= 0)
        return 0;
    if (too_many || good < fewest) {
        const int64_t best = too_many ? most : fewest;
        bound = nothing + 1;
        if (of->count > best) {
            memcpy(room, ranks, (size_t)of->count * sizeof *room);
            uint64_t rank = highest(room, of->count, best);
            bound = too_many || rank > bound ? rank : bound;
        }
    }
    int64_t count = 0;
    for (int64_t i = 0; i < of->count; i++) {
        chosen[count] = of->touched[i];
        count += ranks[i] >= bound;
    }
    /* Only the few that are kept are sorted. */
    qsort(chosen, (size_t)count, sizeof *chosen, compare);
    if (count > most && too_many) {
        int64_t ties = most, kept = 0;
        for (int64_t i = 0; i < count; i++)
            ties -= rank_of(of->scores[chosen[i]]) > bound;
        for (int64_t i = 0; i < count; i++) {
            bool is_tie = rank_of(of->scores[chosen[i]]) == bound;
            chosen[kept] = chosen[i];
            kept += !is_tie || ties > 0;
            ties -= is_tie;
        }
        count = kept;
    }
    return count;
}

/* Goes on from the list state[0], which the caller sets to the first one, and counts in state[1] and state[2] what is
 * returned. If there is no room for what was found for a list, it ends before that list, and returns how much room
 * `found` needs. Else it returns how many lists were found. */
int64_t best_matches(const Value *in) {
    const int64_t *windows = in[7].i64;
    const int64_t begin = in[8].integer, end = in[9].integer, fewest = in[10].integer, most = in[11].integer,
                  rows = in[0].size - 1;
    const double least = in[14].real;
    int64_t *found = in[15].i64, *places = in[16].i64, *state = in[17].i64;
    Scratch scratch = {0};
    Search search = {.starts = in[0].i64, .keys = in[1].u32, .weights = in[2].f64, .is_query = in[3].u8};
    search.first = in[4].i64;
    search.lists = in[5].u32;
    search.their_weights = in[6].f64;
    search.longest = in[12].integer;
    search.rare = in[13].integer;
    search.last = take_zeros(&scratch, 3 * in[4].size, sizeof *search.last);
    search.queries = take(&scratch, longest_row(in[0]), sizeof *search.queries);
    Scores all = {.scores = take(&scratch, rows, sizeof *all.scores)};
    all.touched = take(&scratch, rows + 1, sizeof *all.touched);
    uint64_t *ranks = take(&scratch, rows, sizeof *ranks), *room = take(&scratch, rows, sizeof *room);
    int64_t *chosen = take(&scratch, rows + 1, sizeof *chosen);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    for (int64_t row = 0; row < rows; row++)
        all.scores[row] = -0.0;
    for (int64_t row = state[0]; row < end; row++) {
        Window window;
        window.low = smaller(larger(windows[3 * row], 0), rows);
        window.high = smaller(larger(windows[3 * row + 1], window.low), rows);
        window.undated = smaller(larger(windows[3 * row + 2], window.high), rows);
        int64_t oversized = 0, cut = 0;
        add_up(search.queries, look_up(&search, row, window, &oversized), window, rows, &all);
        all.scores[row] = 0.0;
        if (least <= 0.0) { /* then lists without a score are good enough too */
            all.count = 0;
            for (int64_t at = 0; at < rows; at++)
                all.touched[all.count++] = (uint32_t)at;
        }
        const int64_t kept = choose(&all, fewest, most, least, ranks, room, chosen, &cut);
        for (int64_t i = 0; i < all.count; i++)
            all.scores[all.touched[i]] = -0.0;
        all.scores[row] = -0.0;
        const int64_t place = places[row - begin];
        if (place + kept > in[15].size)
            return give_back(&scratch, place + kept);
        memcpy(found + place, chosen, (size_t)kept * sizeof *chosen);
        places[row - begin + 1] = place + kept;
        state[0] = row + 1;
        state[1] += cut;
        state[2] += oversized;
    }
    return give_back(&scratch, places[end - begin]);
}
