package io.infrafabric.governor.books;

/**
 * What became of a change.
 *
 * @param books the books afterwards, each record with its revision
 * @param answer what the rule said
 */
public record Changed<T>(Books books, T answer) {}
