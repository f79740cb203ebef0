/**
 * Every name on the wire: ids, etcd keys, NATS subjects, headers. One class builds and parses each kind; no other code
 * concatenates one, so that an id with a dot, a star or a slash can never open another swarm's keys or subjects.
 */
package io.infrafabric.names;
