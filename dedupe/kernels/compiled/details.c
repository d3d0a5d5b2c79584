/* The details of texts, and how those of two texts agree. The table of characters is laid out in `detail_layout.py`. */

#include <stdlib.h>

#include "words.h"

#define POINTS 0x40000
#define FORM 0x1FFFFFu

enum {
    DIGIT = 1u << 21,
    LETTER = 1u << 22,
    CAPITAL = 1u << 23,
    JOINS_DIGITS = 1u << 24,
    GROUPS_DIGITS = 1u << 25,
    ENDS_SENTENCE = 1u << 26,
    TRANSPARENT = 1u << 27,
};
#define KNOWN 0x80000000u

#define CHARACTER_BASE 0x9E3779B97F4A7C15u
#define PLACE_BITS 22
#define VALUE_BITS 24

enum { NUMBER, DAY, NAME, PLAIN };                /* the kinds of details, and of other words */
static const uint64_t MASKS[] = {1, 1, 2, 0};     /* what stands for a word of a kind in the places of other details */

typedef struct {
    uint64_t hash;
    uint8_t kind;
    bool is_month;
    int8_t day; /* the number, if it may be a day of a month, else -1 */
} Word;

typedef struct {
    int64_t at;          /* where it stands among what is shown */
    int64_t begin, end;  /* its words */
    uint8_t kind;
} Detail;

typedef struct {
    const uint64_t *names, *full_names;
    const uint8_t *is_month;
    int64_t size;
} Calendar;

/* Write the table entries of the first characters of a text, at most `most`, without the transparent ones. Returns how
 * many there are. Sets `unsure` if one is missing in the table. */
static int64_t read_entries(const uint8_t *bytes, int64_t size, const uint32_t *table, int64_t most, uint32_t *entries,
                            uint8_t *unsure) {
    int64_t count = 0, read = 0;
    for (int64_t at = 0; at < size && read < most; read++) {
        uint32_t point = bytes[at++];
        if (point >= 0xC0) {
            const int more = 1 + (point >= 0xE0) + (point >= 0xF0);
            point &= 0x3Fu >> more;
            for (int i = 0; i < more; i++)
                point = point << 6 | (bytes[at++] & 0x3Fu);
        }
        const uint32_t entry = table[point < POINTS ? point : 0];
        *unsure |= !(entry & KNOWN);
        entries[count] = entry;
        count += !(entry & TRANSPARENT);
    }
    return count;
}

/* Where a name of the calendar with this hash stands in it, -1 if it is none. */
static int64_t find_in_calendar(const Calendar *calendar, uint64_t hash) {
    int64_t from = 0, to = calendar->size;
    while (from < to) {
        const int64_t middle = (from + to) / 2;
        if (calendar->names[middle] < hash)
            from = middle + 1;
        else
            to = middle;
    }
    return from < calendar->size && calendar->names[from] == hash ? from : -1;
}

/* Read the words of a text from the entries of its characters. Returns how many there are. */
static int64_t read_words(const uint32_t *entries, int64_t size, const Calendar *calendar, Word *words) {
    int64_t count = 0;
    bool begins = true;
    for (int64_t at = 0; at < size;) {
        const uint32_t first = entries[at];
        if (!(first & (DIGIT | LETTER))) {
            begins |= (first & ENDS_SENTENCE) != 0;
            at++;
            continue;
        }
        uint64_t sum = 0, power = 1;
        const int64_t begin = at;
        Word word = {0, PLAIN, false, -1};
        if (first & DIGIT) {
            for (; at < size; at++) {
                const bool joins = entries[at] & JOINS_DIGITS && at + 1 < size && entries[at + 1] & DIGIT;
                if (!(entries[at] & DIGIT) && !joins)
                    break;
                if (entries[at] & GROUPS_DIGITS)
                    continue;
                sum += ((entries[at] & FORM) + (uint64_t)1) * power;
                power *= CHARACTER_BASE;
            }
            word.kind = NUMBER;
            if (at - begin == 1)
                word.day = (int8_t)((first & FORM) - '0');
            else if (at - begin == 2)
                word.day = (int8_t)(10 * ((first & FORM) - '0') + (entries[at - 1] & FORM) - '0');
        } else {
            for (; at < size && entries[at] & LETTER; at++) {
                sum += ((entries[at] & FORM) + (uint64_t)1) * power;
                power *= CHARACTER_BASE;
            }
        }
        word.hash = fmix64(sum);
        if (first & CAPITAL) {
            const int64_t found = find_in_calendar(calendar, word.hash);
            word.kind = found >= 0 ? DAY : begins ? PLAIN : NAME;
            if (found >= 0) {
                word.hash = calendar->full_names[found];
                word.is_month = calendar->is_month[found];
            }
        }
        begins = false;
        words[count++] = word;
    }
    return count;
}

