/**
 * What a policy is: reads its document with everything that is wrong with it, knows the presets, and says what a policy makes of a
 * decision. Coordinator and governor decide with the very same code, so that a decision can be made again from its record. Owns no record.
 */
package io.infrafabric.policy;
