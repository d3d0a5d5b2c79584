/* From texts to counted terms.
 *
 * Texts are read as UTF-8, in which unpaired surrogates stand like other characters. Every distinct token is kept and
 * compared letter by letter, so hash collisions cannot change a result. Tokens are numbered in the order in which they
 * first occur. Each has a key of 128 bits. That of a *plain* token, of up to sixteen bytes without NUL as nearly all
 * are, is its bytes; that of any other token is a hash, marked by `OTHER`, and such tokens are compared by their bytes
 * too. The open-addressed hash table `slots` holds the numbers of the tokens.
 */

#include <string.h>

#include "words.h"

/* The flags of records.py. */
enum {
    IS_DIGIT = 1,
    IS_SPACELESS = 2,
    IS_LETTER = 4,
    IS_WORD = 8,
    JOINS_LETTERS = 16,
    JOINS_DIGITS = 32,
    IS_ATTACHED = 64,
};

/* --- splitting --------------------------------------------------------------------------------------------------- */

/* What a byte means where tokens are sought. A word of PLAIN_LETTERs between bytes that are OUTSIDE is a token, as
 * nearly all are; any others are read character by character. */
enum { OUTSIDE, PLAIN_LETTER, ANYTHING };

typedef struct {
    const uint8_t *classes; /* the flags of each code point; those of the last one also stand for all higher ones */
    int64_t points;         /* how many these are */
    uint8_t sorts[256];     /* see above, of each byte */
} Splitter;

static uint8_t class_of(const Splitter *by, uint32_t point) { return by->classes[smaller(point, by->points - 1)]; }

static Splitter make_splitter(Value classes) {
    Splitter made = {classes.u8, classes.size, {0}};
    for (uint32_t byte = 0; byte < 256; byte++) {
        const uint8_t class = class_of(&made, byte);
        if (byte >= 128 || (byte == 0 && class))
            made.sorts[byte] = ANYTHING;
        else if ((class & (IS_DIGIT | IS_SPACELESS | IS_LETTER | IS_WORD)) == 0)
            made.sorts[byte] = OUTSIDE;
        else
            made.sorts[byte] = (class & ~JOINS_DIGITS) == (IS_LETTER | IS_WORD) ? PLAIN_LETTER : ANYTHING;
    }
    return made;
}

/* Write where the sort of the bytes changes between `from`, before which all is taken to be OUTSIDE, and `to`, and then
 * `to` itself. Returns how many changes there are. */
static int64_t find_changes(const uint8_t *bytes, int64_t from, int64_t to, const uint8_t *sorts, int64_t *changes) {
    int64_t count = 0;
    uint8_t before = OUTSIDE;
    /* Every place is written, and stays if it is a change; a branch would often be predicted wrongly. */
    for (int64_t i = from; i < to; i++) {
        const uint8_t sort = sorts[bytes[i]];
        changes[count] = i;
        count += sort != before;
        before = sort;
    }
    changes[count] = to;
    return count;
}

