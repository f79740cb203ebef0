/**
 * The program behind {@code ./fabric}: {@code demo}, {@code up}, {@code down} and {@code ifctl}. Data goes to stdout, talk to
 * stderr, and a failure is a sentence with an exit code of the error catalogue.
 */
package io.infrafabric.cli;
