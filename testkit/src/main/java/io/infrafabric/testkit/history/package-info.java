/** Judges what really happened, from the store's own revision history and never from what a service says of itself. */
package io.infrafabric.testkit.history;
