"""The documentation of every kernel: parameters, shapes, dtypes, results and sources.

There are two backends, ``reference`` and ``compiled``: modules with all functions of ``Backend``, whose docstrings only
say how they compute. ``passage_contract`` has the kernels for two texts, ``records`` what kernels take and return."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from dedupe.arrays import F64, I32, I64, U8, U32, U64, Bools
from dedupe.kernels.detail_layout import DetailRules
from dedupe.kernels.passage_contract import PassageBackend
from dedupe.kernels.records import (
    SLACK,
    CountedTerms,
    InvertedLists,
    Joined,
    KeptHashes,
    Recipe,
    TokenRules,
    concatenate_counts,
)

__all__ = [
    "SLACK",
    "Backend",
    "CountedTerms",
    "DetailRules",
    "InvertedLists",
    "Joined",
    "KeptHashes",
    "Recipe",
    "TokenReader",
    "TokenRules",
    "concatenate_counts",
]


class TokenReader(Protocol):
    """Numbers the tokens that it reads. It remembers those it has met, so only one thread may use it at a time."""

    def read(self, texts: Sequence[str]) -> tuple[U32, I64]:
        """The number of each token of each text, in text order: ragged uint32, one row per text.

        Distinct tokens are numbered from 0 in the order in which they are first read. Texts may hold unpaired
        surrogates. An empty text gives an empty row.
        """

    def tokens(self) -> list[str]:
        """The distinct tokens that have been read so far, by number."""


class Backend(PassageBackend, Protocol):
    """Every kernel.

    A ragged array is a pair of flat values and offsets, int64[rows + 1] (Arrow's list layout): row i is
    ``values[offsets[i]:offsets[i + 1]]``. Offsets are ascending and begin at 0, unless a docstring says that they need
    not.

    The kernels for terms take *lists* of keys in CSR form, which is the same layout: list i has the keys
    ``keys[starts[i]:starts[i + 1]]``, uint32, distinct and ascending. An *entry* is one element of ``keys``.

    Both backends give the same results to the bit, except where a docstring leaves a choice. Integer hashes wrap around
    modulo 2^32 or 2^64. Sums of floats are added one summand after the other in the order given, so that neither the
    backend nor the number of threads nor other rows can change the last digit. Kernels do not check their arguments.
    """

    # From text to words and tokens

    def unescape(self, raw: U8, offsets: I64) -> tuple[U8, I64, Bools]:
        """Decode JSON strings to UTF-8.

        ``raw``, ``offsets``: one JSON value per row, as valid UTF-8, strings with their quotation marks; ``SLACK``
        bytes must follow the last row.

        Returns the texts, ragged uint8, and a flag for each row that is no text, bool[rows]: the value is no string, or
        holds an unpaired surrogate or NUL. The content of a flagged row is unspecified.
        """
        ...

    def fold(self, utf8: U8, offsets: I64, table: U64, is_normal: Bools) -> tuple[U8, I64, Bools]:
        """Normalise texts and mark their words, as ``text.words.normalise`` and ``text.words.word_bounds`` do.

        ``utf8``, ``offsets``: texts in valid UTF-8; the offsets need not begin at 0. ``table``: the ``entries`` of a
        ``FoldTable``, laid out as ``fold_layout`` says. ``is_normal``: which rows are normalised already, bool[rows].

        Returns the letters, ragged uint8: a word is a run of bytes other than zero, namely its normal form in UTF-8.
        ``SLACK`` zeros follow the last row. How many zeros stand between two words is left to the backend. Also returns
        a flag for each row that needs ``normalise`` or a code point that is missing in the table, bool[rows]; the
        letters of a flagged row are unspecified, and a backend may flag more rows than necessary.
        """
        ...

    def has_odd_words(self, utf8: U8, offsets: I64) -> Bools:
        """Which texts may have words that are broken at the end of a line, or that mix Latin with Greek or Cyrillic.

        ``utf8``, ``offsets``: texts in valid UTF-8; the offsets need not begin at 0.

        Returns a flag for each text that ``text.line_ends`` or ``text.lookalikes`` would change, bool[rows]; a backend
        may flag more than necessary.
        """
        ...

    def word_hashes(self, letters: U8, offsets: I64, seed: int) -> tuple[U64, I64]:
        """Hash every word of every row: ragged uint64, in text order.

        ``letters``, ``offsets``: as ``fold`` returns them.

        A word is read as little-endian numbers of eight bytes, the last one filled up with zeros. The hash starts from
        a constant; each number is combined by exclusive or, and before each further one the hash is multiplied and its
        upper half is folded into the lower. MurmurHash3's 64-bit finaliser (Appleby) follows. Words of up to eight
        bytes never collide.
        """
        ...

    def word_sequences(self, letters: U8, offsets: I64) -> tuple[U8, I64]:
        """The words of each row with one zero between two of them, and none at its ends: ragged uint8.

        ``letters``, ``offsets``: as ``fold`` returns them.
        """
        ...

    def phrases_in(self, utf8: U8, offsets: I64, phrases: U8, borders: I64) -> Bools:
        """Which texts contain which phrases: bool[texts, phrases]. Letters of ASCII are compared without case.

        ``utf8``, ``offsets``: the texts, ragged UTF-8; the offsets need not begin at 0. ``phrases``, ``borders``: the
        phrases, ragged UTF-8 in lower case, none empty. A phrase that begins with a line feed, and then a
        letter or digit of ASCII, stands where a line begins, behind whatever is no letter or digit of ASCII.
        """
        ...

    def text_details(self, utf8: U8, offsets: I64, rules: DetailRules) -> tuple[U64, I64, Bools]:
        """The distinct details of each text, packed, ascending: ragged uint64.

        ``utf8``, ``offsets``: texts in valid UTF-8; the offsets need not begin at 0. ``rules``: their table is laid out
        as ``detail_layout`` says.

        A word is a run of letters, or a run of digits with single JOINS_DIGITS between two of them; transparent
        characters are left out before. A number is a detail; so is a word that begins with a CAPITAL, unless it is the
        first of a sentence, and any such word that is in the calendar, a day. Words that are numbers or days, or that
        are names, make up one detail if no other word stands between them; its kind is DAY if it has a day.

        The place of a detail is a hash of the two words before it and the two behind it, 0 for a word that is missing
        and a mask for a detail. Its value is a hash of its words; of a month beside a number of one or two digits,
        which may be its day, it is a hash of these two. Hashes are joined with ``records.JOIN_MULTIPLIER``, and
        MurmurHash3's 64-bit finaliser follows; packed are their highest bits.

        Also returns a flag for each text with a character that is missing in the table, bool[texts]; the details of
        such a text are unspecified.
        """
        ...

    def compare_details(self, details: U64, offsets: I64, left: I64, right: I64) -> tuple[I64, I64]:
        """Count what contradicts and what agrees in the texts ``left[i]`` and ``right[i]``: int64[pairs, 3] each, by
        kind (NUMBER, DAY, NAME).

        ``details``, ``offsets``: as ``text_details`` returns them; the offsets need not begin at 0. In a place with the
        same kind that both texts have, their common values agree; if there are none, the lowest values contradict each
        other. The same values count once, in however many places they stand.
        """
        ...

    def TokenNumbers(self, rules: TokenRules) -> TokenReader:  # noqa: N802 - a class
        """A reader of the tokens of texts. ``rules``: how texts are split into tokens."""
        ...

    def distinct_terms(self, codes: U32, offsets: I64, decay: F64, extra: U32, extra_offsets: I64) -> CountedTerms:
        """Count the distinct terms of each text.

        ``codes``, ``offsets``: ragged uint32; a code is twice a term number, plus one if the token is capitalised.
        ``decay``: the weight of an occurrence by its place in the text, float64, as long as the longest row or longer.
        The weights of a term's occurrences are added in text order. ``extra``, ``extra_offsets``: more terms of each
        text, ragged uint32, which none of its codes stands for. Their weight is 0, their place ``records.NOWHERE``, and
        they are not capitalised. No row may be as long as NOWHERE.
        """
        ...

    # From word hashes to fingerprints

    def sequence_hashes(self, words: U64, offsets: I64, seed: int) -> U64:
        """Hash the whole word sequence of each row: uint64[rows].

        Equal sequences have equal hashes; different ones differ but for collisions of 64-bit hashes. The hash is a
        polynomial modulo 2^64 over the word hashes (Karp & Rabin 1987), the first word times base^0, with MurmurHash3's
        64-bit finaliser.
        """
        ...

    def shingle_hashes(self, words: U64, offsets: I64, shingle_words: int, seed: int) -> tuple[U64, I64]:
        """Hash every run of ``shingle_words`` words, in text order: ragged uint64.

        A row with fewer words, but at least one, has a single shingle, the hash of all its words, so that short rows
        match only if all their words are the same. An empty row has no shingles. The hash is a polynomial like that of
        ``sequence_hashes`` with another base; before the finaliser the number of missing words is combined with it.
        """
        ...

    def unique_sorted(self, values: U64, offsets: I64) -> tuple[U64, I64]:
        """The distinct values of each row, ascending: ragged uint64."""
        ...

    def signatures(self, shingles: U64, offsets: I64, a: U32, b: U32) -> U32:
        """MinHash signatures, uint32[rows, permutations], bit-identical to datasketch 2's ``affine32`` scheme.

        ``shingles``, ``offsets``: ragged uint64. ``a``, ``b``: multipliers and addends, uint32[permutations] each, as
        datasketch draws them. Each minimum is the smallest value of a × fmix32(low 32 bits of the shingle) + b modulo
        2^32 over a row's shingles (Broder 1997). An empty row is all ones, as in datasketch; such rows must not be
        compared.
        """
        ...

    def winnow(self, shingles: U64, offsets: I64, window: int, reach_on: int) -> tuple[U64, I64]:
        """Passage fingerprints of each row: the distinct minima of all windows, ascending, ragged uint64.

        This is winnowing (Schleimer, Wilkerson & Aiken 2003) over runs that may be longer than a shingle. Each shingle
        is joined with the one ``reach_on`` places later, if the row has that many; with ``reach_on`` 0, or in rows too
        short, the shingles themselves are taken. Two rows that share ``window`` such runs one after the other always
        share a fingerprint. A row with fewer runs than ``window``, but at least one, gives its one minimum; an empty
        row gives none.
        """
        ...

    def fingerprint(
        self,
        letters: U8,
        offsets: I64,
        recipe: Recipe,
        words: I64,
        digests: U64,
        signature_rows: U32,
        hashes: KeptHashes | None,
    ) -> None:
        """Compute complete fingerprints from folded letters, and write them into the caller's arrays.

        ``letters``, ``offsets``: as ``fold`` returns them. Written are the number of words into ``words``, int64[rows];
        ``sequence_hashes`` into ``digests``, uint64[rows]; ``signatures`` of the shingles into ``signature_rows``,
        uint32[rows, permutations].

        If ``hashes`` is given, the distinct shingles (``unique_sorted``) and the passages (``winnow``) of each row are
        written into its arrays too. The caller sets the first element of the offsets, from which place on the values
        are written; the kernel sets the others. There must be room for as many shingles, and as many passages, as
        words.
        """
        ...

    # Pairs of rows: candidates and what they share

    def band_keys(self, signature_rows: U32, rows_per_band: int) -> U64:
        """The key of each band of each signature, uint64[rows, bands] (Indyk & Motwani 1998).

        ``signature_rows``: uint32[rows, permutations]; there are permutations // ``rows_per_band`` bands, and minima
        that are left over belong to none. A key is a hash of the band's minima and of its number. Signatures that are
        equal in a band have equal keys there; others differ, but for collisions of 64-bit hashes.
        """
        ...

    def band_members(self, signature_rows: U32, band: int, rows_per_band: int, row_bits: int) -> U64:
        """The members of one band's buckets, packed: uint64[rows], in the order of the rows.

        A packed member has the number of its row in the lowest ``row_bits`` bits, which every row number must fit into,
        and above them as many low bits of the key as there is room for. The key is a hash of the band's minima.
        """
        ...

    def equal_minima(self, signature_rows: U32, left: I64, right: I64) -> I64:
        """Count the places in which the signatures ``left[i]`` and ``right[i]`` are equal: int64[pairs]."""
        ...

    def bucket_members(self, keys: U64, offsets: I64, first_row: int, row_bits: int, part: int, parts: int) -> U64:
        """The members of one part of the buckets, packed as in ``band_members``: uint64, in any order.

        ``keys``, ``offsets``: ragged uint64, whose offsets need not begin at 0; row i has the number ``first_row`` + i.
        A key belongs to the part with the number key modulo ``parts``; ``parts`` must be a power of two. Minima of
        hashes are uneven in their high bits, but even in their low bits, so that all parts are of about the same size.
        """
        ...

    def shared_buckets(self, members: U64, row_bits: int) -> U64:
        """Drop the packed members that are alone in their bucket: uint64, ascending. ``members``: ascending."""
        ...

    def rows_of(self, chunks: Sequence[tuple[U64, I64]]) -> Any:
        """The rows of several ragged arrays, one array after the other, in the form ``shared_counts`` takes.

        ``chunks``: values, uint64, and offsets of each, which need not begin at 0. The values of each row must be
        distinct and ascending.
        """
        ...

    def shared_counts(self, rows: Any, left: I64, right: I64) -> I64:
        """Count the values that the rows ``left[i]`` and ``right[i]`` share: int64[pairs].

        ``rows``: what ``rows_of`` of the same backend returned. It is fastest if pairs with the same left row follow
        each other.
        """
        ...

    # Lists of keys: the terms of articles

    def shared_sums(self, starts: I64, keys: U32, left: I64, right: I64, weights: F64) -> F64:
        """Sum over the keys that the lists ``left[i]`` and ``right[i]`` share: float64[kinds, pairs].

        ``weights``: float64[entries, kinds], C-contiguous. A summand is the left weight × the right weight; the keys
        are added in ascending order. It is fastest if pairs with the same left list follow each other.
        """
        ...

    def count_shared(self, starts: I64, keys: U32, left: I64, right: I64, of_left: Bools, of_right: Bools) -> I32:
        """For each entry, count the lists that its own list is paired with and that have its key: int32[entries].

        ``left``, ``right``: int64[pairs]. Pair i counts for the entries of its left list if ``of_left[i]``, and for
        those of its right list if ``of_right[i]``, bool[pairs] each.
        """
        ...

    def scale_to_unit(self, starts: I64, weights: F64) -> F64:
        """Divide the weights of each list by their Euclidean norm, which counts as at least 1e-12: float64[entries].

        ``weights``: float64[entries]. Their squares are added in order.
        """
        ...

    def top_entries(self, starts: I64, weights: F64, most: int) -> Bools:
        """Flag the ``most`` entries of each list with the highest weights (ties: the first ones): bool[entries].

        ``weights``: float64[entries]. A list with no more than ``most`` entries is flagged as a whole.
        """
        ...

    def invert_lists(self, starts: I64, keys: U32, weights: F64, width: int) -> InvertedLists:
        """Build the inverted index of lists. ``weights``: float64[entries]. All keys must be below ``width``."""
        ...

    def best_matches(
        self,
        starts: I64,
        keys: U32,
        weights: F64,
        is_query: Bools,
        inverted: InvertedLists,
        windows: I64,
        lists: tuple[int, int],
        limits: tuple[int, int, int, int],
        least: float,
    ) -> tuple[I64, I64, int, int]:
        """Find the lists with the highest scores for each of the lists ``lists[0]`` to ``lists[1] - 1``.

        Of the other lists, list i is compared with those from ``windows[i, 0]`` to below ``windows[i, 1]`` and with
        those from ``windows[i, 2]`` on, int64[lists, 3], ascending. The score of another list is the sum, over the own
        entries flagged in ``is_query`` (bool[entries]), of the own weight × the weight of that list's entry with the
        same key. An entry with a key that no more than ``limits[3]`` lists have counts for all lists. Entries with
        weight 0, and those with a key that more than ``limits[2]`` of the lists compared with have, are left out;
        ``limits[3]`` must not be above ``limits[2]``. ``inverted``: ``invert_lists`` of the lists.

        Keeps the lists with scores of at least ``least``. If these are more than ``limits[1]``, it keeps the
        ``limits[1]`` best of them (ties: the first lists). If they are fewer than ``limits[0]``, it keeps all lists
        whose score is above 0 and at least the ``limits[0]``-th best score; ties may make these more.

        Returns the numbers of the kept lists, ragged int64, ascending, one row for each list asked about; for how many
        of those more than ``limits[1]`` lists scored at least ``least``; and how many entries had a key that too many
        lists have.
        """
        ...

    # Page furniture

    def repeated_runs(self, words: U64, offsets: I64, owner: I64, group: I64, run: int, least: int) -> Bools:
        """Which words stand in a run of ``run`` words that ``least`` groups of one owner have: bool[words].

        ``words``, ``offsets``: ragged uint64. ``owner`` and ``group``: of each row, int64[rows], from 0 on; the rows of
        a group count once. ``least``: 2 or more. Runs are compared by a 64-bit hash of their words.
        """
        ...

    # Groups of rows

    def join_groups(
        self,
        left: I64,
        right: I64,
        values: F64,
        shares: F64,
        day: F64,
        weights: F64,
        intercept: float,
        limits: tuple[float, float, float],
    ) -> Joined:
        """Join rows to groups by a linear model of what two groups have in common, the best join first.

        ``left``, ``right``: int64[links], distinct pairs of rows with ``left`` < ``right``; two groups can only join if
        a link leads from one to the other. ``values``: float64[links, kinds], what the two rows have in common.
        ``shares``: float64[links, 2], how much of its neighbourhood the left row has in the right one, and the right
        one in the left one. ``day``: float64[rows], NaN if unknown.

        The features of two groups are: for each kind, the mean of the values of all pairs across (a pair that is not
        linked counts as 0); and the ``records.GROUP_FEATURES``. The share is the larger of both groups' shares; a
        group's share is what it has in the other of all that it has outside itself.

        The score is ``intercept`` + Σ ``weights`` × features. The two groups with the highest score join (ties: the
        lowest first members), as long as it is at least ``limits[0]`` and both groups together span at most
        ``limits[1]`` days. In the features, more than ``limits[2]`` days count as that many.
        """
        ...

    # Splits of a group of texts, and groups of rows

    def improve_split(
        self,
        side: Bools,
        has: I64,
        holders: I64,
        weights: F64,
        odds: F64,
        tables: F64,
        filled: Bools,
        pair_weight: float,
        level: float,
        moves: int,
    ) -> tuple[int, float, bool]:
        """Improve a split by moving the one text whose move raises the score most, again and again.

        It stops when no move raises the score by more than ``records.MIN_GAIN``, or after ``moves`` moves (Kernighan &
        Lin 1970). No side ever becomes empty. ``side``: which texts are on the second side, bool[texts], not empty; it
        is changed in place. ``has``: 1 if a text has a term, int64[texts, terms]. ``holders``: how many texts have each
        term, int64[terms]. ``weights``: of the evidence of each term, float64[terms]. ``odds``: log-odds of each pair,
        float64[texts, texts], symmetric, 0 on the diagonal. ``tables``: float64[size, inside, holders], the evidence of
        a term that ``holders`` texts have, ``inside`` of them on a side of ``size`` texts; ``filled``: which sizes it
        is filled in for, bool[texts + 1].

        The score is the weighted sum of the evidence, minus ``pair_weight`` × Σ (odds - ``level``) over all pairs with
        one text on either side.

        Returns how many moves are left, the score, and True. If it needs the table of a size that is not filled in, it
        returns early with how many moves are left, 0.0, and False: the caller fills in the tables for the size of
        ``side`` and for one text more and less, except for empty sides, and calls again.
        """
        ...

    def agglomerate(self, rows: int, low: I64, high: I64, excess: I64, least: int) -> I64:
        """Group rows by average linkage (UPGMA; Sokal & Michener 1958) over sparse pairs.

        ``low``, ``high``: int64[pairs], distinct pairs of rows with ``low`` < ``high``. ``excess``: the weight of each
        pair, int64[pairs]; a pair that is not listed weighs 0. The two groups with the highest mean weight of all pairs
        across merge first (ties: the lowest first members), as long as that mean is ``least``, a number above 0, or
        more.

        Returns the first member of each row's group, int64[rows]; a row in no pair is a group by itself.
        """
        ...
