/* What every kernel in C takes and returns.
 *
 * A kernel gets its arguments as an array of `Value`, in the order of its signature in `kernels.h`, and returns a
 * number, often how many elements it has written. The Python module beside its file allocates all arrays that it fills.
 * The global interpreter lock is not held, so no kernel may touch a Python object.
 */

#ifndef KERNEL_H
#define KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NO_MEMORY (-1) /* returned if a kernel could not allocate room to work in */

typedef struct {
    union { /* the elements of an array */
        void *data;
        uint8_t *u8;
        uint16_t *u16;
        uint32_t *u32;
        uint64_t *u64;
        int32_t *i32;
        int64_t *i64;
        double *f64;
    };
    union { /* how many elements an array has; or a number */
        int64_t size;
        int64_t integer;
        uint64_t bits;
        double real;
    };
} Value;

typedef int64_t Kernel(const Value *in);

/* Room to work in, which is given back as a whole. A Scratch begins as {0}. */
typedef struct {
    void *latest;
    bool failed;
} Scratch;

/* Room for `count` elements of `size` bytes, not initialised; NULL, and `failed` is set, if there is none. */
void *take(Scratch *scratch, int64_t count, size_t size);

/* The same, filled with zeros. */
void *take_zeros(Scratch *scratch, int64_t count, size_t size);

/* Give back all room, and return `result`, so that a kernel can end with it. */
int64_t give_back(Scratch *scratch, int64_t result);

/* Loops in functions marked VECTORISED are compiled several times, for processors with wider vectors too, and the
 * loader chooses. The results are the same. Elsewhere the compiler's usual instructions are used. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define VECTORISED __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define VECTORISED
#endif

/* Ask for the memory at an address, which need not be valid, before it is needed. */
#if defined(__GNUC__)
#define PREFETCH(address) __builtin_prefetch(address)
#else
#define PREFETCH(address) ((void)(address))
#endif

/* Functions marked INLINED become part of each function that calls them, so that they are compiled for its processor
 * too. */
#if defined(__GNUC__)
#define INLINED inline __attribute__((always_inline))
#else
#define INLINED inline
#endif

/* The number of the lowest bit that is set; one must be set. */
static INLINED int lowest_bit(uint64_t bits) {
#if defined(__GNUC__)
    return __builtin_ctzll(bits);
#else
    int number = 0;
    for (; !(bits & 1); bits >>= 1)
        number++;
    return number;
#endif
}

static inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static inline int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

/* The length of the longest row of a ragged array with these offsets; 0 if there are no rows. */
static inline int64_t longest_row(Value offsets) {
    int64_t longest = 0;
    for (int64_t row = 0; row + 1 < offsets.size; row++)
        longest = larger(longest, offsets.i64[row + 1] - offsets.i64[row]);
    return longest;
}

#endif
