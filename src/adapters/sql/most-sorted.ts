/**
 * Of one webhook or of all, up to so many pending deliveries are sorted for a page by id, since no index has them in
 * that order. Among more, a page is soon full along the ids, whatever lies between.
 */
export const MOST_SORTED = 10_000;
