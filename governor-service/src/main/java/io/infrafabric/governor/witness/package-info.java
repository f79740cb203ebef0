/**
 * The audit log: one entry for each change of a witnessed record, made of etcd's own history in its order, in an append-only signed
 * tree (I13). What was appended is durable here before its checkpoint is signed, and the head in etcd moves by compare-and-set, with
 * the place in etcd's history that it covers: so no change is missed or told twice, and of two writers one gives way.
 */
package io.infrafabric.governor.witness;
