/* Average linkage over sparse pairs, with linked lists and a heap.
 *
 * Each group has a *chain*, a linked list with one element for every pair of the group with another. Pair i has element
 * 2 × i in the chain of its lower row and element 2 × i + 1 in the chain of its higher row.
 */

#include "heap.h"

#define NONE (-1) /* the end of a chain */

typedef struct {
    int64_t *group;      /* a forest of rows, whose roots are the first members of groups (union-find) */
    int64_t *first;      /* of each group, the first element of its chain */
    int64_t *following;  /* of each element, the next one */
    int64_t *others;     /* of each element, a row of the other group */
    int64_t *weights;    /* of each element, the summed weight of its pairs */
    int64_t *element_of; /* of each group, NONE; it is changed on the way */
} Chains;

/* The first member of a row's group. Paths are halved on the way. */
static int64_t group_of(int64_t *group, int64_t row) {
    while (group[row] != row) {
        group[row] = group[group[row]];
        row = group[row];
    }
    return row;
}

/* Join the chains of groups `a` and `b`, which have become group `a`, to one with an element per other group. */
static void join_chains(Chains *of, int64_t a, int64_t b) {
    const int64_t chains[] = {of->first[a], of->first[b]};
    int64_t joined = NONE;
    for (int i = 0; i < 2; i++)
        for (int64_t element = chains[i], after; element != NONE; element = after) {
            after = of->following[element];
            const int64_t other = group_of(of->group, of->others[element]);
            if (other == a)
                continue;
            const int64_t known = of->element_of[other];
            if (known == NONE) {
                of->element_of[other] = element;
                of->others[element] = other;
                of->following[element] = joined;
                joined = element;
            } else { /* as unsigned numbers, in which an overflow is defined */
                of->weights[known] = (int64_t)((uint64_t)of->weights[known] + (uint64_t)of->weights[element]);
            }
        }
    of->first[a] = joined;
    for (; joined != NONE; joined = of->following[joined])
        of->element_of[of->others[joined]] = NONE;
}

int64_t agglomerate(const Value *in) {
    const int64_t *low = in[0].i64, *high = in[1].i64, *excess = in[2].i64;
    const int64_t pairs = in[0].size, least = in[3].integer, rows = in[4].size;
    Scratch scratch = {0};
    Heap heap = {0};
    Chains of = {.group = in[4].i64, .first = take(&scratch, rows, sizeof *of.first)};
    of.following = take(&scratch, 2 * pairs, sizeof *of.following);
    of.others = take(&scratch, 2 * pairs, sizeof *of.others);
    of.weights = take(&scratch, 2 * pairs, sizeof *of.weights);
    of.element_of = take(&scratch, rows, sizeof *of.element_of);
    int64_t *members = take(&scratch, rows, sizeof *members);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    for (int64_t row = 0; row < rows; row++) {
        of.group[row] = row;
        of.first[row] = of.element_of[row] = NONE;
        members[row] = 1;
    }
    for (int64_t pair = 0; pair < pairs; pair++) {
        of.following[2 * pair] = of.first[low[pair]];
        of.following[2 * pair + 1] = of.first[high[pair]];
        of.first[low[pair]] = 2 * pair;
        of.first[high[pair]] = 2 * pair + 1;
        of.others[2 * pair] = high[pair];
        of.others[2 * pair + 1] = low[pair];
        of.weights[2 * pair] = of.weights[2 * pair + 1] = excess[pair];
        if (excess[pair] >= least)
            push(&heap, (Join){-(double)excess[pair], low[pair], high[pair], 2, 0});
    }
    while (heap.count > 0 && !heap.failed) {
        const Join join = pop(&heap);
        const int64_t a = join.low, b = join.high;
        /* A group is known by its first member and only grows, so a heap entry with another size is out of date. */
        if (of.group[a] != a || of.group[b] != b || members[a] + members[b] != join.size)
            continue;
        of.group[b] = a;
        members[a] = join.size;
        join_chains(&of, a, b);
        for (int64_t element = of.first[a]; element != NONE; element = of.following[element]) {
            const int64_t other = of.others[element], weight = of.weights[element];
            const int64_t across = join.size * members[other];
            /* `least` times that many pairs might be too large a number. */
            if (weight >= least && weight / across >= least)
                push(&heap, (Join){-((double)weight / (double)across), smaller(a, other), larger(a, other),
                                   join.size + members[other], 0});
        }
    }
    for (int64_t row = 0; row < rows; row++)
        of.group[row] = group_of(of.group, row);
    const bool failed = heap.failed;
    free(heap.joins);
    return give_back(&scratch, failed ? NO_MEMORY : 0);
}
