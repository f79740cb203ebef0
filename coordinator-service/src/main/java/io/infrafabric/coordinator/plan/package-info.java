/**
 * Plans: named sets of tasks in phases. Owns {@code plans/<plan>} and what a task knows of its place in one. No task of a
 * phase is claimable before the phases it comes after are completed (I12), and none before all of its plan is stored.
 */
package io.infrafabric.coordinator.plan;
