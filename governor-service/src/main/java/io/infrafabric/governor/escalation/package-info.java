/**
 * Things that a person must decide: a breaker to be reset, a blocker that nobody is qualified for, a task that waits for approval, tasks that
 * failed too often, a swarm that is short of money. Owns escalations/ in etcd. The id of an escalation is made of its cause, so that however often the cause is seen
 * there is one; a transaction that raises or ends one compares what the cause stands in. A decision is one compare-and-set with who and
 * why: what it does to the governor's own records is in the same transaction, what it does to tasks is asked of the coordinator, with a
 * request id made of the escalation's, until it is done. One that nobody decides is raised again, louder, and never dropped. Called by
 * operators ({@code EscalationService}) and by itself.
 */
package io.infrafabric.governor.escalation;