/* How many bytes a character has, by its first one. */
static inline int64_t character_size(uint8_t first) {
    return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* The flags of the character that begins here. */
static uint8_t class_at(const Splitter *by, const uint8_t *bytes) {
    switch (character_size(bytes[0])) {
    case 1:
        return class_of(by, bytes[0]);
    case 2:
        return class_of(by, (bytes[0] & 0x1Fu) << 6 | (bytes[1] & 0x3Fu));
    case 3:
        return class_of(by, (bytes[0] & 0x0Fu) << 12 | (bytes[1] & 0x3Fu) << 6 | (bytes[2] & 0x3Fu));
    default:
        return class_of(by, (bytes[0] & 0x07u) << 18 | (bytes[1] & 0x3Fu) << 12 | (bytes[2] & 0x3Fu) << 6 |
                                (bytes[3] & 0x3Fu));
    }
}

/* Whether a character that is IS_ATTACHED separates words all the same: a half-space behind an Arabic letter. */
static bool separates(const uint8_t *bytes, int64_t at) {
    return at >= 2 && !memcmp(bytes + at, "\xE2\x80\x8C", 3) && bytes[at - 2] >= 0xD8 && bytes[at - 2] <= 0xDD;
}

/* Where the run that begins at `at`, with a character that has the flag `kind`, ends. */
static int64_t run(const Splitter *by, const uint8_t *bytes, int64_t at, int64_t stop, int kind) {
    while (at < stop) {
        const uint8_t class = class_at(by, bytes + at);
        if (!(class & (kind | IS_ATTACHED)) || (class == IS_ATTACHED && separates(bytes, at)))
            break;
        at += character_size(bytes[at]);
    }
    return at;
}

/* Whether a character with the flag `joint` is here and one with the flag `kind` follows it. */
static bool goes_on(const Splitter *by, const uint8_t *bytes, int64_t at, int64_t stop, int kind, int joint) {
    if (at >= stop || !(class_at(by, bytes + at) & joint))
        return false;
    at += character_size(bytes[at]);
    return at < stop && class_at(by, bytes + at) & kind;
}

/* Where runs of characters with the flag `kind`, joined by one character with the flag `joint` each, end. */
static int64_t joined(const Splitter *by, const uint8_t *bytes, int64_t at, int64_t stop, int kind, int joint) {
    at = run(by, bytes, at, stop, kind);
    while (goes_on(by, bytes, at, stop, kind, joint))
        at = run(by, bytes, at + character_size(bytes[at]), stop, kind);
    return at;
}

/* Where the token that begins here ends; see `TokenRules`. `class`: of its first character. */
static int64_t token_end(const Splitter *by, const uint8_t *bytes, int64_t at, int64_t stop, uint8_t class) {
    if (class & IS_DIGIT)
        return joined(by, bytes, at, stop, IS_DIGIT, JOINS_DIGITS);
    if (class & IS_SPACELESS)
        return run(by, bytes, at, stop, IS_SPACELESS);
    if (class & IS_LETTER)
        return joined(by, bytes, at, stop, IS_LETTER, JOINS_LETTERS);
    return run(by, bytes, at, stop, IS_WORD);
}

/* The place of the next spaceless character of a token behind the one at `at`, or `end`, where the token ends. */
static int64_t next_spaceless(const Splitter *by, const uint8_t *bytes, int64_t at, int64_t end) {
    do
        at += character_size(bytes[at]);
    while (at < end && !(class_at(by, bytes + at) & IS_SPACELESS));
    return at;
}

/* Whether a token has three spaceless characters or more, and else only attached ones. `class`: of its first
 * character. */
static bool is_run_of_spaceless(const Splitter *by, const uint8_t *bytes, int64_t at, int64_t end, uint8_t class) {
    int64_t count = 0;
    while (at < end && class & (IS_SPACELESS | IS_ATTACHED)) {
        count += (class & IS_SPACELESS) != 0;
        at += character_size(bytes[at]);
        class = at < end ? class_at(by, bytes + at) : 0;
    }
    return at >= end && count >= 3;
}

/* --- numbering --------------------------------------------------------------------------------------------------- */

#define EMPTY UINT32_MAX /* an empty slot */
#define OTHER UINT64_MAX /* the upper half of the key of a token that is not plain; no bytes of UTF-8 give it */
#define PLAIN 16         /* most bytes of a plain token */
#define FNV_START 0xCBF29CE484222325u /* constants of the hash FNV-1a (Fowler, Noll & Vo) */
#define FNV_PRIME 0x100000001B3u

typedef struct {
    uint64_t upper, lower;
} Key;

/* The tokens that are known, as `TokenNumbers` keeps them. */
typedef struct {
    uint32_t *slots;
    uint64_t mask;
    Key *keys;
    uint8_t *letters;
    int64_t *ends;
    int64_t known;
} Tokens;

static inline uint64_t first_slot(Key key) { return fmix64(key.lower ^ key.upper * FNV_PRIME); }

/* The key of a plain token. Reads PLAIN bytes. */
static inline Key plain_key(const uint8_t *token, int64_t size) {
    return (Key){eight_bytes(token + 8) & mask(larger(size - 8, 0)), eight_bytes(token) & mask(size)};
}

/* The key of any token. */
static Key key_of(const uint8_t *token, int64_t size) {
    uint64_t hash = FNV_START;
    bool is_plain = size <= PLAIN;
    for (int64_t i = 0; i < size; i++) {
        hash = (hash ^ token[i]) * FNV_PRIME;
        is_plain &= token[i] != 0;
    }
    return is_plain ? plain_key(token, size) : (Key){OTHER, hash};
}

/* A token that was read and has no number yet. */
typedef struct {
    const uint8_t *letters;
    int64_t size;
    Key key;
    uint64_t slot; /* where it belongs, unless that is taken */
} Token;

static inline Token make_token(const Tokens *among, const uint8_t *letters, int64_t size, Key key) {
    const Token made = {letters, size, key, first_slot(key) & among->mask};
    PREFETCH(&among->slots[made.slot]);
    return made;
}

/* The number of a token. If it is new, it is added. */
static inline uint32_t number_of(Tokens *among, const Token *token) {
    const Key key = token->key;
    for (uint64_t slot = token->slot;; slot = (slot + 1) & among->mask) {
        const uint32_t number = among->slots[slot];
        if (number == EMPTY) {
            among->slots[slot] = (uint32_t)among->known;
            among->keys[among->known] = key;
            const int64_t end = among->ends[among->known];
            memcpy(among->letters + end, token->letters, (size_t)token->size);
            among->ends[among->known + 1] = end + token->size;
            return (uint32_t)among->known++;
        }
        const Key found = among->keys[number];
        if (found.upper != key.upper || found.lower != key.lower)
            continue;
        if (key.upper != OTHER)
            return number;
        const int64_t begin = among->ends[number];
        if (among->ends[number + 1] - begin == token->size &&
            !memcmp(among->letters + begin, token->letters, (size_t)token->size))
            return number;
    }
}

/* Put the numbers of all known tokens into the slots, which must be empty. */
int64_t fill_slots(const Value *in) {
    uint32_t *slots = in[0].u32;
    const Key *keys = in[1].data;
    const uint64_t all = (uint64_t)in[0].size - 1;
    for (int64_t number = 0; number < in[2].integer; number++) {
        uint64_t slot = first_slot(keys[number]) & all;
        while (slots[slot] != EMPTY)
            slot = (slot + 1) & all;
        slots[slot] = (uint32_t)number;
    }
    return 0;
}

/* Read the part of a text that begins at `at` and is not OUTSIDE before `end`. Writes up to `most` tokens, and returns
 * how many. Sets `at` to where the last token ends, which may be behind `end`. */
static int64_t read_any(const Splitter *by, const uint8_t *bytes, int64_t *at, int64_t end, int64_t stop, int64_t most,
                        const Tokens *among, Token *tokens) {
    int64_t count = 0;
    while (*at < end && count < most) {
        const uint8_t class = class_at(by, bytes + *at);
        if (!(class & (IS_WORD | IS_SPACELESS))) {
            *at += character_size(bytes[*at]);
            continue;
        }
        const int64_t begin = *at, after = token_end(by, bytes, begin, stop, class);
        *at = after;
        if (!is_run_of_spaceless(by, bytes, begin, after, class)) {
            tokens[count++] = make_token(among, bytes + begin, after - begin, key_of(bytes + begin, after - begin));
            continue;
        }
        for (int64_t one = begin; count < most;) {
            const int64_t other = next_spaceless(by, bytes, one, after);
            if (other >= after)
                break;
            const int64_t size = other + character_size(bytes[other]) - one;
            tokens[count++] = make_token(among, bytes + one, size, key_of(bytes + one, size));
            one = other;
        }
    }
    return count;
}

#define BLOCK 2048 /* bytes in which tokens are sought at once: most of a long text is not read at all */

int64_t token_numbers(const Value *in) {
    const int64_t *offsets = in[1].i64, most = in[3].integer, longest = longest_row(in[1]);
    const Splitter by = make_splitter(in[2]);
    Tokens among = {in[4].u32, (uint64_t)in[4].size - 1, in[5].data, in[6].u8, in[7].i64, in[8].integer};
    int64_t *places = in[10].i64;
    Scratch scratch = {0};
    int64_t *changes = take(&scratch, longest + 1, sizeof *changes);
    Token *tokens = take(&scratch, smaller(most, longest), sizeof *tokens);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    places[0] = 0;
    for (int64_t row = 0; row + 1 < in[1].size; row++) {
        const uint8_t *bytes = in[0].u8 + offsets[row];
        const int64_t stop = offsets[row + 1] - offsets[row];
        int64_t total = 0, read = 0; /* `read`: where the last token ends */
        for (int64_t block = 0; block < stop && total < most;) {
            int64_t next = smaller(block + BLOCK, stop);
            while (next < stop && by.sorts[bytes[next]] != OUTSIDE)
                next++;
            const int64_t parts = find_changes(bytes, block, next, by.sorts, changes), left = most - total;
            int64_t count = 0;
            for (int64_t part = 0; part < parts && count < left; part++) {
                const int64_t begin = changes[part], end = changes[part + 1], size = end - begin;
                const uint8_t sort = by.sorts[bytes[begin]];
                if (sort == OUTSIDE || end <= read)
                    continue;
                if (sort == PLAIN_LETTER && begin >= read && size <= PLAIN &&
                    (end == stop || (by.sorts[bytes[end]] == OUTSIDE &&
                                     !goes_on(&by, bytes, end, stop, IS_LETTER, JOINS_LETTERS)))) {
                    tokens[count++] = make_token(&among, bytes + begin, size, plain_key(bytes + begin, size));
                    continue;
                }
                read = larger(read, begin);
                count += read_any(&by, bytes, &read, end, stop, left - count, &among, tokens + count);
            }
            /* The tokens are looked up when all of the block have been read, because the slots, which are all over the
             * memory, are there by then. */
            for (int64_t i = 0; i < count; i++)
                in[9].u32[places[row] + total + i] = number_of(&among, &tokens[i]);
            total += count;
            block = next;
        }
        places[row + 1] = places[row] + total;
    }
    return give_back(&scratch, among.known);
}

/* --- counting ---------------------------------------------------------------------------------------------------- */

#define NOWHERE UINT16_MAX /* records.NOWHERE */

/* A distinct term of one text. */
typedef struct {
    double decayed_tf;
    uint16_t first;
    uint8_t is_name;
} Counted;

/* Sort numbers by their upper half, up to `highest`, byte by byte from the lowest on (radix sort). It is much faster
 * than a general sort for the few hundred terms of a text. Returns where they are then: in `numbers` or in `room`. */
static const uint64_t *sort_by_upper_half(uint64_t *numbers, uint64_t *room, int64_t size, uint32_t highest) {
    int64_t places[4][256] = {0};
    for (int64_t i = 0; i < size; i++)
        for (int byte = 0; byte < 4; byte++)
            places[byte][numbers[i] >> (32 + 8 * byte) & 0xFF]++;
    for (int byte = 0; byte < 4 && highest >> (8 * byte); byte++) {
        int64_t before = 0;
        for (int value = 0; value < 256; value++) {
            const int64_t count = places[byte][value];
            places[byte][value] = before;
            before += count;
        }
        for (int64_t i = 0; i < size; i++)
            room[places[byte][numbers[i] >> (32 + 8 * byte) & 0xFF]++] = numbers[i];
        uint64_t *sorted = room;
        room = numbers;
        numbers = sorted;
    }
    return numbers;
}

int64_t distinct_terms(const Value *in) {
    const uint32_t *codes = in[0].u32, *extra = in[3].u32;
    const int64_t *offsets = in[1].i64, *extra_offsets = in[4].i64;
    const double *decay = in[2].f64;
    int64_t *ends = in[9].i64;
    uint32_t highest = 0;
    for (int64_t i = 0; i < in[0].size; i++)
        highest = codes[i] >> 1 > highest ? codes[i] >> 1 : highest;
    for (int64_t i = 0; i < in[3].size; i++)
        highest = extra[i] > highest ? extra[i] : highest;
    const int64_t most = longest_row(in[1]) + longest_row(in[4]) + 1;
    Scratch scratch = {0};
    /* What is found in a text, in the order of first occurrence: each term, with its place here in the lower half. The
     * place of a term that an earlier text had is found out to be none because another term is there. */
    uint64_t *found = take(&scratch, most, sizeof *found), *room = take(&scratch, most, sizeof *room);
    Counted *counted = take(&scratch, most, sizeof *counted);
    uint32_t *place = take_zeros(&scratch, (int64_t)highest + 1, sizeof *place);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    int64_t total = 0;
    ends[0] = 0;
    for (int64_t row = 0; row + 1 < in[1].size; row++) {
        int64_t count = 0;
        const int64_t begin = offsets[row], size = offsets[row + 1] - begin;
        for (int64_t i = 0; i < size; i++) {
            const uint32_t number = codes[begin + i] >> 1;
            int64_t at = place[number];
            if (at >= count || found[at] >> 32 != number) {
                at = count++;
                place[number] = (uint32_t)at;
                found[at] = (uint64_t)number << 32 | (uint64_t)at;
                counted[at] = (Counted){0.0, (uint16_t)i, 1};
            }
            counted[at].decayed_tf += decay[i];
            counted[at].is_name &= codes[begin + i] & 1;
        }
        for (int64_t i = extra_offsets[row]; i < extra_offsets[row + 1]; i++) {
            found[count] = (uint64_t)extra[i] << 32 | (uint64_t)count;
            counted[count++] = (Counted){0.0, NOWHERE, 0};
        }
        const uint64_t *sorted = sort_by_upper_half(found, room, count, highest);
        for (int64_t i = 0; i < count; i++) {
            const Counted one = counted[(uint32_t)sorted[i]];
            in[5].u32[total + i] = (uint32_t)(sorted[i] >> 32);
            in[6].f64[total + i] = one.decayed_tf;
            in[7].u16[total + i] = one.first;
            in[8].u8[total + i] = one.is_name;
        }
        total += count;
        ends[row + 1] = total;
    }
    return give_back(&scratch, total);
}
