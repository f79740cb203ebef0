/** The bus in memory, with what can go wrong with messages. */
package io.infrafabric.testkit.nats;
