/**
 * One sprint of the operating model (spec O1, G11, G14), worked through twice on real services: the old way, in which everybody takes what there is and
 * helps with everything, and governed. What agents can do, how long they take and what they cost is simulated from a seed, the same for both; what came
 * of it is told by the services' own reports.
 */
package io.infrafabric.bench.economics;
