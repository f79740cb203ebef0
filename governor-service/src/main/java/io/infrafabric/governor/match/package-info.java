/**
 * Who should do a task: orders the registered swarms for it and says of each that may not, why. Reads standing/ and
 * commitments/ from the view, writes nothing. Called by the coordinator's dispatcher and by people who ask why.
 */
package io.infrafabric.governor.match;
