/** What many tasks in etcd do to claims, to memory, and to the start of a coordinator. */
package io.infrafabric.bench.growth;
