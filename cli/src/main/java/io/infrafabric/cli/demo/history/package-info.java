/** Judges claims from etcd's own history of the tasks, not from what any service says of itself. */
package io.infrafabric.cli.demo.history;