/* The value of a detail: of a day with its month these two, and otherwise all its words. */
static uint64_t value_of(const Detail *detail, const Word *words) {
    for (int64_t i = detail->begin; detail->kind == DAY && i < detail->end; i++) {
        if (!words[i].is_month)
            continue;
        if (i + 1 < detail->end && words[i + 1].day >= 0)
            return fmix64(words[i].hash * JOIN_MULTIPLIER + (uint64_t)words[i + 1].day);
        if (i > detail->begin && words[i - 1].day >= 0)
            return fmix64(words[i].hash * JOIN_MULTIPLIER + (uint64_t)words[i - 1].day);
    }
    uint64_t joined = 0;
    for (int64_t i = detail->begin; i < detail->end; i++)
        joined = joined * JOIN_MULTIPLIER + words[i].hash;
    return fmix64(joined);
}

/* Mask the details among words. Writes them, and what is shown: the hash of each other word, and one mask for each
 * detail, between two zeros in front and two behind. Returns how many details there are. */
static int64_t mask_details(const Word *words, int64_t size, Detail *details, uint64_t *shown) {
    int64_t count = 0, place = 0;
    uint64_t before = 0;
    shown[place++] = 0;
    shown[place++] = 0;
    for (int64_t i = 0; i < size; i++) {
        const uint64_t own = MASKS[words[i].kind];
        if (own && own == before) {
            Detail *last = &details[count - 1];
            last->end = i + 1;
            last->kind = words[i].kind > last->kind ? words[i].kind : last->kind;
            continue;
        }
        if (own)
            details[count++] = (Detail){place, i, i + 1, words[i].kind};
        shown[place++] = own ? own : words[i].hash;
        before = own;
    }
    shown[place++] = 0;
    shown[place] = 0;
    return count;
}

