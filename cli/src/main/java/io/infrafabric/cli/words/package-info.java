/** The words that are taken at the edges, in flags and in files, for the words of the contract. Everything here is pure. */
package io.infrafabric.cli.words;
