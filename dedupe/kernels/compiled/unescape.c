/* From JSON strings to texts. */

#include <string.h>

#include "words.h"

#define BLOCK 64 /* bytes that are copied together; not more than `records.SLACK` */

/* What each character stands for after a backslash in JSON; zero if it must not follow one. (`u` is separate.) */
static const uint8_t UNESCAPED[256] = {['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
                                       ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};

#define IS_HEX 16

/* What each hexadecimal digit stands for, plus IS_HEX; zero for all other characters. */
static const uint8_t HEX[256] = {['0'] = 16, ['1'] = 17, ['2'] = 18, ['3'] = 19, ['4'] = 20, ['5'] = 21,
                                 ['6'] = 22, ['7'] = 23, ['8'] = 24, ['9'] = 25, ['a'] = 26, ['b'] = 27,
                                 ['c'] = 28, ['d'] = 29, ['e'] = 30, ['f'] = 31, ['A'] = 26, ['B'] = 27,
                                 ['C'] = 28, ['D'] = 29, ['E'] = 30, ['F'] = 31};

/* The high bit of each of eight bytes that is a backslash; of the bytes above the lowest such byte, it may be set for
 * others too. */
static INLINED uint64_t backslashes(uint64_t eight) {
    /* A byte of `other` is zero where there is a backslash; the rest is the usual test for a zero byte in a number. */
    uint64_t other = eight ^ 0x5C5C5C5C5C5C5C5Cu;
    return (other - 0x0101010101010101u) & ~other & 0x8080808080808080u;
}

/* How many bytes stand before the first backslash of a block; BLOCK if it has none. */
static INLINED int64_t until_backslash(const uint8_t *block) {
    uint64_t some = 0;
    for (int i = 0; i < BLOCK; i += 8)
        some |= backslashes(eight_bytes(block + i));
    if (!some)
        return BLOCK;
    int64_t before = 0;
    while (!(some = backslashes(eight_bytes(block + before))))
        before += 8;
    return before + lowest_bit(some) / 8;
}

/* The number that four hexadecimal digits stand for, or -1 if they are none. */
static INLINED int32_t four_hex(const uint8_t *place) {
    uint8_t a = HEX[place[0]], b = HEX[place[1]], c = HEX[place[2]], d = HEX[place[3]];
    return a & b & c & d & IS_HEX ? (a & 15) << 12 | (b & 15) << 8 | (c & 15) << 4 | (d & 15) : -1;
}

/* Write a code point above zero as UTF-8, and return the place after it. */
static INLINED uint8_t *put_point(int32_t point, uint8_t *out) {
    if (point < 0x80) {
        *out = (uint8_t)point;
        return out + 1;
    }
    int size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (int i = size - 1; i > 0; i--) {
        out[i] = (uint8_t)(0x80 | (point & 0x3F));
        point >>= 6;
    }
    out[0] = (uint8_t)(0xF00 >> size | point);
    return out + size;
}

/* Write one JSON string, from `place` to `end`, to `out`, and return the place after it, or NULL if the value is no
 * text. Reads and writes up to SLACK bytes behind the end. */
VECTORISED
static uint8_t *unescape_row(const uint8_t *place, const uint8_t *end, uint8_t *out) {
    if (end - place < 2 || *place != '"' || end[-1] != '"')
        return NULL;
    place++;
    end--;
    while (place < end) {
        if (*place != '\\') {
            memcpy(out, place, BLOCK);
            int64_t plain = smaller(until_backslash(place), end - place);
            place += plain;
            out += plain;
            continue;
        }
        if (place[1] != 'u') {
            *out = UNESCAPED[place[1]];
            if (!*out++)
                return NULL;
            place += 2;
            continue;
        }
        int32_t point = four_hex(place + 2);
        place += 6;
        if (0xD800 <= point && point < 0xDC00 && place[0] == '\\' && place[1] == 'u') {
            int32_t low = four_hex(place + 2);
            if (0xDC00 <= low && low < 0xE000) {
                point = 0x10000 + ((point - 0xD800) << 10) + low - 0xDC00;
                place += 6;
            }
        }
        if (point <= 0 || (0xD800 <= point && point < 0xE000) || place > end)
            return NULL;
        out = put_point(point, out);
    }
    return place == end ? out : NULL;
}

int64_t unescape(const Value *in) {
    const uint8_t *raw = in[0].u8;
    const int64_t *offsets = in[1].i64;
    uint8_t *utf8 = in[2].u8, *out = utf8, *is_no_text = in[4].u8;
    int64_t *places = in[3].i64;
    places[0] = 0;
    for (int64_t row = 0; row + 1 < in[1].size; row++) {
        uint8_t *after = unescape_row(raw + offsets[row], raw + offsets[row + 1], out);
        is_no_text[row] = !after;
        out = after ? after : out;
        places[row + 1] = out - utf8;
    }
    return out - utf8;
}
