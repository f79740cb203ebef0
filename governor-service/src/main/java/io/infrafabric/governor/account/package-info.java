/**
 * Money: grants credit to swarms and books what their ended claims did cost, each exactly once. A claim is booked in one
 * transaction that compares the swarm's books and its commitments, in which the coordinator lists the claims that have
 * ended; messages only say when to look. Invariants: {@code granted = credit + settled}; no claim is booked twice, none is
 * forgotten. Called by operators ({@code AccountService}) and by itself.
 */
package io.infrafabric.governor.account;
