/* Which phrases a text contains. */

#include <string.h>

#include "kernel.h"

#define SLOTS 4096

/* The slot of the first two bytes of a phrase. */
static inline uint32_t slot_of(const uint8_t *bytes) { return (bytes[0] * 37u + bytes[1]) % SLOTS; }

int64_t phrases_in(const Value *in) {
    const uint8_t *utf8 = in[0].u8, *phrases = in[2].u8;
    const int64_t *offsets = in[1].i64, *borders = in[3].i64;
    int64_t count = in[3].size - 1;
    uint8_t *found = in[4].u8;
    Scratch scratch = {0};
    /* Phrases whose first two bytes share a slot are a list: its first phrase + 1, and for each phrase the next + 1. */
    int32_t *first = take(&scratch, SLOTS, sizeof *first), *next = take(&scratch, count + 1, sizeof *next);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    memset(first, 0, SLOTS * sizeof *first);
    for (int64_t phrase = 0; phrase < count; phrase++) {
        if (borders[phrase + 1] - borders[phrase] < 2)
            continue;
        uint32_t slot = slot_of(phrases + borders[phrase]);
        next[phrase] = first[slot];
        first[slot] = (int32_t)phrase + 1;
    }
    for (int64_t row = 0; row + 1 < in[1].size; row++) {
        const uint8_t *text = utf8 + offsets[row];
        int64_t size = offsets[row + 1] - offsets[row];
        uint8_t *own = found + row * count;
        for (int64_t phrase = 0; phrase < count; phrase++) {
            int64_t length = borders[phrase + 1] - borders[phrase];
            own[phrase] = !length || (length == 1 && size && memchr(text, phrases[borders[phrase]], (size_t)size));
        }
        for (int64_t i = 0; i + 1 < size; i++) {
            for (int32_t place = first[slot_of(text + i)]; place; place = next[place - 1]) {
                int64_t phrase = place - 1, length = borders[phrase + 1] - borders[phrase];
                if (!own[phrase] && length <= size - i)
                    own[phrase] = !memcmp(text + i, phrases + borders[phrase], (size_t)length);
            }
        }
    }
    return give_back(&scratch, 0);
}
