/** The store in memory, exact enough to test against (one contract suite runs on it and on etcd), and with faults. */
package io.infrafabric.testkit.store;