static int ascending(const void *left, const void *right) {
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* Sort numbers and keep each once. Returns how many are left. */
static int64_t sort_distinct(uint64_t *numbers, int64_t size) {
    int64_t count = 0;
    qsort(numbers, (size_t)size, sizeof *numbers, ascending);
    for (int64_t i = 0; i < size; i++)
        if (!count || numbers[count - 1] != numbers[i])
            numbers[count++] = numbers[i];
    return count;
}

int64_t text_details(const Value *in) {
    const int64_t *offsets = in[1].i64, most = smaller(in[6].integer, longest_row(in[1]));
    const Calendar calendar = {in[3].u64, in[4].u64, in[5].u8, in[3].size};
    uint64_t *packed = in[7].u64;
    int64_t *ends = in[8].i64, total = 0;
    Scratch scratch = {0};
    uint32_t *entries = take(&scratch, most + 1, sizeof *entries);
    Word *words = take(&scratch, most + 1, sizeof *words);
    Detail *details = take(&scratch, most + 1, sizeof *details);
    uint64_t *shown = take(&scratch, most + 4, sizeof *shown);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    ends[0] = 0;
    for (int64_t row = 0; row + 1 < in[1].size; row++) {
        uint8_t unsure = 0;
        const int64_t characters = read_entries(in[0].u8 + offsets[row], offsets[row + 1] - offsets[row], in[2].u32,
                                                most, entries, &unsure);
        in[9].u8[row] = unsure;
        const int64_t read = read_words(entries, characters, &calendar, words);
        const int64_t count = mask_details(words, read, details, shown);
        for (int64_t i = 0; i < count; i++) {
            const uint64_t *at = shown + details[i].at;
            uint64_t place = at[-2] * JOIN_MULTIPLIER + at[-1];
            place = (place * JOIN_MULTIPLIER + at[1]) * JOIN_MULTIPLIER + at[2];
            packed[total + i] = (fmix64(place) >> (64 - PLACE_BITS)) << (VALUE_BITS + 2) |
                                (uint64_t)details[i].kind << VALUE_BITS |
                                value_of(&details[i], words) >> (64 - VALUE_BITS);
        }
        total += sort_distinct(packed + total, count);
        ends[row + 1] = total;
    }
    return give_back(&scratch, total);
}

/* --- comparing ---------------------------------------------------------------------------------------------------- */

static inline uint64_t place_of(uint64_t detail) { return detail >> VALUE_BITS; } /* and its kind */

static inline uint64_t value_in(uint64_t detail) { return detail & (((uint64_t)1 << VALUE_BITS) - 1); }

static int64_t end_of_place(const uint64_t *details, int64_t at, int64_t end) {
    const uint64_t place = place_of(details[at]);
    while (at < end && place_of(details[at]) == place)
        at++;
    return at;
}

int64_t compare_details(const Value *in) {
    const uint64_t *details = in[0].u64;
    const int64_t *offsets = in[1].i64, longest = longest_row(in[1]);
    Scratch scratch = {0};
    uint64_t *agreeing = take(&scratch, longest + 1, sizeof *agreeing);
    uint64_t *contradicting = take(&scratch, longest + 1, sizeof *contradicting);
    if (scratch.failed)
        return give_back(&scratch, NO_MEMORY);
    for (int64_t pair = 0; pair < in[2].size; pair++) {
        int64_t left = offsets[in[2].i64[pair]], right = offsets[in[3].i64[pair]];
        const int64_t left_end = offsets[in[2].i64[pair] + 1], right_end = offsets[in[3].i64[pair] + 1];
        int64_t agree = 0, contradict = 0;
        while (left < left_end && right < right_end) {
            const uint64_t place = place_of(details[left]), other = place_of(details[right]);
            if (place != other) {
                left += place < other;
                right += place > other;
                continue;
            }
            const int64_t left_stop = end_of_place(details, left, left_end);
            const int64_t right_stop = end_of_place(details, right, right_end);
            const uint64_t kind = place & 3, values = value_in(details[left]) << VALUE_BITS | value_in(details[right]);
            const int64_t before = agree;
            while (left < left_stop && right < right_stop) {
                if (details[left] == details[right])
                    agreeing[agree++] = kind << VALUE_BITS | value_in(details[left]);
                const bool both = details[left] == details[right], first = details[left] < details[right];
                left += both || first;
                right += both || !first;
            }
            if (agree == before)
                contradicting[contradict++] = kind << (2 * VALUE_BITS) | values;
            left = left_stop;
            right = right_stop;
        }
        int64_t *counts = in[4].i64 + 6 * pair;
        for (int i = 0; i < 6; i++)
            counts[i] = 0;
        contradict = sort_distinct(contradicting, contradict);
        agree = sort_distinct(agreeing, agree);
        for (int64_t i = 0; i < contradict; i++)
            counts[contradicting[i] >> (2 * VALUE_BITS)]++;
        for (int64_t i = 0; i < agree; i++)
            counts[3 + (agreeing[i] >> VALUE_BITS)]++;
    }
    return give_back(&scratch, 0);
}
