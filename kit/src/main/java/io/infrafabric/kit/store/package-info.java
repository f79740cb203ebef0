/**
 * The truth and a replica of it. {@link io.infrafabric.kit.store.Store} is the port to etcd;
 * {@link io.infrafabric.kit.store.Replica} keeps an in-memory copy of some prefixes and commits decisions against it in
 * groups. Every write compares the revision of what it replaces, so that a transaction takes effect at most once however
 * often it is sent.
 */
package io.infrafabric.kit.store;
