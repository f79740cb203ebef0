/** Writes down how this coordinator decides by the policy: claims, and help with blockers. Owns no record; reads the governor's policy. */
package io.infrafabric.coordinator.policy;
