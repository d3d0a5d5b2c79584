/* Every kernel in C, with its signature: KERNEL(name, signature).
 *
 * A signature has one letter for each argument. Arrays are C-contiguous and named by their elements: B uint8 or bool,
 * H uint16, I uint32, Q uint64, i int32, q int64, d float64; `*` after the letter means that the kernel writes to the
 * array. Numbers: n int64, u uint64, f float64.
 */

/* words.c */
KERNEL(word_hashes, "B q u u Q* q*")
KERNEL(word_sequences, "B q B* q*")

/* minhash.c */
KERNEL(sequence_hashes, "Q q u Q*")
KERNEL(shingle_hashes, "Q q n u Q* q*")
KERNEL(unique_sorted, "Q q Q* q*")
KERNEL(winnow, "Q q n n Q* q*")
KERNEL(signatures, "Q q I I I*")
KERNEL(fingerprint, "B q n n n u u u u I I q* Q* I* n Q* q* Q* q*")

/* sparse.c */
KERNEL(shared_sums, "q I q q d n d*")
KERNEL(count_shared, "q I q q B B i*")
KERNEL(scale_to_unit, "q d d*")
KERNEL(top_entries, "q d n B*")
KERNEL(invert_lists, "q I d q* I* d*")
KERNEL(best_matches, "q I d B q I d q n n n n n n f q* q* q*")

/* details.c */
KERNEL(text_details, "B q I Q Q B n Q* q* B*")
KERNEL(compare_details, "Q q q q q*")

/* terms.c */
KERNEL(token_numbers, "B q B n I* Q* B* q* n I* q*")
KERNEL(fill_slots, "I* Q n")
KERNEL(distinct_terms, "I q d I q I* d* H* B* q*")

/* joining.c */
KERNEL(join_groups, "q q d* d d d f f f f q* d* q* d*")

/* linkage.c */
KERNEL(agglomerate, "q q q n q*")

/* splits.c */
KERNEL(improve_split, "B* q q d d d B f f q* d*")

/* fold.c */
KERNEL(fold, "B q Q B B* q* B*")

/* odd_words.c */
KERNEL(has_odd_words, "B q B*")

/* unescape.c */
KERNEL(unescape, "B q B* q* B*")

/* passages.c */
KERNEL(refine_borders, "q q n d d q d q* d*")

/* pieces.c */
KERNEL(compare_pieces, "q q q q B B d f f n d q* d* d* d* B*")
KERNEL(number_keys, "Q Q q*")

/* runs.c */
KERNEL(shared_runs, "q q n n q* q*")
KERNEL(join_seeds, "q n q*")

/* sentences.c */
KERNEL(count_common_terms, "q q q q n q q q q q*")
KERNEL(count_added_terms, "q q q q B B q q q q*")

/* phrases.c */
KERNEL(phrases_in, "B q B q B*")

/* pairs.c */
KERNEL(band_keys, "I n n Q*")
KERNEL(band_members, "I n n n n Q*")
KERNEL(equal_minima, "I n q q q*")
KERNEL(bucket_members, "Q q u n u u Q*")
KERNEL(shared_buckets, "Q n Q*")
KERNEL(shared_counts, "Q q q q q*")

/* furniture.c */
KERNEL(repeated_runs, "Q q q q q n n B*")
