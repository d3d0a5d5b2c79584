/* From texts to letters: normal forms, and zeros between words. */

#include <string.h>

#include "words.h"

/* The layout of an entry of the fold table; see `fold_layout`. */
enum { SEPARATOR, LETTER, SPACELESS, MARK };

#define POINTS 0x40000
#define TAGS 0xE0
#define HALF_SPACE 0x200C
#define PAIRS (1 << 13)
#define PAIR_MULTIPLIER 0x9E3779B97F4A7C15u
#define PAIR_SHIFT (64 - 13)
#define LENGTH_SHIFT 48
#define CLASS_SHIFT 52
#define KNOWN ((uint64_t)1 << 54)
#define CONTEXT ((uint64_t)1 << 55)
#define COMBINING_SHIFT 56
#define MAX_MARKS 30

#define FORM (((uint64_t)1 << LENGTH_SHIFT) - 1) /* the bits of the normal form */

/* An entry shifted by CLASS_SHIFT is this plus its class if it is known, does not depend on its neighbours and has the
 * combining class 0. */
#define SIMPLE (KNOWN >> CLASS_SHIFT)

/* An entry shifted by LENGTH_SHIFT is this if it is a simple letter with a form of two bytes, or a simple spaceless
 * character with one of three. */
#define SIMPLE_LETTER_OF_TWO ((SIMPLE + LETTER) << 4 | 2)
#define SIMPLE_SPACELESS_OF_THREE ((SIMPLE + SPACELESS) << 4 | 3)

#define BLOCK 64 /* bytes that are looked at together */

#define DENSE 8 /* with as many bytes other than ASCII in half a block, its characters are folded one by one */

#define HIGH_BITS 0x8080808080808080u

/* A text that is being folded. */
typedef struct {
    const uint64_t *table;
    const uint8_t *first_out;
    uint8_t *out;      /* where the next letter goes */
    uint8_t *base_out; /* where the form of `base` is */
    uint8_t *mark_out; /* where the form of the last mark ends; if it is `out`, the next two are known, otherwise 0 */
    uint32_t combining; /* the combining class of the last character */
    uint32_t marks;     /* the length of the current run of marks */
    uint32_t base;      /* the character that a mark may compose with; 0 if there is none */
    bool spaceless;     /* whether a spaceless character and the zero behind it were written last */
} Text;

/* Fold a block as if all of it were ASCII. These loops, and those below, become vector instructions. */
static INLINED void fold_ascii(const uint8_t *restrict source, uint8_t *restrict target) {
    for (int i = 0; i < BLOCK; i++) {
        uint8_t byte = source[i], lower = byte | 0x20;
        uint8_t kept = (uint8_t)(byte - '0') < 10 || byte == '_' ? byte : 0;
        target[i] = (uint8_t)(lower - 'a') < 26 ? lower : kept;
    }
}

/* How many bytes at the beginning of a block are ASCII. */
static INLINED int64_t leading_ascii(const uint8_t *block) {
    uint64_t high = 0;
    for (int i = 0; i < BLOCK; i += 8)
        high |= eight_bytes(block + i);
    if (!(high & HIGH_BITS))
        return BLOCK;
    int64_t leading = 0;
    while (!(high = eight_bytes(block + leading) & HIGH_BITS))
        leading += 8;
    return leading + lowest_bit(high) / 8;
}

/* Whether so few of the next characters are ASCII that it is faster to fold all of them one by one. */
static INLINED bool is_dense(const uint8_t *block) {
    uint64_t high = 0;
    for (int i = 0; i < BLOCK / 2; i += 8)
        high += (eight_bytes(block + i) & HIGH_BITS) >> 7;
    return high * 0x0101010101010101u >> 56 >= DENSE;
}

/* The high bits of eight bytes as the lowest eight bits, the first byte lowest. */
static INLINED uint64_t high_bits(uint64_t eight) {
    return ((eight & HIGH_BITS) >> 7) * 0x0102040810204080u >> 56; /* the product moves bit 8k to bit 56 + k */
}

/* One bit for each byte of a block, the first byte lowest: whether a character begins there. */
static INLINED uint64_t beginnings(const uint8_t *block) {
    uint64_t all = 0;
    for (int i = 0; i < BLOCK; i += 8) {
        uint64_t eight = eight_bytes(block + i);
        all |= high_bits(~eight | eight << 1) << i; /* all bytes but those of the form 10xxxxxx */
    }
    return all;
}

