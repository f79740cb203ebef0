/**
 * Accounts as a tree: organisation, swarm, task or run, step. A child draws on what its parent has left and what it does not spend goes back;
 * every movement is one transaction that compares both, and a line in the ledger by which a call that is sent again is known. A swarm's
 * account is part of its books, so that a claim goes on comparing one standing: what it may spend was given down to it before. Invariants:
 * what a parent has given away is the sum of what its children have drawn; nothing is negative; no account stands beneath itself. Called by
 * operators, by swarms beneath their own accounts ({@code AccountService}) and by itself.
 */
package io.infrafabric.governor.budget;
