/* Groups that are joined by a linear model of what they have in common, with linked lists and a heap.
 *
 * Each group has a *chain*, a linked list with one element for every other group it has something in common with. Link
 * i has element 2 × i in the chain of its left group and element 2 × i + 1 in the chain of its right group.
 */

#include <math.h>
#include <string.h>

#include "heap.h"

#define NONE (-1)          /* the end of a chain */
#define GROUP_FEATURES 3   /* records.GROUP_FEATURES */
#define LEAST_OUTWARD 0.05 /* records.LEAST_OUTWARD */

/* A group, known by its first member. */
typedef struct {
    int64_t size;
    double kept;       /* the share that it keeps to itself */
    int64_t first_day; /* of its distinct days, the first one; NONE if no day is known */
    int64_t chain;     /* the first element */
    bool is_group;     /* not joined to another group yet */
} Group;

/* A distinct day of a group: an element of a linked list in ascending order. Each belongs to a row. */
typedef struct {
    double day;
    int64_t articles; /* how many have it */
    int64_t following;
} Day;

/* What two groups have in common. */
typedef struct {
    int64_t ends[2];      /* the groups */
    double shares[2];     /* how much of the neighbourhood of each is in the other */
    int64_t following[2]; /* in the chain of each, the next element */
    bool is_alive;        /* neither joined nor added to another link */
} Link;

typedef struct {
    const double *weights;
    double intercept, most_days, far_days;
    int64_t kinds;
    Group *groups;
    Day *days;
    Link *links;
    double *values;   /* of each link, `kinds` sums over the pairs across */
    int64_t *link_of; /* of each group, NONE; it is changed on the way */
} Joining;

/* Add the days of group `high` to those of group `low`, in ascending order. */
static void add_days(Joining *in, int64_t low, int64_t high) {
    Day *days = in->days;
    int64_t one = in->groups[low].first_day, other = in->groups[high].first_day;
    int64_t *end = &in->groups[low].first_day;
    while (one != NONE && other != NONE) {
        int64_t taken = one;
        if (days[other].day < days[one].day) {
            taken = other;
            other = days[other].following;
        } else {
            if (days[one].day == days[other].day) {
                days[one].articles += days[other].articles;
                other = days[other].following;
            }
            one = days[one].following;
        }
        *end = taken;
        end = &days[taken].following;
    }
    *end = one != NONE ? one : other;
}

/* Return the mean of log(1 + days apart) over all pairs of dated articles across. Sets `span` to the days that both
 * groups span. */
static double compare_days(const Joining *in, int64_t a, int64_t b, double *span) {
    const Day *days = in->days;
    const int64_t one_first = in->groups[smaller(a, b)].first_day, other_first = in->groups[larger(a, b)].first_day;
    double total = 0.0, first = INFINITY, last = -INFINITY;
    int64_t known = 0;
    for (int64_t one = one_first; one != NONE; one = days[one].following) {
        first = days[one].day < first ? days[one].day : first;
        last = days[one].day > last ? days[one].day : last;
        for (int64_t other = other_first; other != NONE; other = days[other].following) {
            const double apart = fabs(days[one].day - days[other].day);
            const int64_t pairs = days[one].articles * days[other].articles;
            total += (double)pairs * log1p(apart < in->far_days ? apart : in->far_days);
            known += pairs;
        }
    }
    for (int64_t other = other_first; other != NONE; other = days[other].following) {
        first = days[other].day < first ? days[other].day : first;
        last = days[other].day > last ? days[other].day : last;
    }
    *span = one_first == NONE && other_first == NONE ? 0.0 : last - first;
    return total / (double)larger(1, known);
}

/* The share of what a group has outside itself. */
static double outward(const Group *group, double share) {
    const double outside = (double)group->size - group->kept, least = LEAST_OUTWARD * (double)group->size;
    return share / (least > outside ? least : outside);
}

/* Write the features of a link to `found`, and return its score: minus infinity if the groups span more than the most
 * days. */
static double judge(const Joining *in, int64_t number, double *found) {
    const Link *link = &in->links[number];
    const double *values = in->values + number * in->kinds;
    const Group *a = &in->groups[link->ends[0]], *b = &in->groups[link->ends[1]];
    const double pairs = (double)a->size * (double)b->size;
    const int64_t kinds = in->kinds;
    for (int64_t kind = 0; kind < kinds; kind++)
        found[kind] = values[kind] / pairs;
    const double to_b = outward(a, link->shares[0]), to_a = outward(b, link->shares[1]);
    double span;
    found[kinds] = to_a > to_b ? to_a : to_b;
    found[kinds + 1] = log((double)larger(a->size, b->size));
    found[kinds + 2] = compare_days(in, link->ends[0], link->ends[1], &span);
    double score = in->intercept;
    for (int64_t feature = 0; feature < kinds + GROUP_FEATURES; feature++)
        score += in->weights[feature] * found[feature];
    return span <= in->most_days ? score : -INFINITY;
}

