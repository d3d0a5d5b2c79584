/* Which texts may have words that are broken at the end of a line, or that mix scripts. */

#include <string.h>

#include "kernel.h"

static inline bool is_latin(uint8_t byte) { return (uint8_t)((byte | 0x20) - 'a') < 26; }

/* Whether a byte begins a letter of Greek or Cyrillic, which have two bytes. */
static inline bool begins_other(uint8_t byte) { return (uint8_t)(byte - 0xCD) <= 0xD4 - 0xCD; }

/* Whether a byte ends a hyphen: an ASCII one, a soft one or U+2010. */
static inline bool ends_hyphen(uint8_t byte) { return byte == '-' || byte == 0xAD || byte == 0x90; }

/* What a look at all bytes shows: 1 if a hyphen, or what may stand behind it, stands before a line end; 2 if there are
 * letters of Greek or Cyrillic. Most texts have neither. */
VECTORISED
static int look(const uint8_t *text, int64_t size) {
    uint8_t broken = 0, others = 0;
    for (int64_t i = 0; i + 1 < size; i++) {
        broken |= (uint8_t)((text[i + 1] == '\n') &
                            (ends_hyphen(text[i]) | (text[i] == ' ') | (text[i] == '\r')));
        others |= (uint8_t)begins_other(text[i]);
    }
    return broken | others << 1;
}

/* Whether a hyphen ends a line of the text, and a letter, or a character beyond ASCII, begins the next. */
static bool has_broken_word(const uint8_t *text, int64_t size) {
    const uint8_t *end = text + size, *line = text;
    while ((line = memchr(line, '\n', (size_t)(end - line)))) {
        const uint8_t *before = line++, *next = line;
        before -= before > text && before[-1] == '\r';
        before -= before > text && before[-1] == ' ';
        while (next < end && (*next == ' ' || *next == '\t'))
            next++;
        if (before > text && ends_hyphen(before[-1]) && next < end && (is_latin(*next) || *next >= 0x80))
            return true;
    }
    return false;
}

/* Whether a letter of ASCII stands beside one of Greek or Cyrillic. */
static bool has_mixed_word(const uint8_t *text, int64_t size) {
    for (int64_t i = 0; i < size; i++)
        if (begins_other(text[i]) && ((i && is_latin(text[i - 1])) || (i + 2 < size && is_latin(text[i + 2]))))
            return true;
    return false;
}

int64_t has_odd_words(const Value *in) {
    const int64_t *offsets = in[1].i64;
    for (int64_t row = 0; row + 1 < in[1].size; row++) {
        const uint8_t *text = in[0].u8 + offsets[row];
        const int64_t size = offsets[row + 1] - offsets[row];
        const int seen = look(text, size);
        in[2].u8[row] = ((seen & 1) && has_broken_word(text, size)) || ((seen & 2) && has_mixed_word(text, size));
    }
    return 0;
}
