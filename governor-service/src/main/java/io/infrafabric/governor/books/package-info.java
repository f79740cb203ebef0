/**
 * The books of a swarm: its registration, standing, account and breaker. This service alone writes them, and always the
 * ones that change together in one transaction, so that a claim, which compares the standing, sees money and breaker as
 * they are. Invariant: {@code granted = credit + settled}, and the standing repeats the account's credit and the breaker's
 * state. The features decide what changes; {@code EtcdBooks} reads and commits for all of them.
 */
package io.infrafabric.governor.books;
