/* Which phrases a text contains. */

#include <string.h>

#include "kernel.h"

#define SLOT_BITS 13
#define SLOTS (1 << SLOT_BITS)
#define HEAD 3 /* the letters by which most phrases are looked up */

/* Phrases whose first letters share a slot are a list: its first phrase + 1, and for each phrase the next + 1. */
typedef struct {
    int32_t *first, *next;
} Lists;

static inline uint8_t lower(uint8_t byte) { return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte; }

static inline bool is_letter_or_digit(uint8_t byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z');
}

/* Whether a line ends with the byte at `i`: all characters that end a line for `sentences.paragraphs`. */
static inline bool ends_line(const uint8_t *text, int64_t i) {
    switch (text[i]) {
    case '\n':
    case '\r':
    case 0x0B:
    case 0x0C:
        return true;
    case 0x85: /* U+0085 */
        return i >= 1 && text[i - 1] == 0xC2;
    case 0xA8: /* U+2028, U+2029 */
    case 0xA9:
        return i >= 2 && text[i - 1] == 0x80 && text[i - 2] == 0xE2;
    default:
        return false;
    }
}

/* The slot of the first letters of a phrase; of a shorter one than HEAD, the slot 0. */
static inline uint32_t slot_of(const uint8_t *bytes, int64_t size) {
    const uint32_t letters = size < HEAD ? 0 : bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16;
    return letters * 0x9E3779B1u >> (32 - SLOT_BITS);
}

/* Flag the phrases that are shorter than HEAD, wherever they stand. */
static void find_short(int32_t place, const int32_t *next, const uint8_t *text, int64_t size, const uint8_t *phrases,
                       const int64_t *borders, uint8_t *found) {
    for (; place; place = next[place - 1]) {
        const uint8_t *phrase = phrases + borders[place - 1];
        const int64_t length = borders[place] - borders[place - 1];
        const uint8_t *at = length <= size ? memchr(text, phrase[0], (size_t)(size - length + 1)) : NULL;
        while (at && memcmp(at, phrase, (size_t)length))
            at = memchr(at + 1, phrase[0], (size_t)(text + size - length - at));
        found[place - 1] = at != NULL;
    }
}

/* Flag the phrases of one slot that stand here, where `left` bytes are left of the text. The first `skipped` bytes of
 * each phrase are not compared. */
static inline void find_here(Lists lists, uint32_t slot, const uint8_t *text, int64_t left, const uint8_t *phrases,
                             const int64_t *borders, int64_t skipped, uint8_t *found) {
    for (int32_t place = lists.first[slot]; place; place = lists.next[place - 1]) {
        const int64_t phrase = place - 1, begin = borders[phrase] + skipped, size = borders[phrase + 1] - begin;
        if (!found[phrase] && size <= left)
            found[phrase] = !memcmp(text, phrases + begin, (size_t)size);
    }
}

int64_t phrases_in(const Value *in) {
    const uint8_t *phrases = in[2].u8;
    const int64_t *offsets = in[1].i64, *borders = in[3].i64, count = in[3].size - 1;
    Scratch scratch = {0};
    const Lists anywhere = {take_zeros(&scratch, SLOTS, sizeof(int32_t)), take(&scratch, count + 1, sizeof(int32_t))};
    const Lists at_line = {take_zeros(&scratch, SLOTS, sizeof(int32_t)), anywhere.next};
    uint8_t *text = take(&scratch, longest_row(in[1]) + 1, 1);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    for (int64_t phrase = 0; phrase < count; phrase++) {
        const bool begins_line = phrases[borders[phrase]] == '\n';
        const int64_t begin = borders[phrase] + begins_line;
        int32_t *first = begins_line ? at_line.first : anywhere.first;
        const uint32_t slot = slot_of(phrases + begin, borders[phrase + 1] - begin);
        anywhere.next[phrase] = first[slot];
        first[slot] = (int32_t)phrase + 1;
    }
    for (int64_t row = 0; row + 1 < in[1].size; row++) {
        const int64_t size = offsets[row + 1] - offsets[row];
        uint8_t *found = in[4].u8 + row * count;
        bool at_beginning = true;
        memset(found, 0, (size_t)count);
        for (int64_t i = 0; i < size; i++)
            text[i] = lower(in[0].u8[offsets[row] + i]);
        find_short(anywhere.first[0], anywhere.next, text, size, phrases, borders, found);
        for (int64_t i = 0; i < size; i++) {
            const uint32_t slot = slot_of(text + i, size - i);
            if (slot)
                find_here(anywhere, slot, text + i, size - i, phrases, borders, 0, found);
            if (at_beginning && is_letter_or_digit(text[i])) {
                find_here(at_line, slot, text + i, size - i, phrases, borders, 1, found);
                find_here(at_line, 0, text + i, size - i, phrases, borders, 1, found);
                at_beginning = false;
            }
            at_beginning |= ends_line(text, i);
        }
    }
    return give_back(&scratch, 0);
}
