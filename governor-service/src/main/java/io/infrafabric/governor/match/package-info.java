/**
 * Who should do a task: orders the registered swarms for it and says of each that may not, why. Reads swarms/, standing/, accounts/ and
 * commitments/ from the view, writes nothing; the policy comes from elsewhere. Called by the coordinator's dispatcher and by people who ask why.
 */
package io.infrafabric.governor.match;
