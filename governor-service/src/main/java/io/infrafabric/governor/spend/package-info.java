/**
 * What was booked to each swarm, added up by day, account, model, kind of work and end: what reports are made of. A booking adds to the record of
 * its day in its own transaction, so that the sums are those of the account at every revision; days that are older than the setting says are
 * folded into one record of all days before. Written by the books, read by reports.
 */
package io.infrafabric.governor.spend;