/* The same for the characters other than ASCII alone. */
static INLINED uint64_t long_beginnings(const uint8_t *block) {
    uint64_t all = 0;
    for (int i = 0; i < BLOCK; i += 8) {
        uint64_t eight = eight_bytes(block + i);
        all |= high_bits(eight & eight << 1) << i; /* 11xxxxxx */
    }
    return all;
}

/* The code point at a place of valid UTF-8, and how many bytes it has. Reads four bytes. */
static INLINED uint32_t code_point(const uint8_t *place, int *size) {
    uint32_t first = place[0], second = place[1] & 0x3F, third = place[2] & 0x3F;
    if (first < 0xE0) {
        /* Letters of two bytes and spaces take turns, and a branch would often be predicted wrongly. */
        uint32_t two = (uint32_t)0 - (first >= 0x80);
        *size = 1 + (first >= 0x80);
        return (first & ~two) | (((first & 0x1F) << 6 | second) & two);
    }
    if (first < 0xF0) {
        *size = 3;
        return (first & 0x0F) << 12 | second << 6 | third;
    }
    *size = 4;
    return (first & 0x07) << 18 | second << 12 | third << 6 | (place[3] & 0x3F);
}

/* The entry of a character whose form is the character itself. */
static INLINED uint64_t own_form(uint64_t entry, const uint8_t *place, int size) {
    uint64_t form = 0, kind = entry >> CLASS_SHIFT & 3;
    if (kind != SEPARATOR) {
        for (int i = 0; i < size; i++)
            form |= (uint64_t)place[i] << 8 * i;
        form |= (uint64_t)size << LENGTH_SHIFT;
    }
    return form | kind << CLASS_SHIFT | (entry & KNOWN);
}

/* The code point that two code points in a row compose to, or 0 if they do not compose. */
static uint32_t composite(const uint64_t *table, uint64_t first, uint64_t second) {
    const uint64_t *pairs = table + POINTS;
    uint64_t wanted = first << 21 | second;
    for (uint64_t slot = first * second * PAIR_MULTIPLIER >> PAIR_SHIFT; pairs[slot]; slot = (slot + 1) & (PAIRS - 1))
        if (pairs[slot] >> 21 == wanted)
            return pairs[slot] & 0x1FFFFF;
    return 0;
}

/* The entry of a code point. */
static INLINED uint64_t entry_of(const uint64_t *table, uint32_t point) {
    return table[point < POINTS ? point : point >> 12 == TAGS ? HALF_SPACE : 0];
}

/* Whether the last letter that was written has two bytes, of which the first is in a range. */
static INLINED bool follows(const Text *text, uint8_t first, uint8_t last) {
    return text->out - text->first_out >= 2 && (text->out[-1] & 0xC0) == 0x80 && text->out[-2] >= first &&
           text->out[-2] <= last;
}

/* Whether readers do without a mark that composes with nothing: the `_UNREAD_MARKS` of `text.words`. */
static INLINED bool is_unread(const Text *text, uint32_t point) {
    if (point == 0x0307)
        return text->out != text->first_out && text->out[-1] == 'i';
    return (point == 0x0300 || point == 0x0301) && follows(text, 0xCE, 0xD3); /* Greek, Cyrillic */
}

/* Whether a mark stays as it is behind a character with which it does not compose. Marks with a high combining class may
 * compose with a part of that character, and those behind other marks with a character before them. */
static INLINED bool stays(const Text *text, uint32_t point) {
    if (text->combining > 9)
        return false;
    return text->base ? (text->base ^ point) < 0x80 : !text->combining;
}

