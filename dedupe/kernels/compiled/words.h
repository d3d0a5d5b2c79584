/* Hashes that several kernels use. */

#ifndef WORDS_H
#define WORDS_H

#include <string.h>

#include "kernel.h"

#define JOIN_MULTIPLIER 0x9E3779B97F4A7C15u /* records.JOIN_MULTIPLIER */

/* MurmurHash3's 64-bit finaliser (Appleby). */
static inline uint64_t fmix64(uint64_t h) {
    h = (h ^ (h >> 33)) * 0xFF51AFD7ED558CCDu;
    h = (h ^ (h >> 33)) * 0xC4CEB9FE1A85EC53u;
    return h ^ (h >> 33);
}

/* Eight bytes as one number, the first byte lowest. */
static inline uint64_t eight_bytes(const uint8_t *bytes) {
    uint64_t value;
    memcpy(&value, bytes, 8);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    return value;
}

/* Write a number to eight bytes, the lowest byte first. */
static inline void put_eight_bytes(uint8_t *bytes, uint64_t value) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    memcpy(bytes, &value, 8);
}

/* The mask of the first `size` bytes of a number; at most all eight. */
static inline uint64_t mask(int64_t size) { return size >= 8 ? ~(uint64_t)0 : ((uint64_t)1 << (8 * size)) - 1; }

/* Write the hashes of the words in `letters` to `words`, and return how many there are.
 *
 * Reads up to 16 bytes behind the end. `borders`: room for one more than there are letters. `multiplier` and `start`:
 * see `HashConstants`. */
int64_t hash_row(const uint8_t *letters, int64_t size, int32_t *borders, uint64_t multiplier, uint64_t start,
                 uint64_t *words);

#endif
