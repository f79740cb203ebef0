/**
 * Tells what was granted, promised, spent, refunded and wasted, by swarm, account, model or kind of work, and what the same work costs on the reference
 * model. It keeps nothing itself: lines are put together from accounts, commitments and what was booked by day, so that their totals are those of the
 * ledger. Called by operators ({@code AccountService.Report}) and by whoever scrapes metrics.
 */
package io.infrafabric.governor.report;
