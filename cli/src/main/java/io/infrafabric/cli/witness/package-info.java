/** Checks an exported witness log without asking anybody: every byte of it is in the root that the checkpoint signs. */
package io.infrafabric.cli.witness;