/* Fold a mark, or a character that is not simple. Returns false if the row has to be flagged. */
static INLINED bool fold_hard(Text *text, uint32_t point, uint64_t entry, bool is_normal) {
    uint64_t kind = entry >> CLASS_SHIFT & 3, length = entry >> LENGTH_SHIFT & 7;
    if (!is_normal) {
        if (entry >> LENGTH_SHIFT == (SIMPLE + MARK) << 4) { /* it is dropped */
            if (point == HALF_SPACE && follows(text, 0xD8, 0xDD)) { /* Arabic */
                *text->out++ = 0;
                text->base = 0;
            }
            return true;
        }
        bool goes_on = text->out == text->mark_out;
        uint32_t before = goes_on ? text->combining : 0, combining = (uint32_t)(entry >> COMBINING_SHIFT);
        text->combining = combining;
        text->marks = (goes_on ? text->marks : 0) + 1;
        if ((combining && combining < before) || text->marks > MAX_MARKS)
            return false;
        if (entry & CONTEXT) {
            uint32_t composed = composite(text->table, text->base, point);
            if (composed) {
                text->base = composed;
                entry = text->table[composed];
                if (entry >> CLASS_SHIFT != SIMPLE + LETTER)
                    return false;
                put_eight_bytes(text->base_out, entry);
                text->out = text->base_out + (entry >> LENGTH_SHIFT & 7);
                text->mark_out = text->out;
                return true;
            }
            if (is_unread(text, point)) {
                text->base = 0;
                text->mark_out = text->out;
                return true;
            }
            if (!length || !stays(text, point))
                return false;
        } else if (combining && combining < 7) {
            return false; /* it belongs before the nukta that may be in the form of the last letter */
        }
    }
    if (!(entry & KNOWN) || kind != MARK)
        return false;
    text->base = entry >> COMBINING_SHIFT ? 0 : point;
    if (!text->spaceless && (text->out == text->first_out || !text->out[-1])) {
        *text->out++ = 0; /* a mark that follows no word is in no word */
    } else {
        text->out -= text->spaceless; /* the mark takes the place of the zero behind the spaceless character */
        put_eight_bytes(text->out, entry & FORM);
        text->out += length + text->spaceless;
    }
    text->mark_out = text->out;
    return true;
}

/* Fold one character. Returns false if the row has to be flagged.
 *
 * Eight bytes are written at once, and what comes next is written over those above the form. */
static INLINED bool fold_character(Text *text, const uint8_t *place, uint32_t point, int size, bool is_normal) {
    uint64_t entry = entry_of(text->table, point);
    if (is_normal)
        entry = own_form(entry, place, size);
    uint64_t flags = entry >> CLASS_SHIFT, length = entry >> LENGTH_SHIFT & 7;
    if ((flags & ~(uint64_t)LETTER) == SIMPLE) {
        /* A letter, or a separator, whose form is empty and which becomes a zero. Both take one path, because which of
         * them comes next is hard to predict. */
        put_eight_bytes(text->out, entry);
        text->base = point;
        text->base_out = text->out;
        text->out += length + !length;
        text->spaceless = false;
        return true;
    }
    if (flags == SIMPLE + SPACELESS) {
        *text->out = 0;
        text->out += !text->spaceless;
        put_eight_bytes(text->out, entry & FORM);
        text->base = point;
        text->out += length + 1;
        text->spaceless = true;
        return true;
    }
    return fold_hard(text, point, entry, is_normal);
}

/* Fold the letters of two bytes and the ASCII at the beginning of a block, as long as every form has two bytes too;
 * return how many bytes these are, at most `size`.
 *
 * Most alphabets other than the Latin one have two bytes a letter. As the letters stay in their places, the ASCII among
 * them can be folded first, and the time does not depend on where words end. */
static INLINED int64_t fold_two_bytes(const uint64_t *table, const uint8_t *block, int64_t size, uint8_t *out) {
    fold_ascii(block, out);
    for (uint64_t begins = long_beginnings(block); begins; begins &= begins - 1) {
        int place = lowest_bit(begins);
        uint32_t first = block[place], second = block[place + 1];
        uint64_t entry = table[(first & 0x1F) << 6 | (second & 0x3F)];
        if (first >= 0xE0 || entry >> LENGTH_SHIFT != SIMPLE_LETTER_OF_TWO)
            return smaller(place, size);
        out[place] = (uint8_t)entry;
        out[place + 1] = (uint8_t)(entry >> 8);
        if (place == BLOCK - 1)
            return smaller(BLOCK + 1, size);
    }
    return smaller(BLOCK, size);
}

/* Fold a run of simple spaceless characters of three bytes, such as ideographs, with a zero behind each; return how
 * many there are. */
static INLINED int64_t fold_spaceless(const uint64_t *table, const uint8_t *place, const uint8_t *end, uint8_t *out) {
    int64_t count = 0;
    for (; end - place >= 3 && (*place & 0xF0) == 0xE0; count++, place += 3, out += 4) {
        uint64_t entry = table[(place[0] & 0x0F) << 12 | (place[1] & 0x3F) << 6 | (place[2] & 0x3F)];
        if (entry >> LENGTH_SHIFT != SIMPLE_SPACELESS_OF_THREE)
            break;
        put_eight_bytes(out, entry & FORM);
    }
    return count;
}

