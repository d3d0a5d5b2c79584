/* Sorting the few numbers of a sentence. */

#ifndef SORTING_H
#define SORTING_H

#include <stdlib.h>

#include "kernel.h"

enum { FEW_NUMBERS = 48 }; /* so many are sorted by insertion, which is faster than qsort */

static int compare_numbers(const void *left, const void *right) {
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Sort numbers, the lowest first. */
static inline void sort_numbers(int64_t *numbers, int64_t size) {
    if (size > FEW_NUMBERS) {
        qsort(numbers, (size_t)size, sizeof *numbers, compare_numbers);
        return;
    }
    for (int64_t i = 1; i < size; i++) {
        const int64_t number = numbers[i];
        int64_t place = i;
        for (; place > 0 && numbers[place - 1] > number; place--)
            numbers[place] = numbers[place - 1];
        numbers[place] = number;
    }
}

#endif
