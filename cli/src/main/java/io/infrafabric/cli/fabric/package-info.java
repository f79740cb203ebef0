/** Where a fabric is, the clients that talk to it, and what they send again. Used by every verb. */
package io.infrafabric.cli.fabric;
