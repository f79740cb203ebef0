/**
 * Posts escalations to webhooks, as <a href="https://www.standardwebhooks.com">Standard Webhooks</a> wants it: signed with HMAC-SHA256 over
 * id, timestamp and body. Which one is to be told what, how often it was tried and what came of it stands in the escalation's record: a try
 * is begun by a compare-and-set, so that no two governors make the same one, and one that was acknowledged is never sent again. A sink that
 * does not acknowledge is tried with growing waits, then given up as a dead letter that lists show. Nothing is posted anywhere unless a
 * setting names the host.
 */
package io.infrafabric.governor.webhook;