/* Fold characters at the beginning of a block that has many other than ASCII, and return the place after them, or NULL
 * if the row has to be flagged. */
static INLINED const uint8_t *fold_dense(Text *text, const uint8_t *block, const uint8_t *end, bool is_normal) {
    int size;
    if (!is_normal && *block < 0xE0) {
        int64_t done = fold_two_bytes(text->table, block, end - block, text->out);
        if (done > 1) { /* always, in valid UTF-8, if the first character is such a letter */
            int last_size = block[done - 1] < 0x80 ? 1 : 2;
            text->base = code_point(block + done - last_size, &size);
            text->base_out = text->out + done - last_size;
            text->out += done;
            text->spaceless = false;
            return block + done;
        }
    } else if (!is_normal) {
        uint8_t *first = text->out + !text->spaceless;
        *text->out = 0; /* between the last word and the run */
        int64_t done = fold_spaceless(text->table, block, end, first);
        if (done) {
            text->out = first + 4 * done;
            text->base = code_point(block + 3 * (done - 1), &size);
            text->spaceless = true;
            return block + 3 * done;
        }
    }
    uint64_t begins = beginnings(block);
    if (end - block < BLOCK)
        begins &= ((uint64_t)1 << (end - block)) - 1;
    const uint8_t *after = block + BLOCK;
    for (; begins; begins &= begins - 1) {
        const uint8_t *character = block + lowest_bit(begins);
        uint32_t point = code_point(character, &size);
        if (!fold_character(text, character, point, size, is_normal))
            return NULL;
        after = character + size;
    }
    return after;
}

/* See `fold_row`. */
static INLINED uint8_t *fold_text(const uint8_t *place, const uint8_t *end, const uint8_t *last, const uint64_t *table,
                                 uint8_t *out, bool is_normal) {
    const uint8_t *start = place;
    Text text = {.table = table, .first_out = out, .out = out, .base_out = out};
    int size;
    while (place < end) {
        bool has_block = last - place >= BLOCK + 4; /* also the rest of a character that begins in the block */
        if (has_block && *place < 0x80) {
            fold_ascii(place, text.out);
            int64_t leading = smaller(leading_ascii(place), end - place);
            place += leading;
            text.base_out = text.out + leading - 1;
            text.out += leading;
            text.base = place[-1];
            text.spaceless = false;
        } else if (has_block && is_dense(place)) {
            place = fold_dense(&text, place, end, is_normal);
            if (!place || place > end || text.out - text.first_out > 2 * (place - start))
                return NULL;
        } else {
            uint8_t four[4] = {0};
            const uint8_t *character = place;
            if (last - place < 4) /* only at the end of the array */
                character = memcpy(four, place, (size_t)(last - place));
            uint32_t point = code_point(character, &size);
            if (size > end - place || !fold_character(&text, character, point, size, is_normal))
                return NULL;
            place += size;
        }
    }
    *text.out = 0;
    return text.out + 1;
}

/* Fold the text from `place` to `end` into `out`, and return the place after it, or NULL if `Backend.fold` has to flag
 * the row. `last`: the end of the array that the text is in, up to which it may be read.
 *
 * The letters of valid UTF-8 take at most twice as many bytes as the text, and a zero. Of other bytes, one block more
 * may be written before the row is flagged: eight bytes for each of its bytes. */
VECTORISED
static uint8_t *fold_row(const uint8_t *place, const uint8_t *end, const uint8_t *last, const uint64_t *table,
                         bool is_normal, uint8_t *out) {
    return is_normal ? fold_text(place, end, last, table, out, true) : fold_text(place, end, last, table, out, false);
}

int64_t fold(const Value *in) {
    const uint8_t *utf8 = in[0].u8, *last = utf8 + in[0].size;
    const int64_t *offsets = in[1].i64;
    uint8_t *letters = in[4].u8, *out = letters, *is_flagged = in[6].u8;
    int64_t *places = in[5].i64;
    places[0] = 0;
    for (int64_t row = 0; row + 1 < in[1].size; row++) {
        uint8_t *after = fold_row(utf8 + offsets[row], utf8 + offsets[row + 1], last, in[2].u64, in[3].u8[row], out);
        is_flagged[row] = !after;
        out = after ? after : out;
        places[row + 1] = out - letters;
    }
    return out - letters;
}
