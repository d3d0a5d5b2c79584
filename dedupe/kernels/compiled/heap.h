/* A heap of joins of two groups, the best one first. */

#ifndef HEAP_H
#define HEAP_H

#include <stdlib.h>

#include "kernel.h"

/* Two groups that may join, known by their first members. `cost`: the lower, the better. `size`: of both together.
 * `link`: what links them. */
typedef struct {
    double cost;
    int64_t low, high, size, link;
} Join;

/* A Heap begins as {0}. */
typedef struct {
    Join *joins;
    int64_t count, room;
    bool failed; /* whether there was no memory for a join */
} Heap;

/* Whether one join comes before the other. No two joins are equal, so the order does not depend on the heap. */
static inline bool is_before(const Join *one, const Join *other) {
    if (one->cost != other->cost)
        return one->cost < other->cost;
    if (one->low != other->low)
        return one->low < other->low;
    if (one->high != other->high)
        return one->high < other->high;
    if (one->size != other->size)
        return one->size < other->size;
    return one->link < other->link;
}

/* Put a join at the place `at` or above it, where others give way to it. */
static inline void rise(Join *joins, int64_t at, Join join) {
    for (; at > 0 && is_before(&join, &joins[(at - 1) / 2]); at = (at - 1) / 2)
        joins[at] = joins[(at - 1) / 2];
    joins[at] = join;
}

/* Add a join. */
static inline void push(Heap *heap, Join join) {
    if (heap->count == heap->room) {
        const int64_t room = 2 * heap->room + 64;
        Join *joins = (uint64_t)room <= PTRDIFF_MAX / sizeof *joins
                          ? realloc(heap->joins, (size_t)room * sizeof *joins)
                          : NULL;
        if (!joins) {
            heap->failed = true;
            return;
        }
        heap->joins = joins;
        heap->room = room;
    }
    rise(heap->joins, heap->count++, join);
}

/* Take the first join out of a heap that is not empty. */
static inline Join pop(Heap *heap) {
    Join *joins = heap->joins;
    const Join first = joins[0], last = joins[--heap->count];
    int64_t at = 0;
    /* The last join nearly always belongs far down, so the hole goes down to the end, and the join rises from there:
     * that is one comparison for each step instead of two. */
    for (int64_t child = 1; child < heap->count; child = 2 * at + 1) {
        child += child + 1 < heap->count && is_before(&joins[child + 1], &joins[child]);
        joins[at] = joins[child];
        at = child;
    }
    rise(joins, at, last);
    return first;
}

#endif