/* Add the links of group `b` to those of group `a`, which it has joined, so that there is one for each other group. */
static void join_chains(Joining *in, int64_t a, int64_t b) {
    Link *links = in->links;
    const int64_t chains[] = {in->groups[a].chain, in->groups[b].chain};
    int64_t joined = NONE;
    for (int i = 0; i < 2; i++)
        for (int64_t element = chains[i], after; element != NONE; element = after) {
            Link *link = &links[element / 2];
            const int64_t side = element % 2, other = link->ends[1 - side];
            after = link->following[side];
            if (!link->is_alive)
                continue;
            const int64_t known = in->link_of[other];
            if (known == NONE) {
                in->link_of[other] = element / 2;
                link->ends[side] = a;
                link->following[side] = joined;
                joined = element;
                continue;
            }
            const int64_t own = links[known].ends[0] == a ? 0 : 1;
            for (int64_t kind = 0; kind < in->kinds; kind++)
                in->values[known * in->kinds + kind] += in->values[element / 2 * in->kinds + kind];
            links[known].shares[own] += link->shares[side];
            links[known].shares[1 - own] += link->shares[1 - side];
            link->is_alive = false;
        }
    in->groups[a].chain = joined;
    for (int64_t element = joined; element != NONE; element = links[element / 2].following[element % 2])
        in->link_of[links[element / 2].ends[1 - element % 2]] = NONE;
}

/* Join group `high` to group `low`. */
static void join(Joining *in, int64_t low, int64_t high, int64_t number) {
    Group *one = &in->groups[low], *other = &in->groups[high];
    Link *link = &in->links[number];
    const int64_t own = link->ends[0] == low ? 0 : 1;
    link->is_alive = other->is_group = false;
    one->kept += other->kept + link->shares[own] + link->shares[1 - own];
    one->size += other->size;
    add_days(in, low, high);
    join_chains(in, low, high);
}

/* For each group, write which one would have joined it next, and the features of that: see `records.Joined`. `best` and
 * `found`: room to work in. */
static void find_nearest(const Joining *in, int64_t rows, int64_t links, double *best, double *found, int64_t *refused,
                         double *nearest) {
    const int64_t features = in->kinds + GROUP_FEATURES;
    for (int64_t row = 0; row < rows; row++) {
        best[row] = -INFINITY;
        refused[row] = NONE;
    }
    memset(nearest, 0, (size_t)(rows * features) * sizeof *nearest);
    for (int64_t link = 0; link < links; link++) {
        if (!in->links[link].is_alive)
            continue;
        const double score = judge(in, link, found);
        for (int side = 0; side < 2; side++) {
            const int64_t own = in->links[link].ends[side], other = in->links[link].ends[1 - side];
            if (score > best[own] || (score == best[own] && other < refused[own])) {
                best[own] = score;
                refused[own] = other;
                memcpy(nearest + own * features, found, (size_t)features * sizeof *found);
            }
        }
    }
}

int64_t join_groups(const Value *given) {
    const int64_t *left = given[0].i64, *right = given[1].i64, links = given[0].size, rows = given[4].size;
    const double *shares = given[3].f64, *day = given[4].f64, least = given[7].real;
    const int64_t features = given[5].size;
    int64_t *joins = given[10].i64;
    double *measured = given[11].f64;
    Scratch scratch = {0};
    Heap heap = {0};
    Joining in = {.weights = given[5].f64, .intercept = given[6].real, .kinds = features - GROUP_FEATURES};
    in.most_days = given[8].real;
    in.far_days = given[9].real;
    in.values = given[2].f64;
    in.groups = take(&scratch, rows, sizeof *in.groups);
    in.days = take(&scratch, rows, sizeof *in.days);
    in.links = take(&scratch, links, sizeof *in.links);
    in.link_of = take(&scratch, rows, sizeof *in.link_of);
    double *found = take(&scratch, features, sizeof *found), *best = take(&scratch, rows, sizeof *best);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    for (int64_t row = 0; row < rows; row++) {
        in.groups[row] = (Group){1, 0.0, isnan(day[row]) ? NONE : row, NONE, true};
        in.days[row] = (Day){day[row], 1, NONE};
        in.link_of[row] = NONE;
    }
    for (int64_t link = 0; link < links; link++) {
        in.links[link] = (Link){{left[link], right[link]}, {shares[2 * link], shares[2 * link + 1]}, {0}, true};
        for (int side = 0; side < 2; side++) {
            Group *group = &in.groups[in.links[link].ends[side]];
            in.links[link].following[side] = group->chain;
            group->chain = 2 * link + side;
        }
        const double score = judge(&in, link, found);
        if (score >= least)
            push(&heap, (Join){-score, left[link], right[link], 2, link});
    }
    int64_t count = 0;
    while (heap.count > 0 && !heap.failed) {
        const Join next = pop(&heap);
        Group *groups = in.groups;
        /* A group is known by its first member and only grows, so a heap entry with another size is out of date. */
        if (!groups[next.low].is_group || !groups[next.high].is_group ||
            groups[next.low].size + groups[next.high].size != next.size)
            continue;
        judge(&in, next.link, measured + count * features);
        joins[2 * count] = next.low;
        joins[2 * count + 1] = next.high;
        count++;
        join(&in, next.low, next.high, next.link);
        for (int64_t element = groups[next.low].chain; element != NONE;
             element = in.links[element / 2].following[element % 2]) {
            const double score = judge(&in, element / 2, found);
            const int64_t other = in.links[element / 2].ends[1 - element % 2];
            if (score >= least)
                push(&heap, (Join){-score, smaller(next.low, other), larger(next.low, other),
                                   next.size + groups[other].size, element / 2});
        }
    }
    find_nearest(&in, rows, links, best, found, given[12].i64, given[13].f64);
    const bool failed = heap.failed;
    free(heap.joins);
    return give_back(&scratch, failed ? NO_MEMORY : count);
}
